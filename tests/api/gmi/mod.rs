//! The GMI dialect, by row of its specification.

mod asking;
mod auth;
mod capacity;
mod choosing;
mod create_key;
mod delete_key;
mod gate;
mod idempotency;
mod invitations;
mod jwks;
mod list_keys;
mod profile;
mod provider;
mod races;
mod register_org;
mod remove_user;
mod routing;
mod secrecy;
mod set_role;
mod store_failures;
mod tenants;
mod users;
mod verify_key;
