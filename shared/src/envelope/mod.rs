//! Replies and errors: a folder per dialect, and what dialects share. Nothing outside knows the status codes of replies.
//! A message that only one endpoint sends stands beside its handler.

mod cleaned;
pub mod gate;
pub mod gmi;
mod internal;
pub mod json;
mod link;
mod not_made;
mod repeated;
pub mod requesty;
pub mod tyk;
mod unrouted;
mod wraps;

pub use cleaned::cleaned;
pub use internal::{DialectFailure, Internal};
pub use unrouted::Unrouted;
