//! A key as the store keeps it, whatever dialect it was made in.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::{Access, Dialect, KeyId, OrgId, Sealed};
use crate::clock::Millis;
use crate::limits::{BIG, Limits, Money};

/// What a change sets as a whole: everything of a key, or of an organisation's limits, but its counters.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    /// Refused on all traffic until it is activated again.
    pub inactive: bool,
    /// Names policies, none of which exist: refused on all traffic.
    pub unmet_policies: bool,
    /// Usable until then; [`crate::limits::BIG`] = always.
    pub usable_until: Millis,
    /// Reads as absent from then on; `None` = kept for ever.
    pub kept_until: Option<Millis>,
    /// May call every API.
    pub any_api: bool,
    /// The APIs it may call, and the rules for each.
    pub access: Access,
    /// Its limits. Read from the store, they hold the counters too.
    pub limits: Limits,
    /// All other fields of the vendor's document, without secrets.
    pub document: Map<String, Value>,
    /// The document's secrets, sealed.
    pub secrets: Option<Sealed>,
}

impl Config {
    /// The configuration for people to read: without counters, and never with a secret.
    #[must_use]
    pub fn summary(&self) -> Value {
        let mut all = self.document.clone();
        all.insert("access".into(), Value::Object(self.access.document()));
        if let Some(spend) = self.limits.spend.filter(|spend| !spend.is_unlimited()) {
            all.insert("spend_limit".into(), Money::from_nanos(spend.max).to_string().into());
        }
        if let Some(until) = Timestamp::from_millisecond(self.usable_until).ok().filter(|_| self.usable_until < BIG) {
            all.insert("usable_until".into(), until.to_string().into());
        }
        Value::Object(all)
    }
}

/// A key that exists.
#[derive(Clone, Debug, PartialEq)]
pub struct Key {
    /// Its id.
    pub id: KeyId,
    /// Rises with every change of anything but counters and usage.
    pub revision: i64,
    /// The dialect it was made in.
    pub dialect: Dialect,
    /// Whose it is.
    pub org: OrgId,
    /// In whose list it stands: that of the organisation that it was made in. So a key that moves meanwhile is in a list
    /// that is read page by page once.
    pub home: OrgId,
    /// When it was made: its place in that list.
    pub made: Millis,
    /// Hours since 1970 → requests admitted in that hour, as far as they are not rolled up.
    pub used: BTreeMap<i64, i64>,
    /// The revision at which its counters were last reset.
    pub generation: i64,
    /// How often hours were rolled up.
    pub rolled: i64,
    /// Whether its row in the list holds its sealed token.
    pub token_kept: bool,
    /// What it is set to.
    pub config: Config,
}

/// An organisation's limits.
#[derive(Clone, Debug, PartialEq)]
pub struct OrgLimits {
    /// Rises with every change of anything but counters.
    pub revision: i64,
    /// What they are set to.
    pub config: Config,
}

/// Whether what is kept until `until` is still there at `now`.
#[must_use]
pub fn kept(until: Option<Millis>, now: Millis) -> bool {
    until.is_none_or(|until| now < until)
}
