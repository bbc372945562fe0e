//! The dialects: which vendor's API a key was made with.

/// The vendor's API that a key was made with. Each dialect manages only its own keys.
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

    /// The name in the store and on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Tyk => "tyk",
            Self::Gmi => "gmi",
            Self::Requesty => "requesty",
        }
    }

    /// Whether an organisation's keys are counted, because their number is limited.
    #[must_use]
    pub(crate) fn counts_keys(self) -> bool {
        self == Self::Gmi
    }

    /// Whether a key can be moved to another organisation.
    #[must_use]
    pub(crate) fn moves_keys(self) -> bool {
        self == Self::Tyk
    }

    /// The dialect with this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|dialect| dialect.as_str() == name)
    }
}
