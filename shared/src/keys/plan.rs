//! What its policies make of a key.

use serde_json::{Map, Value};

use super::{Dialect, Key, KeyConfig};
use crate::clock::Millis;
use crate::limits::{Limits, WindowKind, carried};
use crate::orgs::OrgId;
use crate::policies::session_limits::limits_by_policy;
use crate::policies::{Allowances, Policy, Unmet, inline_policies, merge};
use crate::rights::Access;

/// The most counters that policies may give a key: its item has to hold them.
const MAX_COUNTERS: usize = 2_000;

/// What the policies of a key were when it was read, and what they make of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// The organisation in which they were looked up.
    pub org: OrgId,
    /// The organisation's epoch, which rises with every change of a policy.
    pub epoch: i64,
    /// The ids of those that apply.
    pub applied: Vec<String>,
    /// Why they cannot be applied: then the key is refused.
    pub unmet: Option<Unmet>,
    /// Which counters the calls of each API use.
    pub allowances: Allowances,
    /// The limits in the store, if they follow from policies as they were before. They are replaced
    /// before a unit is taken.
    pub stale: Option<Limits>,
}

impl Key {
    /// The organisation in which the policies of this key are looked up for a call of an API of
    /// `api_org`: a key without an organisation has those of the API's.
    #[must_use]
    pub fn policy_org(&self, api_org: Option<&OrgId>) -> OrgId {
        match (self.org.as_str(), api_org) {
            ("", Some(api_org)) => api_org.clone(),
            _ => self.org.clone(),
        }
    }

    /// This key, which was read as it is stored, as its policies make it at `now`. `find` finds a
    /// policy of `org` as it was in `epoch`; access rights are shared with `known` if they are the same.
    #[must_use]
    pub fn planned<'p>(
        mut self,
        (org, epoch): (OrgId, i64),
        find: impl Fn(&str) -> Option<&'p Policy>,
        known: Option<&Access>,
        now: Millis,
    ) -> Self {
        let mut plan =
            Plan { org, epoch, applied: Vec::new(), unmet: None, allowances: Allowances::new(), stale: None };
        match self.config.merged(self.dialect, &find, known) {
            Ok((config, allowances)) => {
                let stored = std::mem::replace(&mut self.config, config).limits;
                if self.config.limits.same_limits(&stored) {
                    self.config.limits = stored;
                } else {
                    self.config.limits.spend = stored.spend;
                    self.config.limits = carried(&self.config.limits, &stored, now);
                    plan.stale = Some(stored);
                }
                plan.allowances = allowances;
                plan.applied = applied(&self.config, find);
            }
            Err(unmet) => plan.unmet = Some(unmet),
        }
        self.plan = Some(Box::new(plan));
        self
    }
}

impl KeyConfig {
    /// This configuration as its policies make it, with fresh limits, and which of them apply to
    /// each API.
    ///
    /// # Errors
    /// When the policies cannot be applied, give more access rights than can be judged in time, or more
    /// counters than a key can have.
    pub fn merged<'p>(
        &self,
        dialect: Dialect,
        find: impl Fn(&str) -> Option<&'p Policy>,
        known: Option<&Access>,
    ) -> Result<(Self, Allowances), Unmet> {
        let mut session = self.session(dialect);
        merge(&mut session, find, None)?;
        let (mut limits, allowances) = limits_by_policy(&session);
        if limits.scoped.len() > MAX_COUNTERS {
            return Err(Unmet::NoneValid);
        }
        limits.spend = self.limits.spend;
        let flag = |name: &str| session.get(name).and_then(Value::as_bool).unwrap_or_default();
        let inactive = flag("is_inactive") || (dialect != Dialect::Tyk && self.inactive);
        let rights = match session.remove("access_rights") {
            Some(Value::Object(rights)) => rights,
            _ => Map::new(),
        };
        let access = Access::new_or_known(rights, known).map_err(|_| Unmet::NoneValid)?;
        let document = if dialect == Dialect::Tyk { session } else { self.document.clone() };
        Ok((Self { inactive, any_api: false, access, limits, document, ..self.clone() }, allowances))
    }

    /// The session that is merged: a Tyk key's own, or what stands for it in another dialect.
    fn session(&self, dialect: Dialect) -> Map<String, Value> {
        let mut session = if dialect == Dialect::Tyk { self.document.clone() } else { Map::new() };
        if !self.policies.is_empty() {
            session.insert("apply_policies".into(), self.policies.clone().into());
        }
        if !self.access.is_empty() {
            session.insert("access_rights".into(), Value::Object(self.access.document()));
        }
        session
    }
}

/// The ids of the policies that exist.
fn applied<'p>(config: &KeyConfig, find: impl Fn(&str) -> Option<&'p Policy>) -> Vec<String> {
    match inline_policies(&config.document) {
        Some(inline) => inline.iter().map(|policy| policy.id().to_owned()).filter(|id| !id.is_empty()).collect(),
        None => config.policies.iter().filter(|name| find(name).is_some()).cloned().collect(),
    }
}

impl Limits {
    /// Whether both limit the same to the same, whatever was used.
    fn same_limits(&self, other: &Self) -> bool {
        let same = |kind: WindowKind| self.windows[kind].is_same_limit(&other.windows[kind]);
        WindowKind::ALL.into_iter().all(same)
            && self.scoped.len() == other.scoped.len()
            && self.scoped.iter().zip(&other.scoped).all(|((scope, windows), (of, others))| {
                let same = |kind| match (&windows[kind], &others[kind]) {
                    (Some(one), Some(other)) => one.is_same_limit(other),
                    (one, other) => one == other,
                };
                scope == of && WindowKind::ALL.into_iter().all(same)
            })
    }
}
