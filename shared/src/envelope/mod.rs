//! Replies and errors: a folder per dialect, and what dialects share. No status code is known anywhere else in this
//! crate; texts that only one endpoint says stand beside its handler.

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
mod warning;

pub use internal::Internal;
pub use unrouted::Unrouted;
pub use warning::warned;
