//! How changes are written: transactions, updates, and what became of them.

pub(in crate::store) mod conditional;
pub(in crate::store) mod outcome;
pub(in crate::store) mod transaction;
