//! Latchkey's endpoints: a folder per dialect, a file per endpoint, and the table of all routes.

mod bounded;
pub mod gate;
mod gmi;
mod new_key;
mod page;
mod requesty;
mod resolution;
pub mod routes;
mod settled;
mod tyk;
mod unrouted;

pub use latchkey_shared::lambda::{Error, run};
