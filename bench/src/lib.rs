//! Measures functions and local server, and writes what it found into docs/performance.md.
#![expect(clippy::print_stdout, reason = "this is what the command prints")]

mod functions;
mod machine;
mod options;
mod process;
mod report;
mod run;
mod sample;
mod server;
mod tools;

pub use run::{Failure, everything, instructions};
