//! How things stand in the tables: names of attributes, and each kind of item read and written.

pub(in crate::store) mod attributes;
pub(in crate::store) mod audit_key;
#[cfg(test)]
pub(in crate::store) mod example;
pub(in crate::store) mod key;
pub(in crate::store) mod key_config;
pub(in crate::store) mod limits;
pub(in crate::store) mod member;
pub(in crate::store) mod org_limits;
pub(in crate::store) mod policy;
pub(in crate::store) mod primary_key;
pub(in crate::store) mod shared_windows;
pub(in crate::store) mod usage_key;
