//! What was used, hour by hour: what `Usage` has of hours that are over, and what is still in the
//! keys' own items.
//!
//! The items are read first. A row of `Usage` tells how often its key was rolled up until then;
//! where that is more often than the item said, the row has the item's hours already, and they are
//! not counted twice.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::{AddAssign, Range};

use jiff::Timestamp;

use super::tally::Tally;
use crate::access::{GateScope, OrgScope};
use crate::clock::Millis;
use crate::keys::{Dialect, Key, KeyId};
use crate::limits::Spend;
use crate::orgs::OrgId;
use crate::store::items::attributes::{self, Item, name};
use crate::store::items::key::owner_of;
use crate::store::items::primary_key::{id_of, item_key, list_partition, listed_id, org_partition};
use crate::store::items::primary_key::{usage_key, usage_of, usage_range};
use crate::store::items::{key_config, limits};
use crate::store::lookup::{self, Rows};
use crate::store::{Store, StoreError, Table};

/// Milliseconds of an hour.
pub const HOUR: i64 = 60 * 60 * 1000;

/// In a row: how often its key was rolled up until then.
pub(in crate::store) const ROLLED_UP: &str = "n";

/// What is counted by the hour.
#[derive(Clone, Copy, Debug)]
pub(in crate::store) enum Counted {
    Requests,
    Spend,
    InputTokens,
    OutputTokens,
}

/// What was used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Used {
    /// Requests: the units that the gate admitted, and those that were reported.
    pub requests: i64,
    /// Money that was reported, in billionths.
    pub spend: i128,
    /// Tokens of a language model that were sent, as reported.
    pub input_tokens: i64,
    /// Tokens that came back, as reported.
    pub output_tokens: i64,
}

/// What was used in each hour since 1970 that something was used in.
pub type UsedByHour = BTreeMap<i64, Used>;

/// What each of several keys used.
pub type UsedByKey = BTreeMap<KeyId, UsedByHour>;

/// A key as far as its use goes, live or deleted. It comes from a [`Key`], or from the scope of a
/// gate.
#[derive(Clone, Debug)]
pub struct KeyUse {
    /// Its id.
    pub id: KeyId,
    /// The dialect it was made in.
    pub dialect: Dialect,
    /// Whose it is, or was.
    pub org: OrgId,
    /// When it was made, or made again.
    pub made: Millis,
    /// What it may spend in a month, and has spent.
    pub spend: Option<Spend>,
    /// What its own item has of its use, by the hour.
    pub(super) used: BTreeMap<i64, i64>,
    /// How often hours were rolled up from there.
    pub(super) rolled: i64,
}

impl AddAssign for Used {
    fn add_assign(&mut self, more: Self) {
        self.requests = self.requests.saturating_add(more.requests);
        self.spend += more.spend;
        self.input_tokens = self.input_tokens.saturating_add(more.input_tokens);
        self.output_tokens = self.output_tokens.saturating_add(more.output_tokens);
    }
}

impl From<&Key> for KeyUse {
    fn from(key: &Key) -> Self {
        let (org, used) = (key.org.clone(), key.used.clone());
        let spend = key.config.limits.spend;
        Self { id: key.id, dialect: key.dialect, org, made: key.made, spend, used, rolled: key.rolled }
    }
}

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

/// The attribute of a row that counts in this hour of the day: `h07` for requests.
pub(in crate::store) fn attribute(counted: Counted, hour: i64) -> String {
    let letter = match counted {
        Counted::Requests => 'h',
        Counted::Spend => 's',
        Counted::InputTokens => 'i',
        Counted::OutputTokens => 'o',
    };
    format!("{letter}{:02}", hour.rem_euclid(24))
}

/// The UTC day of an hour since 1970, such as `2026-01-15`.
pub(in crate::store) fn day_of(hour: i64) -> Result<String, StoreError> {
    let at = Timestamp::from_second(hour.saturating_mul(3600)).map_err(|_| StoreError::Damaged(name::USED))?;
    Ok(at.to_string().chars().take(10).collect())
}
