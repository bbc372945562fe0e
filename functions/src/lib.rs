//! Latchkey's endpoints: a folder per dialect, a file per endpoint, and the table of all functions.

mod create;
#[cfg(feature = "describe")]
pub mod describe;
mod dialects;
mod fallback;
pub mod gate;
pub mod gmi;
mod invoke;
mod page;
pub mod requesty;
pub mod router;
pub mod table;
pub mod tyk;
pub mod unrouted;
mod usage;

pub use latchkey_shared::runtime::lambda::{Error, run};
