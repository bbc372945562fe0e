//! The merge of a key's session with the policies that it names.
//!
//! Merging again changes nothing more, so it does not matter whether a session was merged before.

mod acl;
mod endpoints;
mod entry;
mod per_api;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::limit::{self, Limit, set};
use super::policy::{Parts, Policy};
use crate::orgs::OrgId;
use entry::Entry;

/// A session: its fields that are not zero.
type Fields = Map<String, Value>;

/// Why the policies of a key cannot be applied, in the gateway's words.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unmet {
    /// The key's only policy does not exist in its organisation.
    #[error("policy not found: \"{0}\"")]
    NotFound(String),
    /// A policy belongs to another organisation than the API.
    #[error("attempting to apply policy from different organisation to key, skipping")]
    OtherOrg,
    /// A policy is both per API and partitioned.
    #[error("cannot apply policy {0} which has per_api and any of partitions set")]
    PerApiAndPartitioned(String),
    /// One policy is per API and another is partitioned.
    #[error("cannot apply multiple policies when some have per_api set and some are partitioned")]
    Mixed,
    /// No policy gives access to any API.
    #[error("key has no valid policies to be applied")]
    NoneValid,
}

/// The policies that a session names, in order.
#[must_use]
pub fn names(session: &Fields) -> Vec<&str> {
    let listed: Vec<_> = limit::list(session, "apply_policies").iter().filter_map(Value::as_str).collect();
    match (listed.is_empty(), limit::text(session, "apply_policy_id")) {
        (false, _) => listed,
        (true, "") => Vec::new(),
        (true, only) => vec![only],
    }
}

/// The policies that stand in the session's `meta_data` itself and replace those that it names.
#[must_use]
pub fn inline_policies(session: &Fields) -> Option<Vec<Policy>> {
    let inline = session.get("meta_data")?.get("policies")?.as_array()?;
    let fields = inline.iter().map(|policy| policy.as_object().cloned().unwrap_or_default());
    Some(fields.map(Policy::of).collect())
}

/// Merges `session` with its policies, which `find` finds in the key's organisation. When the call
/// is for an API of `api_org`, its policies must belong to that organisation.
///
/// # Errors
/// When the policies cannot be applied. What was done until then stays done, as in the gateway.
pub fn merge<'p>(
    session: &mut Fields,
    find: impl Fn(&str) -> Option<&'p Policy>,
    api_org: Option<&OrgId>,
) -> Result<(), Unmet> {
    let named: Vec<_> = names(session).into_iter().map(|name| (name.to_owned(), find(name).cloned())).collect();
    let inline = inline_policies(session);
    if named.is_empty() && inline.is_none() {
        scope_own_limits(session);
        return Ok(());
    }
    clear(session, &named);
    let policies = match inline {
        Some(inline) => inline.into_iter().map(|policy| (policy.id().to_owned(), Some(policy))).collect(),
        None => named,
    };
    let only = policies.len() == 1;
    let mut merging = Merging::default();
    for (name, policy) in policies {
        match policy {
            Some(policy) => merging.apply(session, &policy, api_org)?,
            None if only => return Err(Unmet::NotFound(name)),
            None => {}
        }
    }
    merging.finish(session)
}

/// When the quota of each API renews in a session; what a merge keeps of the limits before it.
fn renewals_of(session: &Fields) -> BTreeMap<String, i64> {
    let rights = session.get("access_rights").and_then(Value::as_object).into_iter().flatten();
    let renewals = rights.filter_map(|(api, entry)| {
        let kept = Limit::read(entry.get("limit")?.as_object()?);
        (!kept.is_empty()).then(|| (api.clone(), kept.quota_renews))
    });
    renewals.collect()
}

