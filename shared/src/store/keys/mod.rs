//! Keys: found, made, changed, listed.

pub(in crate::store) mod change;
pub(in crate::store) mod count;
pub(in crate::store) mod find;
pub(in crate::store) mod list;
pub(in crate::store) mod parts;
pub(in crate::store) mod repeat;
pub(in crate::store) mod reseal;
