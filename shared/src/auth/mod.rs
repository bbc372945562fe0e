//! Who is calling. Each way to authenticate returns a proof, which the store's operations ask for.

pub mod admin_secret;
pub mod api_key;

pub use admin_secret::Admin;
pub use api_key::Caller;
