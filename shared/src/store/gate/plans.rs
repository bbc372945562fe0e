//! Keys as their policies make them. An instance remembers the policies of an organisation at one
//! epoch, and reads them again as soon as it meets another.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::org_reads::OrgReads;
use crate::clock::Millis;
use crate::keys::Key;
use crate::orgs::OrgId;
use crate::policies::Policy;
use crate::store::items::attributes::{Item, n, name};
use crate::store::items::key::counted;
use crate::store::items::primary_key::item_key;
use crate::store::write::replace_limits::replace_windows;
use crate::store::write::update::Update;
use crate::store::write::update_item::Attempt;
use crate::store::{Store, StoreError, Table};

/// The policies of one organisation that an instance has read at one epoch; `None` for those that
/// do not exist.
#[derive(Clone, Debug, Default)]
pub(in crate::store) struct KnownPolicies {
    pub(in crate::store) epoch: i64,
    pub(in crate::store) policies: BTreeMap<String, Option<Arc<Policy>>>,
}

impl KnownPolicies {
    /// Bytes of memory that they take up.
    pub(super) fn size(&self) -> usize {
        let policies = self.policies.iter().map(|(name, policy)| {
            let bytes = policy.as_ref().map_or(0, |policy| policy.size());
            size_of::<(String, Arc<Policy>)>() + name.len() + bytes
        });
        policies.sum()
    }
}

impl Store {
    /// `key`, which was just read, as its policies make it for a call of an API of `api_org`. This
    /// costs nothing if it follows none; else the epoch, and a read of the policies that are not
    /// remembered at that epoch.
    pub(super) async fn plan(
        &self,
        key: Key,
        api_org: Option<&OrgId>,
        orgs: &OrgReads<'_>,
        now: Millis,
    ) -> Result<Key, StoreError> {
        if !key.config.follows_policies() {
            return Ok(key);
        }
        let org = key.policy_org(api_org);
        let mut epoch = orgs.likely_epoch(&org).await?;
        // Somebody judged the key by newer policies already.
        if org == key.org && key.followed > epoch {
            self.remembered.forget_org(&org);
            epoch = orgs.epoch(&org).await?;
            if key.followed > epoch {
                epoch = self.read_org(&org).await?.epoch;
            }
        }
        let known = self.known_policies(&org, epoch, &key.config.policies).await?;
        let access = self.remembered.key_access(key.id);
        let find = |name: &str| known.policies.get(name).and_then(Option::as_deref);
        let key = key.planned((org, epoch), find, access.as_ref(), now);
        self.remembered.remember_key(&key);
        Ok(key)
    }

    /// Whether a remembered key can be judged as it is remembered.
    pub(super) fn is_planned(&self, key: &Key, api_org: Option<&OrgId>) -> bool {
        match &key.plan {
            None => !key.config.follows_policies(),
            Some(plan) => {
                let epoch = self.remembered.policies(&plan.org).map(|known| known.epoch);
                plan.org == key.policy_org(api_org) && epoch.is_none_or(|epoch| epoch == plan.epoch)
            }
        }
    }

    /// The policies of `org` in another epoch than the one that a decision relied on: the next
    /// attempt reads them.
    pub(super) fn forget_policies(&self, org: &OrgId, epoch: i64) {
        self.remembered.remember_policies(org, KnownPolicies { epoch, policies: BTreeMap::new() });
        self.remembered.forget_org(org);
    }

    /// Moves the limits of the key in the store to those that its policies give it now. What was
    /// used stays used. It raises the revision, so that nobody takes units by the limits before.
    pub(super) async fn follow(&self, key: &Key, now: Millis) -> Result<Attempt, StoreError> {
        let mut update = Update::revise(key.revision);
        if let Some((plan, stale)) = key.plan.as_ref().and_then(|plan| Some((plan, plan.stale.as_ref()?))) {
            replace_windows(&mut update, &key.config.limits.fresh(), stale, now);
            update.set(name::FOLLOWED, n(plan.epoch));
        }
        self.send(Table::Keys, item_key(key.id), update).await
    }

    /// The key that `follow` left, or that was just updated: as known, with the counters of its item.
    pub(super) fn counted_again(&self, known: &Key, item: &Item) -> Result<Key, StoreError> {
        let mut key = counted(known, item)?;
        if let Some(plan) = &mut key.plan {
            plan.stale = None;
        }
        self.remembered.remember_key(&key);
        Ok(key)
    }

    async fn known_policies(&self, org: &OrgId, epoch: i64, names: &[String]) -> Result<KnownPolicies, StoreError> {
        let known = self.remembered.policies(org).filter(|known| known.epoch == epoch);
        let mut known = known.unwrap_or_else(|| KnownPolicies { epoch, policies: BTreeMap::new() });
        let unknown: Vec<_> = names.iter().filter(|name| !known.policies.contains_key(*name)).collect();
        if unknown.is_empty() {
            return Ok(known);
        }
        // Read after the epoch, they are at least as new as it says.
        let found = self.named_policies(org, unknown.iter().map(|name| name.as_str())).await?;
        for name in unknown {
            known.policies.insert(name.clone(), found.live(name).cloned().map(Arc::new));
        }
        self.remembered.remember_policies(org, known.clone());
        Ok(known)
    }
}
