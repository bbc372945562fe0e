//! The Tyk dialect, by row of its specification.

pub(crate) mod asserts;
mod auth;
mod bad_input;
mod capacity;
mod counters;
mod create_key;
mod delete_key;
mod editions;
mod get_key;
mod hash_keys;
mod idempotency;
mod list_keys;
mod list_pages;
mod names;
mod namesakes;
mod organisations;
mod passwords;
mod races;
mod reseal;
mod routing;
mod saved_fields;
mod session;
mod store_failures;
mod upsert_key;
mod warnings;
