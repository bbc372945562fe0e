//! Where an operation may look, and in whose name. Only a proof of authentication gives one.

use super::{KeyId, OrgId, Role, UserId};

/// The wire format a key was made in. Management in one dialect sees only its own keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Dialect {
    /// Tyk Gateway's key API.
    Tyk,
    /// GMI Cloud's API keys of organisations.
    Gmi,
    /// Requesty's key management API.
    Requesty,
}

impl Dialect {
    /// Every dialect.
    pub const ALL: [Self; 3] = [Self::Tyk, Self::Gmi, Self::Requesty];

    /// The name in the store.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Tyk => "tyk",
            Self::Gmi => "gmi",
            Self::Requesty => "requesty",
        }
    }

    /// Whether an organisation's keys are counted, since there may not be too many.
    #[must_use]
    pub(crate) fn counts_keys(self) -> bool {
        self == Self::Gmi
    }

    /// Reads back a name that came from the store.
    #[must_use]
    pub(crate) fn from_stored(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|dialect| dialect.as_str() == name)
    }
}

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
    Member(OrgId, UserId, Option<Role>),
}

impl Scope {
    /// Whether a key of `org` in `dialect` lies within.
    #[must_use]
    pub(crate) fn covers(&self, dialect: Dialect, org: &OrgId) -> bool {
        self.dialect == dialect && self.org.as_ref().is_none_or(|own| own == org)
    }
}
