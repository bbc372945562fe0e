//! What the keys of an organisation used, live and deleted ones, without reading each of them.
//!
//! Its totals have what was reported and rolled up. What they lack is in the items of those keys
//! that have a day open. Keys that were not used in the present hour are rolled up on the way, so
//! that the next reader does not meet them again.
//!
//! An hour may move from an item to a total while both are read. So an item counts only if its
//! totals were read before and after it, and nobody has rolled up in between; else its slice of the
//! keys is read again.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use super::key_use::KeyUse;
use super::roll_up_idle::RollUps;
use super::tally::Tally;
use super::totals::{Part, Total, TotalName};
use super::used::{Used, UsedByHour, UsedByKey};
use crate::access::{GateScope, OrgScope};
use crate::clock::Millis;
use crate::keys::Dialect;
use crate::orgs::OrgId;
use crate::store::items::attributes::{self, name};
use crate::store::items::primary_key::org_partition;
use crate::store::items::usage_key::{Slice, UsageRows};
use crate::store::lookup::{self, Rows};
use crate::store::write::retry::Retry;
use crate::store::{Store, StoreError, Table};

/// Totals by name.
type Totals = BTreeMap<TotalName, Total>;

impl Store {
    /// What the keys of the scope's organisation and dialect used in `hours`, all together.
    pub async fn usage_of_org(
        &self,
        scope: &OrgScope,
        hours: Range<i64>,
        now: Millis,
    ) -> Result<UsedByHour, StoreError> {
        self.usage_of(&Part { org: scope.org(), dialect: Some(scope.dialect), hours }, now).await
    }

    /// What the keys of `org` used in `hours`, all together and of every dialect.
    pub async fn usage_in_all_dialects(
        &self,
        _gate: GateScope,
        org: &OrgId,
        hours: Range<i64>,
        now: Millis,
    ) -> Result<UsedByHour, StoreError> {
        self.usage_of(&Part { org, dialect: None, hours }, now).await
    }

    /// What each key of the scope's organisation and dialect used in `hours`. This reads a row for
    /// each day of each key that was used.
    pub async fn usage_by_key(
        &self,
        scope: &OrgScope,
        hours: Range<i64>,
        now: Millis,
    ) -> Result<UsedByKey, StoreError> {
        let part = Part { org: scope.org(), dialect: Some(scope.dialect), hours };
        let open = self.open_days(&part).await?;
        let mut keys = self.uses(&part, open.keys().copied()).await?;
        let _rolled_up = self.roll_up_idle(&part, &mut keys, &open, now).await?;
        let mut tally = Tally::new(keys, part.hours.clone());
        let (first, last) = part.range(UsageRows::Key)?;
        let query = self.query(Table::Usage, org_partition(part.org), &Rows::Between(&first, &last));
        let mut rows = lookup::pages(query).items().send();
        while let Some(row) = rows.next().await {
            let row = row.map_err(StoreError::failed("Query"))?;
            let dialect = Dialect::named(attributes::text(&row, name::DIALECT)?);
            if dialect.is_some_and(|dialect| part.has(dialect)) {
                tally.add_row(&row)?;
            }
        }
        Ok(tally.finish())
    }

    async fn usage_of(&self, part: &Part<'_>, now: Millis) -> Result<UsedByHour, StoreError> {
        let open = self.open_days(part).await?;
        // What is no longer open by now is in the totals.
        if open.is_empty() {
            return Ok(sum(self.totals(part).await?.into_values().map(|total| total.used)));
        }
        let mut before = self.totals(part).await?;
        let mut keys = self.uses(part, open.keys().copied()).await?;
        let mut own = self.roll_up_idle(part, &mut keys, &open, now).await?;
        let (mut left, mut used, mut retry) = (Slice::all(), Vec::new(), Retry::of_change());
        loop {
            let after = self.totals(part).await?;
            let unsure = unsure(part, &keys, (&before, &after), &own);
            let sure = &left - &unsure;
            let totals = after.iter().filter(|((.., slice), _)| sure.contains(slice));
            used.extend(totals.map(|(_, total)| total.used.clone()));
            let kept = keys.iter().filter(|key| sure.contains(&Slice::of(key.id)));
            used.extend(kept.map(|key| key.kept_in(&part.hours)));
            if unsure.is_empty() {
                return Ok(sum(used));
            }
            retry.after_pause().await?;
            keys = self.uses(part, open.keys().copied().filter(|id| unsure.contains(&Slice::of(*id)))).await?;
            (before, own, left) = (after, RollUps::new(), unsure);
        }
    }
}

/// The slices of the keys whose totals somebody else may have added to while items were read. Those
/// of which no item counts have all their use in the totals.
fn unsure(part: &Part<'_>, keys: &[KeyUse], (before, after): (&Totals, &Totals), own: &RollUps) -> BTreeSet<Slice> {
    let kept = keys.iter().filter(|key| !key.kept_in(&part.hours).is_empty());
    let mut slices: BTreeSet<_> = kept.map(|key| Slice::of(key.id)).collect();
    let moved = after.iter().filter(|(name, total)| {
        let known = before.get(*name).map_or(0, |total| total.rolled) + own.get(*name).copied().unwrap_or_default();
        total.rolled != known
    });
    let moved: BTreeSet<_> = moved.map(|((.., slice), _)| *slice).collect();
    slices.retain(|slice| moved.contains(slice));
    slices
}

/// The sum of several, without hours in which nothing was used.
fn sum(parts: impl IntoIterator<Item = UsedByHour>) -> UsedByHour {
    let mut sum = UsedByHour::new();
    for (hour, used) in parts.into_iter().flatten() {
        *sum.entry(hour).or_default() += used;
    }
    sum.retain(|_, used| *used != Used::default());
    sum
}
