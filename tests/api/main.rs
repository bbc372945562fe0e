//! The endpoints over HTTP, against the embedded DynamoDB: a folder per dialect, files by endpoint or by guarantee.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod capacity;
mod cases;
mod dialects;
mod gate;
mod gmi;
mod health;
mod matrix;
mod metrics;
mod pages;
mod pressure;
mod requesty;
mod rooms;
mod template;
mod tyk;
