//! The GMI dialect: a file per endpoint. What they share stands in the other files: who calls (`caller`), how a request's
//! fields are read and their faults told (`fields`), and a key as the store keeps it and as it is shown (`key_config`).

pub(crate) mod accept_invitation;
mod caller;
pub(crate) mod create_key;
pub(crate) mod decline_invitation;
pub(crate) mod delete_key;
mod fields;
pub(crate) mod get_profile;
pub(crate) mod invite_users;
mod key_config;
pub(crate) mod list_keys;
pub(crate) mod list_users;
mod page;
pub(crate) mod register_org;
pub(crate) mod remove_user;
pub(crate) mod set_role;
pub(crate) mod verify_key;
mod view;
