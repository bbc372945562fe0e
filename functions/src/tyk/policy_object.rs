//! Tyk's policy object: how a request's body is read, and how a policy is shown.

use latchkey_shared::envelope::tyk::Failure;
use latchkey_shared::orgs::OrgId;
use latchkey_shared::policies::{Policy, PolicyId};
use latchkey_shared::rights::{Access, TooExpensive};
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::session::{Session, Warnings};

/// How many hex digits `_id` has.
const OBJECT_ID_DIGITS: usize = 24;

/// A policy in a request.
pub(super) struct PolicyBody {
    fields: Session,
    pub(super) warnings: Warnings,
}

impl PolicyBody {
    /// Reads a body.
    pub(super) fn read(body: &[u8]) -> Result<Self, Failure> {
        let (mut fields, warnings) = Session::policy(body)?;
        let object_id = fields.text("_id");
        let digits = object_id.len() == OBJECT_ID_DIGITS && object_id.bytes().all(|b| b.is_ascii_hexdigit());
        if !object_id.is_empty() && !digits {
            return Err(Failure::Malformed);
        }
        if fields.text("id").is_empty() {
            let object_id = object_id.to_owned();
            fields.set("id", object_id);
        }
        Ok(Self { fields, warnings })
    }

    /// Its id, which may be missing or none that a policy can have.
    pub(super) fn id(&self) -> &str {
        self.fields.text("id")
    }

    /// The organisation that it belongs to.
    pub(super) fn org(&self) -> Result<OrgId, Failure> {
        Ok(OrgId::parse(self.fields.text("org_id"))?)
    }

    /// The policy, unless its access rights take too long to evaluate.
    pub(super) fn into_policy(self) -> Result<Policy, Failure> {
        if let Some(rights) = self.fields.object("access_rights") {
            Access::new(rights.clone()).map_err(|TooExpensive| Failure::AccessTooExpensive)?;
        }
        Ok(Policy::of(self.fields.into_fields()))
    }
}

/// Whether a policy can have this id.
pub(super) fn has_valid_characters(id: &str) -> bool {
    id.is_empty() || PolicyId::parse(id).is_some()
}

/// A policy as answers show it: every field, in the gateway's order.
#[derive(Serialize)]
pub(super) struct PolicyView {
    #[serde(rename = "_id")]
    object_id: Value,
    id: Value,
    name: Value,
    org_id: Value,
    rate: Value,
    per: Value,
    quota_max: Value,
    quota_renewal_rate: Value,
    throttle_interval: Value,
    throttle_retry_limit: Value,
    max_query_depth: Value,
    access_rights: Value,
    hmac_enabled: Value,
    enable_http_signature_validation: Value,
    active: Value,
    is_inactive: Value,
    tags: Value,
    key_expires_in: Value,
    #[serde(skip_serializing_if = "Option::is_none")]
    post_expiry_action: Option<Value>,
    post_expiry_grace_period: Value,
    partitions: Value,
    last_updated: Value,
    meta_data: Value,
    graphql_access_rights: Value,
    smoothing: Value,
}

impl PolicyView {
    pub(super) fn of(policy: &Policy) -> Self {
        let fields = policy.fields();
        let or = |name: &str, zero: Value| fields.get(name).cloned().unwrap_or(zero);
        let (text, number, flag) =
            (|name| or(name, "".into()), |name| or(name, 0.into()), |name| or(name, false.into()));
        let list = |name| or(name, Value::Null);
        Self {
            object_id: text("_id"),
            id: text("id"),
            name: text("name"),
            org_id: text("org_id"),
            rate: number("rate"),
            per: number("per"),
            quota_max: number("quota_max"),
            quota_renewal_rate: number("quota_renewal_rate"),
            throttle_interval: number("throttle_interval"),
            throttle_retry_limit: number("throttle_retry_limit"),
            max_query_depth: number("max_query_depth"),
            access_rights: list("access_rights"),
            hmac_enabled: flag("hmac_enabled"),
            enable_http_signature_validation: flag("enable_http_signature_validation"),
            active: flag("active"),
            is_inactive: flag("is_inactive"),
            tags: list("tags"),
            key_expires_in: number("key_expires_in"),
            post_expiry_action: fields.get("post_expiry_action").cloned(),
            post_expiry_grace_period: number("post_expiry_grace_period"),
            partitions: partitions(fields),
            last_updated: text("last_updated"),
            meta_data: list("meta_data"),
            graphql_access_rights: list("graphql_access_rights"),
            smoothing: list("smoothing"),
        }
    }
}

fn partitions(fields: &Map<String, Value>) -> Value {
    let said = fields.get("partitions").and_then(Value::as_object);
    let flag = |part: &str| said.and_then(|said| said.get(part)).and_then(Value::as_bool).unwrap_or_default();
    json!({
        "quota": flag("quota"), "rate_limit": flag("rate_limit"), "complexity": flag("complexity"), "acl": flag("acl"),
        "per_api": flag("per_api"),
    })
}
