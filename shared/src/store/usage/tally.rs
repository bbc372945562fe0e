//! Adds use up: no hour of it is missing, and none is counted twice.

use std::collections::BTreeMap;
use std::ops::Range;

use super::key_use::KeyUse;
use super::used::{ROLLED_UP, Used, UsedByHour, used_by_hour};
use crate::keys::KeyId;
use crate::store::StoreError;
use crate::store::items::attributes::{self, Item};
use crate::store::items::usage_key::{midnight_of, usage_of};

/// Use by the hour, of keys' items and of rows of `Usage`.
pub(super) struct Tally {
    hours: Range<i64>,
    /// Hours in items, without those that a row has already.
    kept: BTreeMap<KeyId, KeyUse>,
    sums: BTreeMap<KeyId, UsedByHour>,
}

impl Tally {
    pub(super) fn new(keys: impl IntoIterator<Item = KeyUse>, hours: Range<i64>) -> Self {
        Self { hours, kept: keys.into_iter().map(|key| (key.id, key)).collect(), sums: BTreeMap::new() }
    }

    fn add(&mut self, id: KeyId, hour: i64, used: Used) {
        if self.hours.contains(&hour) && used != Used::default() {
            *self.sums.entry(id).or_default().entry(hour).or_default() += used;
        }
    }

    pub(super) fn add_row(&mut self, row: &Item) -> Result<(), StoreError> {
        let (day, id) = usage_of(row)?;
        for (hour, used) in used_by_hour(row, day, &self.hours)? {
            self.add(id, hour, used);
        }
        let midnight = midnight_of(day)?;
        let rolled = attributes::count(row, ROLLED_UP)?;
        if let Some(key) = self.kept.get_mut(&id).filter(|key| rolled > key.rolled) {
            key.used.retain(|hour, _| !(midnight..midnight + 24).contains(hour));
        }
        Ok(())
    }

    pub(super) fn finish(mut self) -> BTreeMap<KeyId, UsedByHour> {
        for (id, key) in std::mem::take(&mut self.kept) {
            for (hour, requests) in key.used {
                self.add(id, hour, Used { requests, ..Used::default() });
            }
        }
        self.sums
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::limits::Limits;
    use crate::store::items::attributes::n;
    use crate::store::items::example;
    use crate::store::items::usage_key::usage_key;
    use crate::store::usage::used::{Counted, attribute};

    /// The first hour of 2026-01-15.
    const MIDNIGHT: i64 = 491_232;

    fn key(byte: u8, used: &[(i64, i64)], rolled: i64) -> KeyUse {
        let mut key = example::key(Limits::default());
        (key.id, key.used, key.rolled) = (example::id(byte), used.iter().copied().collect(), rolled);
        KeyUse::from(&key)
    }

    /// The row of a day that has these counts, by attribute.
    fn row(byte: u8, counts: &[(&str, i64)]) -> Item {
        let mut row = usage_key(&example::org(), "2026-01-15", example::id(byte));
        row.extend(counts.iter().map(|(name, count)| ((*name).to_owned(), n(*count))));
        row
    }

    fn requests(used: &UsedByHour) -> Vec<(i64, i64)> {
        used.iter().map(|(hour, used)| (*hour, used.requests)).collect()
    }

    fn total(keys: Vec<KeyUse>, rows: &[Item], hours: Range<i64>) -> BTreeMap<KeyId, UsedByHour> {
        let mut tally = Tally::new(keys, hours);
        rows.iter().for_each(|row| tally.add_row(row).unwrap());
        tally.finish()
    }

    #[test]
    fn what_a_row_and_an_item_count_of_an_hour_adds_up() {
        let rows = [row(1, &[("h07", 2), ("s07", 30), ("i07", 4), ("o07", 5)])];
        let mut sums = total(vec![key(1, &[(MIDNIGHT + 7, 1)], 0)], &rows, MIDNIGHT..MIDNIGHT + 24);
        let used = Used { requests: 3, spend: 30, input_tokens: 4, output_tokens: 5 };
        assert_eq!(sums.remove(&example::id(1)), Some([(MIDNIGHT + 7, used)].into()));
    }

    #[test]
    fn hours_that_were_rolled_up_after_the_item_was_read_count_once() {
        let item = || key(1, &[(MIDNIGHT + 7, 1), (MIDNIGHT + 30, 1)], 2);
        let counted = |rolled| {
            let sums = total(vec![item()], &[row(1, &[("h07", 1), ("n", rolled)])], MIDNIGHT..MIDNIGHT + 48);
            requests(&sums[&example::id(1)])
        };
        assert_eq!(counted(3), [(MIDNIGHT + 7, 1), (MIDNIGHT + 30, 1)], "the row has the item's hour already");
        assert_eq!(counted(2), [(MIDNIGHT + 7, 2), (MIDNIGHT + 30, 1)], "the row is older than the item");
    }

    #[test]
    fn each_key_counts_by_itself_and_only_in_the_hours_asked_about() {
        let keys = vec![key(1, &[(MIDNIGHT, 1), (MIDNIGHT + 2, 5)], 0), key(2, &[(MIDNIGHT + 1, 7)], 0)];
        let sums = total(keys, &[row(2, &[("h00", 9), ("h02", 9)])], MIDNIGHT..MIDNIGHT + 2);
        assert_eq!(requests(&sums[&example::id(1)]), [(MIDNIGHT, 1)]);
        assert_eq!(requests(&sums[&example::id(2)]), [(MIDNIGHT, 9), (MIDNIGHT + 1, 7)]);
    }

    #[test]
    fn an_hour_in_which_all_was_given_back_is_not_listed() {
        let sums = total(vec![key(1, &[(MIDNIGHT, 0)], 0)], &[row(1, &[("h01", 0)])], MIDNIGHT..MIDNIGHT + 24);
        assert!(sums.is_empty());
    }

    proptest! {
        #[test]
        fn no_use_is_lost_or_counted_twice_whenever_it_is_rolled_up(
            used in prop::collection::btree_map(0_i64..24, 1_i64..100, 1..8), rolled_up in any::<bool>(), before in any::<bool>(),
        ) {
            let hours: Vec<_> = used.iter().map(|(hour, requests)| (MIDNIGHT + hour, *requests)).collect();
            let names: Vec<_> = used.iter().map(|(hour, requests)| (attribute(Counted::Requests, *hour), *requests)).collect();
            let counts: Vec<_> = names.iter().map(|(name, requests)| (name.as_str(), *requests)).chain([("n", 1)]).collect();
            let rows: Vec<_> = rolled_up.then(|| row(1, &counts)).into_iter().collect();
            // The item is read first: before the hours are rolled up, or after.
            let item = if rolled_up && !before { key(1, &[], 1) } else { key(1, &hours, 0) };
            let sums = total(vec![item], &rows, MIDNIGHT..MIDNIGHT + 24);
            prop_assert_eq!(requests(&sums[&example::id(1)]), hours);
        }
    }
}
