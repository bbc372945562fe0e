//! What the holder of a Requesty key may do: manage other keys, and call the API.

use serde::{Deserialize, Serialize};

use crate::keys::KeyConfig;

/// The permission on something. Each includes the ones before it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "describe", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum RequestyPermission {
    /// No access.
    #[default]
    None,
    /// Read only.
    Read,
    /// Read and change.
    Write,
}

/// The permissions of a key, which are always set together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "describe", derive(utoipa::ToSchema))]
pub struct RequestyPermissions {
    /// On its organisation's keys.
    pub manage: RequestyPermission,
    /// On the API.
    pub completions: RequestyPermission,
}

impl RequestyPermissions {
    /// The field of a key's document that contains them.
    pub const FIELD: &'static str = "permissions";

    /// The permissions of a key: none if its document has no such field.
    #[must_use]
    pub fn of(config: &KeyConfig) -> Self {
        let field = config.document.get(Self::FIELD).cloned().unwrap_or_default();
        serde_json::from_value(field).unwrap_or_default()
    }
}

impl RequestyPermission {
    /// The permission with this name on the wire.
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
