//! Every function's binary, started as Lambda starts it: a stub of the Runtime API in front, DynamoDB over HTTP behind.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod authorizer;
mod cloud;
mod deadlines;
mod event;
mod events;
mod failing;
mod gate;
mod gateway;
mod instance;
mod keys;
mod logs;
mod odd_events;
mod organisations;
mod races;
mod requesty;
mod secrets;
mod settings;
mod slow_store;
mod unrouted;
