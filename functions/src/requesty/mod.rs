//! The Requesty dialect: a file for each endpoint, and what they share.

mod body;
mod caller;
pub(crate) mod check_auth;
pub(crate) mod create_key;
mod daily_usage;
pub(crate) mod delete_key;
mod edit;
pub(crate) mod get_key;
pub(crate) mod get_org;
pub(crate) mod get_org_usage;
pub(crate) mod get_usage;
mod key_config;
pub(crate) mod list_keys;
mod maker;
mod periods;
pub(crate) mod set_expiry;
pub(crate) mod set_labels;
pub(crate) mod set_limit;
pub(crate) mod set_org;
mod time;
mod usage_query;
mod view;
