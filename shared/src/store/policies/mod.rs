//! Policies: items of their organisations, found by id, and the keys that name them.

pub(super) mod change;
pub(super) mod find;
