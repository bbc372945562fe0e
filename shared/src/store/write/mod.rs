//! How the store is written to: updates and conditions, the parts of transactions, and what became
//! of them.

#[cfg(test)]
pub(in crate::store) mod applied;
pub(in crate::store) mod conditions;
pub(in crate::store) mod own_use;
pub(in crate::store) mod parts;
#[cfg(test)]
pub(in crate::store) mod readable;
pub(in crate::store) mod replace_config;
pub(in crate::store) mod replace_limits;
pub(in crate::store) mod retry;
pub(in crate::store) mod transaction;
pub(in crate::store) mod update;
pub(in crate::store) mod update_item;
