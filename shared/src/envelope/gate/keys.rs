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
#[cfg_attr(feature = "describe", derive(utoipa::ToSchema))]
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
#[cfg_attr(feature = "describe", derive(utoipa::ToSchema))]
pub struct ListedKey {
    #[cfg_attr(feature = "describe", schema(format = Uuid))]
    key_id: String,
    org_id: String,
    /// The dialect that the key was made in: `tyk`, `gmi` or `requesty`.
    dialect: &'static str,
    /// The alias of a Tyk key, the name of any other.
    #[cfg_attr(feature = "describe", schema(required))]
    alias: Option<Value>,
    /// Whether it can be used. In a list, policies are not looked at.
    state: KeyState,
    /// Whether the key itself is switched off.
    inactive: bool,
    /// The policies that it names.
    policies: Vec<String>,
    /// The tags of a Tyk key.
    tags: Vec<String>,
    #[cfg_attr(feature = "describe", schema(format = DateTime))]
    created_at: String,
    /// When it expires; null for never.
    #[cfg_attr(feature = "describe", schema(format = DateTime, required))]
    expires_at: Option<String>,
    /// When the UTC hour began in which it was last admitted; null for never.
    #[cfg_attr(feature = "describe", schema(format = DateTime, required))]
    last_used_at: Option<String>,
}

/// All of a key that an operator sees.
#[derive(Serialize)]
#[cfg_attr(feature = "describe", derive(utoipa::ToSchema))]
pub struct ShownKey {
    #[serde(flatten)]
    listed: ListedKey,
    /// When it will read as absent; null if it stays.
    #[cfg_attr(feature = "describe", schema(format = DateTime, required))]
    deletes_at: Option<String>,
    /// Rises with each change.
    revision: i64,
    /// The meta data of a Tyk key, the labels of a Requesty key.
    #[cfg_attr(feature = "describe", schema(required))]
    meta_data: Option<Value>,
    /// Whether calls are refused because its policies cannot be applied.
    policies_unmet: bool,
    /// Whether the key is bound to more than its token.
    credential_required: bool,
    #[serde(flatten)]
    limits: KeyLimits,
}

/// A page of keys.
#[derive(Serialize)]
#[cfg_attr(feature = "describe", derive(utoipa::ToSchema))]
pub struct KeyList<'a> {
    keys: Vec<ListedKey>,
    /// The address of the next page, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "describe", schema(nullable = false))]
    next: Option<&'a str>,
}

/// The policies that a key has now.
#[derive(Serialize)]
#[cfg_attr(feature = "describe", derive(utoipa::ToSchema))]
pub struct PoliciesOfKey<'a> {
    #[cfg_attr(feature = "describe", schema(format = Uuid))]
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
