//! Latchkey's endpoints: a folder per dialect, a file per endpoint, and the table of all routes.

mod bounded;
mod create;
pub mod gate;
mod gmi;
mod page;
mod requesty;
mod rerun;
mod resolution;
pub mod routes;
mod tyk;
mod unrouted;

pub use latchkey_shared::runtime::lambda::{Error, run};
