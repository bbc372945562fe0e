//! Latchkey's endpoints: a folder per dialect, a file per endpoint, and the table of all functions.

mod create;
pub mod gate;
pub mod gmi;
mod invoke;
mod page;
pub mod requesty;
mod resolution;
pub mod router;
pub mod table;
pub mod tyk;
pub mod unrouted;

pub use latchkey_shared::runtime::lambda::{Error, run};
