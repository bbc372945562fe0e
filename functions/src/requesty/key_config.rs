//! The settings of a Requesty key, and how the store keeps them.

use std::collections::BTreeMap;

use latchkey_shared::access::{RequestyPermission, RequestyPermissions};
use latchkey_shared::clock::Millis;
use latchkey_shared::envelope::Internal;
use latchkey_shared::envelope::requesty::Failure;
use latchkey_shared::keys::KeyConfig;
use latchkey_shared::limits::{BIG, Limits, Money, Spend};
use latchkey_shared::rights::Access;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// The id of the API that these keys are for.
const API: &str = "completions";

/// The fields that only Requesty keys have.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Document {
    pub(super) name: String,
    pub(super) permissions: RequestyPermissions,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) labels: BTreeMap<String, String>,
    pub(super) created_by: CreatedBy,
}

/// Who created a key: the id of a key, or nothing for the administrator. Keys have no e-mail
/// address.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "describe", derive(utoipa::ToSchema))]
pub(crate) struct CreatedBy {
    pub(super) id: String,
    pub(super) email: String,
}

impl Document {
    /// The fields in the stored configuration.
    pub(super) fn of(config: &KeyConfig) -> Result<Self, Failure> {
        let document = serde_json::from_value(Value::Object(config.document.clone()));
        document.map_err(|_| Internal::Broken("a key is not as this dialect writes it").into())
    }

    /// Writes the fields into a configuration.
    pub(super) fn write(&self, config: &mut KeyConfig) {
        // Strings and maps of strings always serialise.
        if let Ok(Value::Object(document)) = serde_json::to_value(self) {
            config.document = document;
        }
    }
}

/// The configuration of a new key. Its permission for completions becomes its access to the API.
pub(super) fn config(document: &Document, monthly_limit: Money) -> KeyConfig {
    let access = match document.permissions.completions {
        RequestyPermission::None => Access::default(),
        RequestyPermission::Read => Access::to_api(API, &["GET"]),
        RequestyPermission::Write => Access::to_api(API, &[]),
    };
    let mut config = KeyConfig {
        inactive: false,
        policies: Vec::new(),
        usable_until: BIG,
        kept_until: None,
        any_api: false,
        access,
        limits: Limits { spend: spend(monthly_limit), ..Limits::default() },
        document: Map::new(),
        secrets: None,
    };
    document.write(&mut config);
    config
}

/// A monthly limit as the store keeps it. Zero means no limit.
pub(super) fn spend(monthly_limit: Money) -> Option<Spend> {
    (monthly_limit.nanos() > 0).then(|| Spend::limited(monthly_limit.nanos()))
}

/// The monthly limit; zero if there is none.
pub(super) fn monthly_limit(config: &KeyConfig) -> Money {
    let limited = config.limits.spend.filter(|spend| !spend.is_unlimited());
    Money::from_nanos(limited.map_or(0, |spend| spend.max))
}

/// What the key spent in the month of `now`.
pub(super) fn monthly_spend(config: &KeyConfig, now: Millis) -> Money {
    Money::from_nanos(config.limits.spend.map_or(0, |spend| spend.spent(now)))
}
