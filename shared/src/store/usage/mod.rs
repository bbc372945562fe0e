//! What was used: read, reported and rolled up.

#[cfg(test)]
mod model;
mod of_key;
mod of_org;
pub(in crate::store) mod report;
pub(in crate::store) mod roll_up;
mod tally;
mod totals;
pub(in crate::store) mod used;
