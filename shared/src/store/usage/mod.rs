//! What was used: read, reported and rolled up.

pub(in crate::store) mod key_use;
#[cfg(test)]
mod model;
mod of_key;
mod of_org;
mod open_keys;
pub(in crate::store) mod report;
pub(in crate::store) mod roll_up;
mod roll_up_idle;
mod tally;
mod totals;
pub(in crate::store) mod used;
