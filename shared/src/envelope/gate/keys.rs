//! The gate's answers about keys of every dialect, for operators. None has a secret.

use http::StatusCode;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

use crate::envelope::json;
use crate::envelope::link::link_next;
use crate::keys::{Dialect, Key, KeyId};
use crate::limits::BIG;
use crate::orgs::OrgId;
use crate::runtime::request::Response;

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
    /// Whether the key is switched off.
    inactive: bool,
    /// The policies that it names.
    policies: Vec<String>,
    #[cfg_attr(feature = "describe", schema(format = DateTime))]
    created_at: String,
    /// When it expires; null for never.
    #[cfg_attr(feature = "describe", schema(format = DateTime, required))]
    expires_at: Option<String>,
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

impl ListedKey {
    /// The key as it is stored.
    #[must_use]
    pub fn of(key: &Key) -> Self {
        let time = |at: i64| Timestamp::from_millisecond(at).unwrap_or_default().to_string();
        let config = &key.config;
        let alias = config.document.get("alias").or_else(|| config.document.get("name"));
        Self {
            key_id: key.id.to_string(),
            org_id: key.org.as_str().to_owned(),
            dialect: key.dialect.as_str(),
            alias: alias.cloned(),
            inactive: config.inactive,
            policies: config.policies.clone(),
            created_at: time(key.made),
            expires_at: (config.usable_until < BIG).then(|| time(config.usable_until)),
        }
    }
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
