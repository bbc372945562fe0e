//! The Requesty dialect, by row of its specification.

mod asking;
mod auth;
mod bad_input;
mod capacity;
mod create_key;
mod daily_usage;
mod delete_key;
mod gate;
mod get_key;
mod get_usage;
mod idempotency;
mod list_keys;
mod order;
mod org;
mod org_usage;
mod races;
mod secrecy;
mod set_expiry;
mod set_labels;
mod set_limit;
mod store_failures;
mod tenants;
