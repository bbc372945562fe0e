//! What every Latchkey function shares: who is calling, what a key is, its limits, the store, the replies.
//!
//! This crate knows no endpoint. A request walks down through it:
//! `auth` → `keys` and `limits` → `store` → `envelope`.

pub mod auth;
pub mod clock;
pub mod config;
pub mod deadline;
pub mod envelope;
pub mod event;
pub mod function;
pub mod keys;
pub mod lambda;
pub mod limits;
pub mod request;
pub mod secrets;
pub mod service;
pub mod sessions;
pub mod store;
pub mod telemetry;
