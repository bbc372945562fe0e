//! Makes, replaces and deletes policies. Each change is one transaction that also raises the
//! organisation's epoch, so that every decision notices it, however many keys follow the policy.

use aws_sdk_dynamodb::types::TransactWriteItem;
use serde_json::Value;

use crate::access::OrgScope;
use crate::clock::Millis;
use crate::orgs::OrgId;
use crate::policies::{Policy, PolicyId};
use crate::store::audit::Audited;
use crate::store::items::attributes::{self, Item, n, name};
use crate::store::items::policy::{self, StoredPolicy};
use crate::store::items::primary_key::{limits_key, named_key, policy_key, policy_row};
use crate::store::keys::naming::SHARES;
use crate::store::lookup::MOST;
use crate::store::write::conditions::{Condition, Conditions};
use crate::store::write::retry::Retry;
use crate::store::write::transaction::Outcome;
use crate::store::{Store, StoreError, Table};

/// What a change of a policy finds.
struct PolicyState {
    old: Option<StoredPolicy>,
    epoch: Option<i64>,
    named: Option<Vec<(u8, i64)>>,
}

/// What became of a request to delete a policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PolicyDeleted {
    /// It was deleted.
    Done,
    /// There is no such policy.
    Missing,
    /// Keys name it.
    Named,
}

impl Store {
    /// Makes the policy, or puts it in the place of the one with its id. One read and one
    /// transaction, and again if another change came first.
    ///
    /// # Errors
    /// When the policy is too large, or the store fails.
    pub async fn put_policy(
        &self,
        scope: &OrgScope,
        id: &PolicyId,
        policy: &Policy,
        now: Millis,
    ) -> Result<(), StoreError> {
        let mut retry = Retry::of_change();
        loop {
            let PolicyState { old, epoch, .. } = self.policy_state(scope.org(), id, false).await?;
            let revision = old.as_ref().map_or(0, |old| old.revision) + 1;
            let mut item = policy::item(policy, false, revision, now);
            item.extend(policy_key(scope.org(), id));
            self.check_size(&item)?;
            let live = old.as_ref().filter(|old| !old.deleted);
            let what = if live.is_some() { "policy.replace" } else { "policy.create" };
            let mut parts = self.policy_parts(scope.org(), item, old.as_ref(), epoch)?;
            if live.is_none() {
                parts.push(self.put(Table::Organizations, policy_row(scope.org(), id))?);
            }
            if old.as_ref().is_some_and(|old| old.deleted) {
                parts.extend(self.open_parts(scope.org(), id)?);
            }
            let change = (live.map(|old| &old.policy), Some(policy));
            parts.push(self.audit_policy(scope, id, what, revision, change, now)?);
            if self.transact_as(scope, None, parts).await? == Outcome::Done {
                return Ok(());
            }
            retry.after_pause().await?;
        }
    }

    /// Deletes the policy; unless it is `forced`, only if no key names it. One read, another one
    /// unless it is forced, and one transaction.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn delete_policy(
        &self,
        scope: &OrgScope,
        id: &PolicyId,
        forced: bool,
        now: Millis,
    ) -> Result<PolicyDeleted, StoreError> {
        let mut retry = Retry::of_change();
        loop {
            let PolicyState { old, epoch, named } = self.policy_state(scope.org(), id, !forced).await?;
            let Some(old) = old.filter(|old| !old.deleted) else { return Ok(PolicyDeleted::Missing) };
            if !forced && self.is_named(scope.org(), id, now).await? {
                return Ok(PolicyDeleted::Named);
            }
            let revision = old.revision + 1;
            let mut item = policy::item(&old.policy, true, revision, now);
            item.extend(policy_key(scope.org(), id));
            let mut parts = self.policy_parts(scope.org(), item, Some(&old), epoch)?;
            // A key that came to name it after the look changed a count, and one that comes later
            // finds it closed.
            parts.extend(self.close_parts(scope.org(), id, named.as_deref())?);
            parts.push(self.delete(Table::Organizations, policy_row(scope.org(), id))?);
            let change = (Some(&old.policy), None);
            parts.push(self.audit_policy(scope, id, "policy.delete", revision, change, now)?);
            if self.transact_as(scope, None, parts).await? == Outcome::Done {
                return Ok(PolicyDeleted::Done);
            }
            retry.after_pause().await?;
        }
    }

    /// The policy, live or deleted, its organisation's epoch, and how often it was `named`. One read.
    async fn policy_state(&self, org: &OrgId, id: &PolicyId, named: bool) -> Result<PolicyState, StoreError> {
        let mut keys = vec![policy_key(org, id), limits_key(org)];
        if named {
            keys.extend((0..SHARES).map(|share| named_key(org, id, share)));
        }
        let sort_key = |item: &Item| item.get("sk").cloned();
        let [policy, limits] = [&keys[0], &keys[1]].map(sort_key);
        let items = self.batch_get(Table::Organizations, keys).await?;
        let found = |sort: &Option<_>| items.iter().find(|item| sort_key(item) == *sort);
        Ok(PolicyState {
            old: found(&policy).map(policy::read).transpose()?,
            epoch: found(&limits).map(|item| attributes::number(item, name::REVISION)).transpose()?,
            named: if named { Some(Self::times_named(&items)?) } else { None },
        })
    }

    /// Whether a live key names the policy. One read of rows for each page of expired keys, and one
    /// of keys.
    async fn is_named(&self, org: &OrgId, id: &PolicyId, now: Millis) -> Result<bool, StoreError> {
        let mut after = None;
        loop {
            let page = self.rows_naming(org, id, after, MOST).await?;
            let ids: Vec<_> = page.rows.iter().map(|key| key.id).collect();
            if self.any_exists(&ids, now).await? {
                return Ok(true);
            }
            after = page.next;
            if after.is_none() {
                return Ok(false);
            }
        }
    }

    /// The parts that put `item` in the place of `old`, and raise the epoch.
    fn policy_parts(
        &self,
        org: &OrgId,
        item: Item,
        old: Option<&StoredPolicy>,
        epoch: Option<i64>,
    ) -> Result<Vec<TransactWriteItem>, StoreError> {
        let unchanged = match old {
            Some(old) => Condition::equals(name::REVISION, n(old.revision)),
            None => Condition::absent(name::REVISION),
        };
        let put = self.put_if(Table::Organizations, item, Conditions::of(unchanged))?;
        Ok(vec![put, self.raise_epoch(org, epoch)?])
    }

    fn audit_policy(
        &self,
        scope: &OrgScope,
        id: &PolicyId,
        what: &'static str,
        revision: i64,
        (before, after): (Option<&Policy>, Option<&Policy>),
        now: Millis,
    ) -> Result<TransactWriteItem, StoreError> {
        let document = |policy: &Policy| Value::Object(policy.fields().clone());
        let (before, after) = (before.map(document), after.map(document));
        let (before, after) = (before.as_ref(), after.as_ref());
        let subject = format!("policy:{id}");
        self.audit(scope, now, &Audited { what, subject, org: scope.org(), from: None, revision, before, after })
    }
}
