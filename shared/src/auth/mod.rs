//! Who is calling. Each way to authenticate returns a proof, which the store's operations ask for.

pub mod admin_secret;

pub use admin_secret::Admin;
