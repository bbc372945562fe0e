//! Finds policies: those that keys name, one by its id, and all in pages.

use std::collections::{BTreeMap, BTreeSet};

use crate::access::DialectScope;
use crate::orgs::OrgId;
use crate::policies::{Policy, PolicyId};
use crate::store::items::attributes::Item;
use crate::store::items::policy::{self, StoredPolicy};
use crate::store::items::primary_key::{POLICIES, listed_policy, policy_key, policy_prefix};
use crate::store::lookup::{Page, Place, Rows};
use crate::store::{Store, StoreError, Table};

/// The policies of one organisation that were looked for and found, by their ids.
#[derive(Clone, Debug, Default)]
pub struct FoundPolicies(pub(in crate::store) BTreeMap<String, StoredPolicy>);

impl FoundPolicies {
    /// The policy with this id, unless it is deleted.
    #[must_use]
    pub fn live(&self, id: &str) -> Option<&Policy> {
        self.0.get(id).filter(|found| !found.deleted).map(|found| &found.policy)
    }

    /// The policy with this id alone, unless it is deleted.
    #[must_use]
    pub fn into_live(mut self, id: &PolicyId) -> Option<StoredPolicy> {
        self.0.remove(id.as_str()).filter(|found| !found.deleted)
    }

    /// The policy with this id, or what it was when it was deleted.
    #[must_use]
    pub fn live_or_deleted(&self, id: &str) -> Option<&Policy> {
        self.0.get(id).map(|found| &found.policy)
    }
}

impl Store {
    /// The policies of `org` that `names` name, deleted ones too. One read for each 100; none if no
    /// name can be that of a policy.
    pub async fn policies<'n>(
        &self,
        _everywhere: &DialectScope,
        org: &OrgId,
        names: impl IntoIterator<Item = &'n str>,
    ) -> Result<FoundPolicies, StoreError> {
        self.named_policies(org, names).await
    }

    /// All policies with this id, of whatever organisation, the one changed last first. Two reads.
    pub async fn policies_with_id(
        &self,
        _everywhere: &DialectScope,
        id: &PolicyId,
    ) -> Result<Vec<StoredPolicy>, StoreError> {
        let query = self.query(Table::Organizations, POLICIES, &Rows::BeginningWith(&policy_prefix(id.as_str())));
        let read = query.send().await.map_err(StoreError::failed("Query"))?;
        let mut found = self.policies_of_rows(&read.items.unwrap_or_default()).await?;
        found.sort_by_key(|policy| std::cmp::Reverse(policy.changed));
        Ok(found)
    }

    /// The next policies of all organisations by their ids, at most `limit`, from `after` on, and
    /// where the next page begins. Two reads for each hundred.
    pub async fn all_policies(
        &self,
        _everywhere: &DialectScope,
        after: Option<Place>,
        limit: usize,
    ) -> Result<Page<(Place, StoredPolicy)>, StoreError> {
        let query = self.query(Table::Organizations, POLICIES, &Rows::All);
        let limit = i32::try_from(limit).unwrap_or(i32::MAX).max(1);
        let query = query.limit(limit).set_exclusive_start_key(after.map(Item::from));
        let read = query.send().await.map_err(StoreError::failed("Query"))?;
        let page = Page::of(read.items, read.last_evaluated_key)?;
        let mut found = self.policies_of_rows(&page.rows).await?;
        let rows = page.rows.iter().filter_map(|row| {
            let read = listed_policy(row).and_then(|(org, id)| Ok((org, id, Place::of(row)?)));
            let (org, id, place) = match read {
                Ok(read) => read,
                Err(error) => return Some(Err(error)),
            };
            let at = found.iter().position(|found| found.policy.id() == id.as_str() && found.policy.org() == org)?;
            Some(Ok((place, found.swap_remove(at))))
        });
        Ok(Page { rows: rows.collect::<Result<_, StoreError>>()?, next: page.next })
    }

    /// The policies of `org` with these names. No name costs a read that no policy can have.
    pub(in crate::store) async fn named_policies<'n>(
        &self,
        org: &OrgId,
        names: impl IntoIterator<Item = &'n str>,
    ) -> Result<FoundPolicies, StoreError> {
        let ids: BTreeSet<_> = names.into_iter().filter_map(PolicyId::parse).collect();
        let keys = ids.iter().map(|id| policy_key(org, id)).collect();
        let items = self.batch_get(Table::Organizations, keys).await?;
        let found = items.iter().map(|item| {
            let found = policy::read(item)?;
            Ok((found.policy.id().to_owned(), found))
        });
        Ok(FoundPolicies(found.collect::<Result<_, StoreError>>()?))
    }

    /// The policies of these rows that exist, in no order.
    async fn policies_of_rows(&self, rows: &[Item]) -> Result<Vec<StoredPolicy>, StoreError> {
        let keys = rows.iter().map(|row| listed_policy(row).map(|(org, id)| policy_key(&org, &id)));
        let items = self.batch_get(Table::Organizations, keys.collect::<Result<_, _>>()?).await?;
        let found = items.iter().map(policy::read).collect::<Result<Vec<_>, _>>()?;
        Ok(found.into_iter().filter(|found| !found.deleted).collect())
    }
}
