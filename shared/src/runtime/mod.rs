//! What runs a handler: its function, the event that it answers, and what it works with.

pub mod deadline;
pub mod event;
pub mod function;
pub mod instance;
pub mod lambda;
mod payload;
pub mod request;
mod request_log;
mod secret_source;
pub mod service;
