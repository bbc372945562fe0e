//! What all Latchkey functions share: who is calling, what a key is, its limits, the store, the
//! replies.
//!
//! Imports go one way, from top to bottom: `envelope`, `auth`, `runtime`, `store`, `access`,
//! `telemetry`, `keys`, `policies`, `secrets`, `sessions`, `aws`, `settings`, `rights`, `orgs`,
//! `limits`, `clock`, `hex`.

pub mod access;
pub mod auth;
pub mod aws;
pub mod clock;
pub mod envelope;
mod hex;
pub mod keys;
pub mod limits;
pub mod orgs;
pub mod policies;
pub mod rights;
pub mod runtime;
pub mod secrets;
pub mod sessions;
pub mod settings;
pub mod store;
pub mod telemetry;

pub use hex::hex;
