//! A policy, as the merge reads it.

use serde_json::{Map, Value};

use super::limit::{self, Limit};
use crate::orgs::OrgId;

/// A policy: its known fields that are not zero.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Policy(Map<String, Value>);

/// What a policy governs of the keys that follow it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "five flags of the policy object")]
pub struct Parts {
    /// The quota.
    pub quota: bool,
    /// The rate, and the throttle settings.
    pub rate_limit: bool,
    /// The depth of GraphQL queries.
    pub complexity: bool,
    /// Which APIs may be called, and how.
    pub acl: bool,
    /// Each API by limits of its own.
    pub per_api: bool,
}

impl Parts {
    /// Whether it governs some parts only. A policy that names no part governs all of them.
    #[must_use]
    pub fn partitioned(self) -> bool {
        self.quota || self.rate_limit || self.complexity || self.acl
    }

    /// The parts that are governed, of a policy that is not `per_api`.
    pub(super) fn governed(self) -> Self {
        let all = !self.partitioned();
        Self {
            quota: all || self.quota,
            rate_limit: all || self.rate_limit,
            complexity: all || self.complexity,
            acl: all || self.acl,
            per_api: self.per_api,
        }
    }
}

impl Policy {
    /// The policy of these fields.
    #[must_use]
    pub fn of(fields: Map<String, Value>) -> Self {
        Self(fields)
    }

    /// Its fields that are not zero.
    #[must_use]
    pub fn fields(&self) -> &Map<String, Value> {
        &self.0
    }

    /// Its id; an inline policy may have none.
    #[must_use]
    pub fn id(&self) -> &str {
        self.text("id")
    }

    /// The organisation that it belongs to.
    #[must_use]
    pub fn org(&self) -> OrgId {
        OrgId::from_stored(self.text("org_id"))
    }

    /// What it governs.
    #[must_use]
    pub fn parts(&self) -> Parts {
        let Some(parts) = self.0.get("partitions").and_then(Value::as_object) else { return Parts::default() };
        let [quota, rate_limit, complexity, acl, per_api] =
            ["quota", "rate_limit", "complexity", "acl", "per_api"].map(|part| limit::flag(parts, part));
        Parts { quota, rate_limit, complexity, acl, per_api }
    }

    /// Seconds after which a new key that follows it expires; 0 = never.
    #[must_use]
    pub fn key_expires_in(&self) -> i64 {
        limit::int(&self.0, "key_expires_in")
    }

    pub(super) fn text(&self, name: &str) -> &str {
        limit::text(&self.0, name)
    }

    pub(super) fn flag(&self, name: &str) -> bool {
        limit::flag(&self.0, name)
    }

    pub(super) fn limit(&self) -> Limit {
        Limit::read(&self.0)
    }

    /// The APIs that it names, and what it says of each.
    pub(super) fn rights(&self) -> impl Iterator<Item = (&String, &Map<String, Value>)> {
        let rights = self.0.get("access_rights").and_then(Value::as_object);
        rights.into_iter().flatten().filter_map(|(api, entry)| Some((api, entry.as_object()?)))
    }
}
