//! Use by the hour in a key's own item, where a check counts it in its one update.
//!
//! Nobody could read the items of all keys to add up an organisation's use. So a row of `Usage`
//! says which keys may have hours of a day in their items: they have the day open. **Whenever an
//! item has an hour, its day is open.** That holds because a day is opened before the first hour of
//! it is counted, and is closed only in a transaction that raises `w`; whoever adds an hour to an
//! item requires the `w` of the item that the day was opened for.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_dynamodb::types::TransactWriteItem;

use super::conditions::Condition;
use super::retry::Retry;
use super::update::Update;
use super::update_item::Attempt;
use crate::clock::Millis;
use crate::keys::{Dialect, Key, KeyId};
use crate::orgs::OrgId;
use crate::store::items::attributes::{Path, n, name, s};
use crate::store::items::usage_key::{HOUR, day_of, open_key};
use crate::store::{Store, StoreError, Table};

/// The most hours that an item has room for.
pub(in crate::store) const MAX_HOURS: i64 = 8;

/// What the item of a key, live or deleted, has of its use.
#[derive(Clone, Copy)]
pub(in crate::store) struct OwnUse<'a> {
    pub(in crate::store) id: KeyId,
    pub(in crate::store) dialect: Dialect,
    pub(in crate::store) org: &'a OrgId,
    /// Hours since 1970 → requests admitted.
    pub(in crate::store) hours: &'a BTreeMap<i64, i64>,
    /// How often hours were rolled up.
    pub(in crate::store) rolled: i64,
}

impl<'a> From<&'a Key> for OwnUse<'a> {
    fn from(key: &'a Key) -> Self {
        Self { id: key.id, dialect: key.dialect, org: &key.org, hours: &key.used, rolled: key.rolled }
    }
}

impl OwnUse<'_> {
    /// The days that its hours belong to.
    pub(in crate::store) fn days(&self) -> Result<BTreeSet<String>, StoreError> {
        self.hours.keys().map(|hour| day_of(*hour)).collect()
    }
}

impl Store {
    /// Opens the day of a call at `now`, unless the item already has an hour of it. This costs
    /// nothing, or one update for the first call of a key's day.
    pub(in crate::store) async fn open_day(&self, key: OwnUse<'_>, now: Millis) -> Result<(), StoreError> {
        let (hour, day) = (now.div_euclid(HOUR), now.div_euclid(24 * HOUR));
        if key.hours.keys().any(|known| known.div_euclid(24) == day) {
            return Ok(());
        }
        let day = day_of(hour)?;
        let mut retry = Retry::of_check();
        loop {
            match self.send(Table::Usage, open_key(key.org, &day, key.id), open(key.dialect)).await? {
                Attempt::Done(_) => return Ok(()),
                Attempt::Busy | Attempt::Missed(_) => retry.after_pause().await?,
            }
        }
    }

    /// Opens a day of a key in `org`.
    pub(in crate::store) fn opened(
        &self,
        key: OwnUse<'_>,
        org: &OrgId,
        day: &str,
    ) -> Result<TransactWriteItem, StoreError> {
        self.update(Table::Usage, open_key(org, day, key.id), open(key.dialect))
    }

    /// Closes a day of a key. The same transaction must raise `w` or the revision of the key's item.
    pub(in crate::store) fn closed(&self, key: OwnUse<'_>, day: &str) -> Result<TransactWriteItem, StoreError> {
        self.delete(Table::Usage, open_key(key.org, day, key.id))
    }

    /// Takes the hours of a key along to `org`, by `update`, which must raise the revision, and the
    /// parts returned.
    pub(in crate::store) fn move_own_use(
        &self,
        update: &mut Update,
        key: OwnUse<'_>,
        org: &OrgId,
    ) -> Result<Vec<TransactWriteItem>, StoreError> {
        if key.org == org {
            return Ok(Vec::new());
        }
        // The hours are those that are known: none was removed, so there is none more either.
        update.require_rolled(key.rolled);
        update.require(Condition::has_fewer_than(name::USED, key.hours.len() as i128 + 1));
        let moves = key.days()?.into_iter().flat_map(|day| [self.opened(key, org, &day), self.closed(key, &day)]);
        moves.collect()
    }
}

impl Update {
    /// Counts units in the hour of a call at `now`, and requires that the item has the hour, or
    /// that it has room for it and was rolled up this often.
    pub(in crate::store) fn count_use(&mut self, rolled: i64, now: Millis, units: i64) {
        let hour = now.div_euclid(HOUR).to_string();
        let hour = Path::from([name::USED, hour.as_str()]);
        self.require_any([Condition::exists(&hour), Condition::has_fewer_than(name::USED, MAX_HOURS)]);
        self.require_any([Condition::exists(&hour), rolled_up(rolled)]);
        self.count(hour, units);
    }

    /// Counts units of a call at `now` as not used. If the hour was rolled up since, it falls below
    /// zero here: the two add up.
    pub(in crate::store) fn uncount_use(&mut self, rolled: i64, now: Millis, units: i64) {
        let hour = now.div_euclid(HOUR).to_string();
        let hour = Path::from([name::USED, hour.as_str()]);
        self.require_any([Condition::exists(&hour), rolled_up(rolled)]);
        self.count(hour, -units);
    }

    /// Requires that the hours of the item were rolled up this often.
    pub(in crate::store) fn require_rolled(&mut self, rolled: i64) {
        self.require(rolled_up(rolled));
    }
}

/// Makes the row of an open day.
fn open(dialect: Dialect) -> Update {
    let mut update = Update::default();
    update.set(name::DIALECT, s(dialect.as_str()));
    update
}

/// An item that was never rolled up does not say so.
fn rolled_up(rolled: i64) -> Condition<'static> {
    match rolled {
        0 => Condition::absent(name::ROLLED),
        rolled => Condition::equals(name::ROLLED, n(rolled)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::write::readable::readable;

    const NOW: Millis = 1_800_000_000_000;

    #[test]
    fn an_hour_is_added_only_to_the_item_that_its_day_was_opened_for() {
        let update = |change: fn(&mut Update)| {
            let mut update = Update::default();
            change(&mut update);
            readable(update)
        };
        let (counted, exists) = ("u.500000 = if_not_exists(u.500000, 0)", "attribute_exists(u.500000)");
        assert_eq!(
            update(|update| update.count_use(0, NOW, 2)),
            format!("SET {counted} + 2 IF ({exists} OR size(u) < 8) AND ({exists} OR attribute_not_exists(w))")
        );
        assert_eq!(
            update(|update| update.uncount_use(3, NOW, 1)),
            format!("SET {counted} + -1 IF ({exists} OR w = 3)"),
            "units are given back even if there is no room"
        );
    }
}
