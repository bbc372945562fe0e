//! What the holder of a Requesty key may do: manage other keys, and call the API.

use serde::{Deserialize, Serialize};

use crate::keys::KeyConfig;

/// How much of something is allowed. Each includes the ones before it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RequestyPermission {
    /// Nothing.
    #[default]
    None,
    /// To look.
    Read,
    /// To change.
    Write,
}

/// The permissions of a key; both are always told together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequestyPermissions {
    /// Of its organisation's keys.
    pub manage: RequestyPermission,
    /// Of the API.
    pub completions: RequestyPermission,
}

impl RequestyPermissions {
    /// The field of a key's document that holds them.
    pub const FIELD: &'static str = "permissions";

    /// The permissions of a key; none where its document tells none.
    #[must_use]
    pub fn of(config: &KeyConfig) -> Self {
        let told = config.document.get(Self::FIELD).cloned().unwrap_or_default();
        serde_json::from_value(told).unwrap_or_default()
    }
}

impl RequestyPermission {
    /// The one of this name on the wire.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        [Self::None, Self::Read, Self::Write].into_iter().find(|permission| permission.as_str() == name)
    }

    /// The name on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Read => "read",
            Self::Write => "write",
        }
    }
}
