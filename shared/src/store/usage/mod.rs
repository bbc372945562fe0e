//! What was used: read, reported and rolled up.

pub(in crate::store) mod read;
pub(in crate::store) mod report;
pub(in crate::store) mod roll_up;
mod tally;
pub(in crate::store) mod used;
