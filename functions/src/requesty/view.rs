//! Keys in answers. These are types rather than JSON values so that money keeps all of its digits.

use std::collections::BTreeMap;

use jiff::Timestamp;
use latchkey_shared::access::RequestyPermissions;
use latchkey_shared::clock::Millis;
use latchkey_shared::envelope::requesty::Failure;
use latchkey_shared::keys::Key;
use latchkey_shared::limits::{BIG, Money};
use serde::Serialize;

use super::key_config::{CreatedBy, Document, monthly_limit, monthly_spend};

/// A key in a list.
#[derive(Serialize)]
#[cfg_attr(feature = "describe", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "describe", schema(as = ListedKey))]
pub(crate) struct Listed {
    #[cfg_attr(feature = "describe", schema(format = Uuid))]
    id: String,
    name: String,
    monthly_limit: Money,
    monthly_spend: Money,
    permissions: RequestyPermissions,
    labels: BTreeMap<String, String>,
    created_by: CreatedBy,
}

/// A key's details.
#[derive(Serialize)]
#[cfg_attr(feature = "describe", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "describe", schema(as = KeyDetails))]
pub(crate) struct Details {
    id: String,
    name: String,
    /// Whether calls are logged: always `true`, because no setting turns it off.
    logging: bool,
    monthly_spend: Money,
    monthly_limit: Money,
    permissions: RequestyPermissions,
    /// When it expires; absent for never.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "describe", schema(format = DateTime, nullable = false))]
    expires_at: Option<String>,
}

impl Listed {
    pub(super) fn of(key: &Key, now: Millis) -> Result<Self, Failure> {
        let Document { name, permissions, labels, created_by } = Document::of(&key.config)?;
        let (monthly_limit, monthly_spend) = (monthly_limit(&key.config), monthly_spend(&key.config, now));
        Ok(Self { id: key.id.to_string(), name, monthly_limit, monthly_spend, permissions, labels, created_by })
    }
}

impl Details {
    pub(super) fn of(key: &Key, now: Millis) -> Result<Self, Failure> {
        let Document { name, permissions, .. } = Document::of(&key.config)?;
        Ok(Self {
            id: key.id.to_string(),
            name,
            logging: true,
            monthly_spend: monthly_spend(&key.config, now),
            monthly_limit: monthly_limit(&key.config),
            permissions,
            expires_at: expires_at(key.config.usable_until),
        })
    }
}

/// When a key expires; `None` for never.
fn expires_at(usable_until: Millis) -> Option<String> {
    let at = Timestamp::from_millisecond(usable_until).ok().filter(|_| usable_until < BIG)?;
    Some(at.to_string())
}
