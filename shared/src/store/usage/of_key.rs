//! What a key used, hour by hour: its rows of `Usage`, and what is still in its own item.
//!
//! The item is read first. A row has how often its key was rolled up until then; where that is more
//! often than the item said, the row has the item's hours already, and they are not counted twice.

use std::ops::Range;

use super::key_use::KeyUse;
use super::tally::Tally;
use super::used::UsedByHour;
use crate::access::GateScope;
use crate::keys::KeyId;
use crate::store::items::primary_key::item_key;
use crate::store::items::usage_key::{day_of, usage_key};
use crate::store::{Store, StoreError, Table};
use crate::telemetry;

impl Store {
    /// The key with this id, live or deleted; `None` when there never was one. One read.
    pub async fn key_use(&self, _gate: GateScope, id: KeyId) -> Result<Option<KeyUse>, StoreError> {
        let Some(item) = self.get(Table::Keys, item_key(id)).await? else { return Ok(None) };
        let key = KeyUse::read(&item)?;
        telemetry::about_key(id, &key.org);
        Ok(Some(key))
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
}
