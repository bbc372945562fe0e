//! The audit log: a record of every change, written in the change's own transaction, and read newest
//! first.

mod log;
mod read;
mod record;

pub use log::{AuditPage, AuditPlace, AuditQuery};
pub use read::AuditRecord;
pub(super) use record::Audited;

/// Names of the attributes of a record.
mod name {
    pub(super) const AT: &str = "at";
    pub(super) const WHO: &str = "who";
    pub(super) const WHAT: &str = "what";
    pub(super) const SUBJECT: &str = "subject";
    pub(super) const DIALECT: &str = "dialect";
    pub(super) const REQUEST: &str = "request";
    /// The organisation that a key came from.
    pub(super) const FROM: &str = "from";
    pub(super) const BEFORE: &str = "before";
    pub(super) const AFTER: &str = "after";
}
