//! The configuration of a key, or of an organisation's limits, in any dialect.

use jiff::Timestamp;
use serde_json::{Map, Value};

use crate::clock::Millis;
use crate::limits::{BIG, Limits, Money};
use crate::policies::inline_policies;
use crate::rights::Access;
use crate::secrets::Sealed;

/// Everything that is set on a key, or on an organisation's limits. A change replaces all of it
/// except the counters.
#[derive(Clone, Debug, PartialEq)]
pub struct KeyConfig {
    /// Refused on all traffic until it is activated again.
    pub inactive: bool,
    /// The policies that it names, in order. What they make of the key is merged whenever it is
    /// read for a decision.
    pub policies: Vec<String>,
    /// Usable until then; [`crate::limits::BIG`] = for ever.
    pub usable_until: Millis,
    /// Treated as deleted from then on; `None` = kept for ever.
    pub kept_until: Option<Millis>,
    /// May call every API.
    pub any_api: bool,
    /// The APIs it may call, and the rules for each.
    pub access: Access,
    /// Its limits. When read from the store, they include the counters.
    pub limits: Limits,
    /// All other fields of the vendor's document, without secrets.
    pub document: Map<String, Value>,
    /// The document's secrets, sealed.
    pub secrets: Option<Sealed>,
}

impl KeyConfig {
    /// Whether policies decide about it, by name or as part of its document.
    #[must_use]
    pub fn follows_policies(&self) -> bool {
        !self.policies.is_empty() || inline_policies(&self.document).is_some()
    }

    /// The configuration for people to read, without counters and secrets.
    #[must_use]
    pub fn summary(&self) -> Value {
        let mut all = self.document.clone();
        all.insert("access".into(), Value::Object(self.access.document()));
        if !self.policies.is_empty() {
            all.insert("policies".into(), self.policies.clone().into());
        }
        if let Some(spend) = self.limits.spend.filter(|spend| !spend.is_unlimited()) {
            all.insert("spend_limit".into(), Money::from_nanos(spend.max).to_string().into());
        }
        if let Some(until) = Timestamp::from_millisecond(self.usable_until).ok().filter(|_| self.usable_until < BIG) {
            all.insert("usable_until".into(), until.to_string().into());
        }
        Value::Object(all)
    }
}

/// An organisation's limits.
#[derive(Clone, Debug, PartialEq)]
pub struct OrgLimits {
    /// Rises with every change other than to counters.
    pub revision: i64,
    /// Their configuration.
    pub config: KeyConfig,
}
