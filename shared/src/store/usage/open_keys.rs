//! The keys of an organisation that may have use in their own items: those that have a day open.

use std::collections::{BTreeMap, BTreeSet};

use super::key_use::KeyUse;
use super::totals::Part;
use crate::keys::{Dialect, KeyId};
use crate::store::items::attributes::{self, name};
use crate::store::items::primary_key::{item_key, org_partition};
use crate::store::items::usage_key::{UsageRows, opened_by};
use crate::store::lookup::{self, MOST, Rows, at_the_same_time};
use crate::store::{Store, StoreError, Table};

/// The most reads at the same time.
const READS: usize = 8;

/// The days that keys have open.
pub(super) type OpenDays = BTreeMap<KeyId, BTreeSet<String>>;

impl Store {
    /// The keys of `part` that may have hours of its days in their items.
    pub(super) async fn open_days(&self, part: &Part<'_>) -> Result<OpenDays, StoreError> {
        let (first, last) = part.range(UsageRows::Open)?;
        let query = self.query(Table::Usage, org_partition(part.org), &Rows::Between(&first, &last));
        let mut rows = lookup::pages(query).items().send();
        let mut open = OpenDays::new();
        while let Some(row) = rows.next().await {
            let row = row.map_err(StoreError::failed("Query"))?;
            let dialect = Dialect::named(attributes::text(&row, name::DIALECT)?);
            if dialect.is_some_and(|dialect| part.has(dialect)) {
                let (day, id) = opened_by(&row)?;
                let _new = open.entry(id).or_default().insert(day.to_owned());
            }
        }
        Ok(open)
    }

    /// Those of the keys with these ids that belong to the organisation. One that moved to another
    /// meanwhile is counted there.
    pub(super) async fn uses(
        &self,
        part: &Part<'_>,
        ids: impl Iterator<Item = KeyId>,
    ) -> Result<Vec<KeyUse>, StoreError> {
        let ids: Vec<_> = ids.collect();
        let share = ids.len().div_ceil(READS).next_multiple_of(MOST).max(MOST);
        let reads = ids.chunks(share).map(|ids| self.uses_in_turn(part, ids));
        let mut uses = Vec::with_capacity(ids.len());
        for read in at_the_same_time(reads).await {
            uses.extend(read?);
        }
        Ok(uses)
    }

    /// A hundred after the other, since whole items take up much more memory than what is left of
    /// them.
    async fn uses_in_turn(&self, part: &Part<'_>, ids: &[KeyId]) -> Result<Vec<KeyUse>, StoreError> {
        let mut uses = Vec::with_capacity(ids.len());
        for ids in ids.chunks(MOST) {
            let keys = ids.iter().map(|id| item_key(*id)).collect();
            for item in self.batch_get_only(Table::Keys, keys, &KeyUse::ATTRIBUTES).await? {
                let key = KeyUse::read(&item)?;
                uses.extend(Some(key).filter(|key| key.org == *part.org));
            }
        }
        Ok(uses)
    }
}