/// Without policies, each API with limits of its own counts its calls apart.
fn scope_own_limits(session: &mut Fields) {
    let rights = session.get_mut("access_rights").and_then(Value::as_object_mut).into_iter().flatten();
    for (api, entry) in rights {
        let Some(entry) = entry.as_object_mut() else { continue };
        let own = entry.get("limit").and_then(Value::as_object);
        if own.is_some_and(super::session_limits::shows_own_limit) {
            set(entry, "allowance_scope", api.as_str());
        }
    }
}

/// Takes away what the named policies govern. A missing one ends it.
fn clear(session: &mut Fields, named: &[(String, Option<Policy>)]) {
    let mut limit = Limit::read(session);
    for (_, policy) in named {
        let Some(policy) = policy else { break };
        let Parts { quota, rate_limit, complexity, .. } = policy.parts().governed();
        if quota {
            limit.quota_max = 0;
            session.remove("quota_remaining");
        }
        if rate_limit {
            limit.take_rate(&Limit::default());
            (limit.throttle_interval, limit.throttle_retry_limit) = (0.0, 0);
        }
        if complexity {
            limit.max_query_depth = 0;
        }
    }
    limit.write(session);
}

/// A merge under way.
#[derive(Default)]
struct Merging {
    rights: BTreeMap<String, Entry>,
    /// The APIs for which a policy set the quota, the rate, the access, the depth.
    quota: BTreeSet<String>,
    rate: BTreeSet<String>,
    acl: BTreeSet<String>,
    depth: BTreeSet<String>,
    /// A `per_api` policy was applied.
    per_api: bool,
    /// The last policy that was not `per_api` was partitioned.
    partitioned: bool,
    inactive: bool,
    tags: Vec<String>,
}

impl Merging {
    fn apply(&mut self, session: &mut Fields, policy: &Policy, api_org: Option<&OrgId>) -> Result<(), Unmet> {
        if api_org.is_some_and(|org| *org != policy.org()) {
            return Err(Unmet::OtherOrg);
        }
        let parts = policy.parts();
        if parts.per_api && parts.partitioned() {
            return Err(Unmet::PerApiAndPartitioned(policy.id().to_owned()));
        }
        if parts.per_api {
            self.apply_per_api(session, policy)?;
        } else {
            self.apply_parts(session, policy, parts)?;
        }
        self.inactive |= policy.flag("is_inactive");
        let tags = limit::list(policy.fields(), "tags").iter().filter_map(Value::as_str);
        self.tags.extend(tags.map(str::to_owned));
        merge_fields(session, policy);
        Ok(())
    }

    /// A policy that governs all parts, or some of them.
    fn apply_parts(&mut self, session: &mut Fields, policy: &Policy, parts: Parts) -> Result<(), Unmet> {
        if parts.partitioned() && self.per_api {
            return Err(Unmet::Mixed);
        }
        let (governed, limit) = (parts.governed(), policy.limit());
        let kept = renewals_of(session);
        let mut own = Limit::read(session);
        let mut names_apis = false;
        for (api, said) in policy.rights() {
            names_apis = true;
            let mut entry = self.rights.remove(api).unwrap_or_default();
            if governed.acl {
                self.acl.insert(api.clone());
                entry.unite_access(said);
                entry.set_by = policy.id().to_owned();
            }
            if governed.quota {
                self.quota.insert(api.clone());
                entry.limit.raise_quota(&limit);
                own.raise_quota(&limit);
            }
            if governed.rate_limit {
                self.rate.insert(api.clone());
                for limits in [&mut entry.limit, &mut own] {
                    limits.raise_rate(&limit);
                    limits.raise_throttle(&limit);
                }
                entry.unite_endpoints(said);
            }
            if governed.complexity {
                self.depth.insert(api.clone());
                entry.limit.raise_depth(&limit);
                own.raise_depth(&limit);
            }
            if let Some(renews) = kept.get(api) {
                entry.limit.quota_renews = *renews;
            }
            self.rights.insert(api.clone(), entry);
        }
        if !names_apis {
            assign(&mut own, &limit, governed);
        }
        own.write(session);
        for flag in ["hmac_enabled", "enable_http_signature_validation"] {
            if policy.flag(flag) {
                set(session, flag, true);
            }
        }
        self.partitioned = parts.partitioned();
        Ok(())
    }

