//! Replies and error bodies: one file per dialect. Only here are status codes and vendors' texts known.

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
