//! The `latchkey` binary as its user starts, stops and breaks it.
// It is sent signals and looked at with Unix eyes.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod client;
mod connections;
mod dynamodb;
mod folder;
mod killed;
mod log;
mod plans;
mod process;
mod reseal;
mod restart;
mod restore;
mod secrecy;
mod start;
mod stop;
mod tables;
