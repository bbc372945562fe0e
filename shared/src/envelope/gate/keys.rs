//! The gate's answers about keys of every dialect, for operators. None has a secret.

use http::StatusCode;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Value, json};

use crate::envelope::json;
use crate::envelope::link::link_next;
use crate::keys::{Dialect, Key, KeyId};
use crate::limits::BIG;
use crate::orgs::OrgId;
use crate::runtime::request::Response;

/// A key in a list.
#[derive(Serialize)]
pub struct ListedKey {
    key_id: String,
    org_id: String,
    dialect: &'static str,
    alias: Option<Value>,
    inactive: bool,
    policies: Vec<String>,
    created_at: String,
    expires_at: Option<String>,
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

/// The key that was deleted.
#[must_use]
pub fn deleted_key(id: KeyId) -> Response {
    json::line(StatusCode::OK, &json!({"key_id": id.to_string(), "deleted": true}))
}
