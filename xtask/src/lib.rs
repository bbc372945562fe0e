//! Generates what follows from the tables of functions, settings and store calls.

mod binaries;
mod costs;
mod endpoints;
mod error;
mod events;
mod files;
mod generate;
mod openapi;
mod queries;
mod region;
mod settings;
mod sources;
mod template;

pub use error::Error;
pub use generate::{Generated, generate};
