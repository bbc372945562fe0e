//! What was used, hour by hour: what `Usage` has of hours that are over, and what is still in the
//! keys' own items.
//!
//! The items are read first. A row of `Usage` has how often its key was rolled up until then;
//! where that is more often than the item said, the row has the item's hours already, and they are
//! not counted twice.

use std::collections::BTreeSet;
use std::ops::Range;

use jiff::Timestamp;

use super::tally::Tally;
use super::used::{KeyUse, UsedByHour, UsedByKey};
use crate::access::{GateScope, OrgScope};
use crate::keys::{Dialect, KeyId};
use crate::orgs::OrgId;
use crate::store::items::attributes::{self, Item, name};
use crate::store::items::key::owner_of;
use crate::store::items::primary_key::{id_of, item_key, list_partition, listed_id, org_partition};
use crate::store::items::primary_key::{usage_key, usage_of, usage_range};
use crate::store::items::{key_config, limits};
use crate::store::lookup::{self, Rows};
use crate::store::{Store, StoreError, Table};

impl Store {
    /// The key with this id, live or deleted; `None` when there never was one. One read.
    pub async fn key_use(&self, _gate: GateScope, id: KeyId) -> Result<Option<KeyUse>, StoreError> {
        self.get(Table::Keys, item_key(id)).await?.map(|item| key_use(&item)).transpose()
    }

    /// What a key used in `hours`, each by its number since 1970. One read for each 100 days.
    pub async fn usage_of_key(&self, key: &KeyUse, hours: Range<i64>) -> Result<UsedByHour, StoreError> {
        let (first, last) = (hours.start.div_euclid(24), (hours.end - 1).div_euclid(24));
        let days = (first..=last).map(|day| Ok(usage_key(&key.org, &day_of(day * 24)?, key.id)));
        let rows = self.batch_get(Table::Usage, days.collect::<Result<_, StoreError>>()?).await?;
        let mut tally = Tally::new([key.clone()], hours);
        rows.iter().try_for_each(|row| tally.add_row(row))?;
        Ok(tally.finish().remove(&key.id).unwrap_or_default())
    }

    /// What the keys of the organisation used in `hours`, live and deleted ones: those of the
    /// scope's dialect.
    pub async fn usage_of_org(&self, scope: &OrgScope, hours: Range<i64>) -> Result<UsedByKey, StoreError> {
        self.org_usage(scope.org(), Some(scope.dialect), hours).await
    }

    /// What the keys of `org` used in `hours`, live and deleted ones, of every dialect.
    pub async fn usage_in_all_dialects(
        &self,
        _gate: GateScope,
        org: &OrgId,
        hours: Range<i64>,
    ) -> Result<UsedByKey, StoreError> {
        self.org_usage(org, None, hours).await
    }

    async fn org_usage(&self, org: &OrgId, only: Option<Dialect>, hours: Range<i64>) -> Result<UsedByKey, StoreError> {
        let mut keys = BTreeSet::new();
        for dialect in Dialect::ALL.into_iter().filter(|dialect| only.is_none_or(|only| only == *dialect)) {
            keys.extend(self.ever_made(dialect, org).await?);
        }
        let items = self.batch_get(Table::Keys, keys.iter().map(|id| item_key(*id)).collect()).await?;
        let uses = items.iter().map(key_use).collect::<Result<Vec<_>, _>>()?;
        // A key that moved to another organisation meanwhile is counted there.
        let mut tally = Tally::new(uses.into_iter().filter(|key| key.org == *org), hours.clone());

        let (first, last) = (day_of(hours.start)?, day_of(hours.end - 1)?);
        let wanted = only.map(|_| keys);
        let (first, last) = usage_range(&first, &last);
        let query = self.query(Table::Usage, org_partition(org), &Rows::Between(&first, &last));
        let mut rows = lookup::pages(query).items().send();
        while let Some(row) = rows.next().await {
            let row = row.map_err(StoreError::failed("Query"))?;
            if wanted.as_ref().is_none_or(|wanted| usage_of(&row).is_ok_and(|(_, id)| wanted.contains(&id))) {
                tally.add_row(&row)?;
            }
        }
        Ok(tally.finish())
    }

    /// The ids of all keys that `org` has, and of those that it had and that were deleted.
    async fn ever_made(&self, dialect: Dialect, org: &OrgId) -> Result<BTreeSet<KeyId>, StoreError> {
        let query = self.query(Table::OrgKeys, list_partition(dialect, org), &Rows::All);
        // The live ones first: a key that is deleted meanwhile turns up once more behind them, and
        // is not missed.
        let query = query.projection_expression("#sk").expression_attribute_names("#sk", "sk");
        let mut rows = lookup::pages(query.scan_index_forward(false)).items().send();
        let mut ids = BTreeSet::new();
        while let Some(row) = rows.next().await {
            ids.insert(listed_id(&row.map_err(StoreError::failed("Query"))?)?);
        }
        Ok(ids)
    }
}

fn key_use(item: &Item) -> Result<KeyUse, StoreError> {
    let (dialect, org) = owner_of(item)?;
    let (made, rolled) = (attributes::number(item, name::MADE)?, attributes::count(item, name::ROLLED)?);
    let (id, spend, used) = (id_of(item)?, limits::spend_of(item)?, key_config::used(item)?);
    Ok(KeyUse { id, dialect, org, made, spend, used, rolled })
}

/// The UTC day of an hour since 1970, such as `2026-01-15`.
pub(in crate::store) fn day_of(hour: i64) -> Result<String, StoreError> {
    let at = Timestamp::from_second(hour.saturating_mul(3600)).map_err(|_| StoreError::Damaged(name::USED))?;
    Ok(at.to_string().chars().take(10).collect())
}
