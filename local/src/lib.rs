//! Latchkey on one machine: every endpoint on localhost, on an embedded DynamoDB.

pub mod embedded;
pub mod folder;
mod sample;
pub mod server;
