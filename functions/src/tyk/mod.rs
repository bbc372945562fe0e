//! The Tyk dialect: a file per endpoint. What they share stands in the other files: who calls and what was sent
//! (`caller`), which token a name stands for (`lookup`), and the session object that a key is made of.

pub(crate) mod assign_policies;
mod caller;
pub(crate) use caller::admin;
pub(crate) mod create_key;
pub(crate) mod delete_key;
pub(crate) mod delete_org;
pub(crate) mod get_key;
pub(crate) mod get_org;
mod key_config;
pub(crate) mod list_keys;
pub(crate) mod list_orgs;
mod listing;
mod lookup;
mod new_key;
mod password;
mod policies;
pub(crate) mod preview_key;
mod session;
pub(crate) mod upsert_key;
pub(crate) mod upsert_org;
mod view;
