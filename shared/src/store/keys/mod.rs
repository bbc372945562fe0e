//! Keys: found, listed, made, changed, counted.

pub(in crate::store) mod change;
pub(in crate::store) mod count;
pub(in crate::store) mod create;
pub(in crate::store) mod find;
pub(in crate::store) mod list;
pub(in crate::store) mod naming;
pub(in crate::store) mod new_key;
pub(in crate::store) mod repeat;
mod replace;
pub(in crate::store) mod reseal;
mod rows;
pub(in crate::store) mod walk;
