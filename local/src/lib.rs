//! Latchkey on one machine: every endpoint on localhost, on an embedded DynamoDB; and a client of
//! any Latchkey.

mod body;
pub mod client;
pub mod client_limits;
mod commit_log;
mod connections;
pub mod dynamodb;
pub mod embedded;
pub mod engine;
pub mod environment;
pub mod folder;
mod health;
pub mod identity;
mod metrics;
pub mod own_settings;
pub mod pages;
pub mod request_log;
pub mod sample;
pub mod server;
mod throttle;
mod whole_items;
mod work_queue;