    /// What follows once all policies are applied.
    fn finish(mut self, session: &mut Fields) -> Result<(), Unmet> {
        set(session, "is_inactive", self.inactive);
        self.tags.extend(limit::list(session, "tags").iter().filter_map(Value::as_str).map(str::to_owned));
        let mut seen = BTreeSet::new();
        self.tags.retain(|tag| seen.insert(tag.clone()));
        set(session, "tags", std::mem::take(&mut self.tags));

        self.rights.retain(|api, _| self.acl.contains(api));
        let own = Limit::read(session);
        let setters = self.rights.values().map(|entry| entry.set_by.clone()).collect::<BTreeSet<_>>().len();
        for (api, entry) in &mut self.rights {
            if !self.rate.contains(api) {
                entry.limit.take_rate(&own);
                entry.limit.throttle_interval = own.throttle_interval;
                entry.limit.throttle_retry_limit = own.throttle_retry_limit;
                entry.drop_endpoints();
            }
            if !self.depth.contains(api) {
                entry.limit.max_query_depth = own.max_query_depth;
            }
            if !self.quota.contains(api) {
                entry.limit.quota_max = own.quota_max;
                entry.limit.quota_renewal_rate = own.quota_renewal_rate;
                entry.limit.quota_renews = own.quota_renews;
            }
            if setters > 1 && entry.scope.is_empty() {
                entry.scope.clone_from(&entry.set_by);
            }
        }
        self.set_own_limits(session, own);
        let none = self.rights.is_empty();
        if !self.acl.is_empty() {
            let rights = self.rights.into_iter().map(|(api, entry)| (api, entry.into_value()));
            session.insert("access_rights".into(), Value::Object(rights.collect()));
        }
        if none { Err(Unmet::NoneValid) } else { Ok(()) }
    }

    /// If the limits of one API alone were set, they are the session's too.
    fn set_own_limits(&self, session: &mut Fields, own: Limit) {
        let one_each = [&self.quota, &self.rate, &self.depth].iter().all(|apis| apis.len() == 1);
        let Some(entry) = self.rights.values().next().filter(|_| one_each) else { return };
        let throttle = (own.throttle_interval, own.throttle_retry_limit);
        let mut limit = entry.limit.clone();
        (limit.throttle_interval, limit.throttle_retry_limit) = throttle;
        limit.write(session);
    }
}

/// The limits of a policy that names no API are the session's own, larger or not.
fn assign(own: &mut Limit, policy: &Limit, governed: Parts) {
    if governed.rate_limit {
        own.take_rate(policy);
        own.throttle_interval = policy.throttle_interval;
        own.throttle_retry_limit = policy.throttle_retry_limit;
    }
    if governed.complexity {
        own.max_query_depth = policy.max_query_depth;
    }
    if governed.quota {
        own.quota_max = policy.quota_max;
        own.quota_renewal_rate = policy.quota_renewal_rate;
    }
}

/// Fields that every policy writes into the session, whatever it governs.
fn merge_fields(session: &mut Fields, policy: &Policy) {
    if let Some(data) = policy.fields().get("meta_data").and_then(Value::as_object).filter(|data| !data.is_empty()) {
        let own = session.entry("meta_data").or_insert_with(|| Value::Object(Map::new()));
        if let Some(own) = own.as_object_mut() {
            own.extend(data.clone());
        }
    }
    if policy.text("last_updated") > limit::text(session, "last_updated") {
        set(session, "last_updated", policy.text("last_updated"));
    }
    for (name, value) in policy.fields() {
        if matches!(name.as_str(), "post_expiry_action" | "post_expiry_grace_period") {
            session.insert(name.clone(), value.clone());
        }
    }
}

#[cfg(test)]
mod tests;
