//! Where an operation may look, and in whose name. Only a proof of authentication gives one.

use crate::keys::{Dialect, KeyId};
use crate::orgs::{GmiRole, OrgId, UserId};

/// The confines of an operation: one dialect's keys, everywhere or of one organisation, and who asks.
#[derive(Clone, Debug)]
pub struct Scope {
    pub(crate) dialect: Dialect,
    pub(crate) org: Option<OrgId>,
    pub(crate) actor: String,
    pub(crate) request_id: String,
    pub(crate) standing: Standing,
}

/// What gives the caller the right to a change. It is checked within the change's own transaction, so that nobody changes
/// anything with a right that was lost a moment before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// A secret, which is not in the store.
    Secret,
    /// A key of the store at this revision.
    Key(KeyId, i64),
    /// A member of an organisation, of this role; without one, of any.
    Member(OrgId, UserId, Option<GmiRole>),
}

impl Scope {
    /// Who acts, as audit records name them.
    #[must_use]
    pub fn actor(&self) -> &str {
        &self.actor
    }

    /// Whether a key of `org` in `dialect` lies within.
    #[must_use]
    pub(crate) fn covers(&self, dialect: Dialect, org: &OrgId) -> bool {
        self.dialect == dialect && self.org.as_ref().is_none_or(|own| own == org)
    }
}
