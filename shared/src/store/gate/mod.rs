//! Decisions: what a call takes of limits, and gives back.

pub(in crate::store) mod check;
pub(in crate::store) mod check_org;
pub(in crate::store) mod give_back;
pub(in crate::store) mod org_reads;
mod plans;
pub(in crate::store) mod remembered;
pub(in crate::store) mod shared_windows;
pub(in crate::store) mod take;
