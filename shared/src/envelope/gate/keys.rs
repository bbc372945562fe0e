//! The gate's answers about keys of every dialect, for operators. None has a secret.

use http::StatusCode;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Value, json};

use super::limits::KeyLimits;
use crate::clock::Millis;
use crate::envelope::json;
use crate::envelope::link::link_next;
use crate::keys::{Dialect, Key, KeyId};
use crate::limits::BIG;
use crate::orgs::OrgId;
use crate::runtime::request::Response;

/// Whether a key can be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyState {
    /// It is neither deactivated nor expired.
    Active,
    /// It is deactivated.
    Inactive,
    /// It has expired.
    Expired,
}

/// A key in a list.
#[derive(Serialize)]
pub struct ListedKey {
    key_id: String,
    org_id: String,
    dialect: &'static str,
    alias: Option<Value>,
    state: KeyState,
    inactive: bool,
    policies: Vec<String>,
    tags: Vec<String>,
    created_at: String,
    expires_at: Option<String>,
    last_used_at: Option<String>,
}

/// All of a key that an operator sees.
#[derive(Serialize)]
struct ShownKey {
    #[serde(flatten)]
    listed: ListedKey,
    deletes_at: Option<String>,
    revision: i64,
    meta_data: Option<Value>,
    policies_unmet: bool,
    /// Whether the key is bound to more than its token.
    credential_required: bool,
    #[serde(flatten)]
    limits: KeyLimits,
}

#[derive(Serialize)]
struct KeyList<'a> {
    keys: Vec<ListedKey>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<&'a str>,
}

#[derive(Serialize)]
struct PoliciesOfKey<'a> {
    key_id: String,
    org_id: &'a str,
    dialect: &'static str,
    policies: &'a [String],
}

impl KeyState {
    /// Every state.
    pub const ALL: [Self; 3] = [Self::Active, Self::Inactive, Self::Expired];

    /// The state of a key, without its policies if it was read without.
    #[must_use]
    pub fn of(key: &Key, now: Millis) -> Self {
        match &key.config {
            config if config.inactive => Self::Inactive,
            config if config.usable_until <= now => Self::Expired,
            _ => Self::Active,
        }
    }

    /// The name on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Inactive => "inactive",
            Self::Expired => "expired",
        }
    }
}

impl ListedKey {
    /// The key as it is stored.
    #[must_use]
    pub fn of(key: &Key, now: Millis) -> Self {
        let config = &key.config;
        Self {
            key_id: key.id.to_string(),
            org_id: key.org.as_str().to_owned(),
            dialect: key.dialect.as_str(),
            alias: alias(key).cloned(),
            state: KeyState::of(key, now),
            inactive: config.inactive,
            policies: config.policies.clone(),
            tags: tags(key).map(str::to_owned).collect(),
            created_at: time(key.made),
            expires_at: (config.usable_until < BIG).then(|| time(config.usable_until)),
            last_used_at: key.last_used().map(time),
        }
    }
}

/// What people call a key: the alias of a Tyk key, the name of any other.
#[must_use]
pub fn alias(key: &Key) -> Option<&Value> {
    key.config.document.get("alias").or_else(|| key.config.document.get("name"))
}

/// The tags of a Tyk key; other keys have none.
pub fn tags(key: &Key) -> impl Iterator<Item = &str> {
    let tags = key.config.document.get("tags").and_then(Value::as_array);
    tags.into_iter().flatten().filter_map(Value::as_str)
}

/// A key as its policies make it, and what is left of its limits.
#[must_use]
pub fn shown_key(key: &Key, now: Millis) -> Response {
    let document = &key.config.document;
    let shown = ShownKey {
        listed: ListedKey::of(key, now),
        deletes_at: key.config.kept_until.map(time),
        revision: key.revision,
        meta_data: document.get("meta_data").or_else(|| document.get("labels")).cloned(),
        policies_unmet: key.plan.as_ref().is_some_and(|plan| plan.unmet.is_some()),
        credential_required: key.needs_more_than_its_token(),
        limits: KeyLimits::of(key, now),
    };
    json::line(StatusCode::OK, &shown)
}

fn time(at: Millis) -> String {
    Timestamp::from_millisecond(at).unwrap_or_default().to_string()
}

/// A page of keys and, if the list continues, the address of the next page.
#[must_use]
pub fn listed_keys(keys: Vec<ListedKey>, next: Option<&str>) -> Response {
    let mut response = json::line(StatusCode::OK, &KeyList { keys, next });
    link_next(&mut response, next);
    response
}

/// The policies that a key has now.
#[must_use]
pub fn policies_of_key(id: KeyId, org: &OrgId, dialect: Dialect, policies: &[String]) -> Response {
    let (key_id, org_id, dialect) = (id.to_string(), org.as_str(), dialect.as_str());
    json::line(StatusCode::OK, &PoliciesOfKey { key_id, org_id, dialect, policies })
}

/// The key that was deleted.
#[must_use]
pub fn deleted_key(id: KeyId) -> Response {
    json::line(StatusCode::OK, &json!({"key_id": id.to_string(), "deleted": true}))
}
