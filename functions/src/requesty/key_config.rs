//! What a key of this dialect is set to, and that as the store keeps it.

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

/// The API that these keys are for, as the gate knows it.
const API: &str = "completions";

/// The fields of a key that only this dialect knows.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Document {
    pub(super) name: String,
    pub(super) permissions: RequestyPermissions,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) labels: BTreeMap<String, String>,
    pub(super) created_by: CreatedBy,
}

/// Who made a key: another key by its id; nobody's id for the administrator. Keys have no e-mail address.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct CreatedBy {
    pub(super) id: String,
    pub(super) email: String,
}

impl Document {
    /// The fields as the store has them.
    pub(super) fn of(config: &KeyConfig) -> Result<Self, Failure> {
        let document = serde_json::from_value(Value::Object(config.document.clone()));
        document.map_err(|_| Internal::Broken("a key is not as this dialect writes it").into())
    }

    /// Writes them into a configuration.
    pub(super) fn write(&self, config: &mut KeyConfig) {
        // Texts and maps of texts always serialise, and to an object.
        if let Ok(Value::Object(document)) = serde_json::to_value(self) {
            config.document = document;
        }
    }
}

/// The configuration of a new key. What its permissions say of the API is its access there.
pub(super) fn config(document: &Document, monthly_limit: Money) -> KeyConfig {
    let access = match document.permissions.completions {
        RequestyPermission::None => Access::default(),
        RequestyPermission::Read => Access::to_api(API, &["GET"]),
        RequestyPermission::Write => Access::to_api(API, &[]),
    };
    let mut config = KeyConfig {
        inactive: false,
        unmet_policies: false,
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

/// A month's money; zero is no limit.
pub(super) fn spend(monthly_limit: Money) -> Option<Spend> {
    (monthly_limit.nanos() > 0).then(|| Spend::limited(monthly_limit.nanos()))
}

/// The limit of a month's money; zero for none.
pub(super) fn monthly_limit(config: &KeyConfig) -> Money {
    let limited = config.limits.spend.filter(|spend| !spend.is_unlimited());
    Money::from_nanos(limited.map_or(0, |spend| spend.max))
}

/// What was spent in the month of `now`.
pub(super) fn monthly_spend(config: &KeyConfig, now: Millis) -> Money {
    Money::from_nanos(config.limits.spend.map_or(0, |spend| spend.spent(now)))
}
