//! Where an operation may look, and in whose name. Only a proof of authentication gives one.

use super::OrgId;

/// The wire format a key was made in. Management in one dialect sees only its own keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// Tyk Gateway's key API.
    Tyk,
}

impl Dialect {
    /// The name in the store.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Tyk => "tyk",
        }
    }

    /// Reads back a name that came from the store.
    #[must_use]
    pub(crate) fn from_stored(name: &str) -> Option<Self> {
        (name == "tyk").then_some(Self::Tyk)
    }
}

/// The confines of an operation: one dialect's keys, everywhere or of one organisation, and who asks.
#[derive(Clone, Debug)]
pub struct Scope {
    pub(crate) dialect: Dialect,
    pub(crate) org: Option<OrgId>,
    pub(crate) actor: String,
    pub(crate) request_id: String,
}

impl Scope {
    /// Whether a key of `org` in `dialect` lies within.
    #[must_use]
    pub(crate) fn covers(&self, dialect: Dialect, org: &OrgId) -> bool {
        self.dialect == dialect && self.org.as_ref().is_none_or(|own| own == org)
    }
}
