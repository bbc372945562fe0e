//! What an operation may access, and on whose behalf. Only a proof of authentication gives a scope.

use crate::keys::{Dialect, KeyId};
use crate::orgs::{GmiRole, OrgId, UserId};

/// The keys of one dialect, of every organisation or of one, and the caller who works on them.
#[derive(Clone, Debug)]
pub struct Scope {
    pub(crate) dialect: Dialect,
    pub(crate) org: Option<OrgId>,
    pub(crate) actor: String,
    pub(crate) request_id: String,
    pub(crate) standing: Standing,
}

/// Why the caller may make changes. Each change checks it within its own transaction, so that
/// nobody changes anything with a right that they have just lost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// The caller knows a secret, which is not in the store.
    Secret,
    /// The caller is a key, at this revision.
    Key(KeyId, i64),
    /// The caller is a member of an organisation, with this role or, if `None`, with any.
    Member(OrgId, UserId, Option<GmiRole>),
}

impl Scope {
    /// Who acts, as audit records name them.
    #[must_use]
    pub fn actor(&self) -> &str {
        &self.actor
    }

    /// Whether the scope includes keys of `org` in `dialect`.
    #[must_use]
    pub(crate) fn covers(&self, dialect: Dialect, org: &OrgId) -> bool {
        self.dialect == dialect && self.org.as_ref().is_none_or(|own| own == org)
    }
}
