//! The local server under load, alone or in turn with a server to compare it with.

mod client;
pub(crate) mod contention;
pub(crate) mod growth;
pub(crate) mod latchkey;
pub(crate) mod load;
mod operation;
mod own;
mod pattern;
mod target;
pub(crate) mod throughput;
mod wrk;
