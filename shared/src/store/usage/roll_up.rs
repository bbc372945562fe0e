//! Moves use by the hour to `Usage`. It is first counted in the key's item, which a check updates
//! anyway, as long as there is room.
//!
//! One transaction moves all hours of an item, each once and whole: into the key's rows and into the
//! organisation's totals. It happens only if nobody has added to them, and it closes their days.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_dynamodb::types::TransactWriteItem;

use super::used::{self, Counted, ROLLED_UP};
use crate::clock::Millis;
use crate::keys::{Dialect, Key};
use crate::orgs::OrgId;
use crate::store::items::attributes::{n, name, s};
use crate::store::items::key::newest_used;
use crate::store::items::primary_key::item_key;
use crate::store::items::usage_key::{HOUR, Slice, day_of, total_key, usage_key};
use crate::store::write::conditions::Condition;
use crate::store::write::own_use::{MAX_HOURS, OwnUse};
use crate::store::write::transaction::Outcome;
use crate::store::write::update::Update;
use crate::store::{Store, StoreError, Table};

/// The most parts that a transaction may have.
const MAX_PARTS: usize = 100;
/// The most days without hours that one transaction closes for a key.
const MAX_CLOSED: usize = 4;

/// Hours since 1970 → requests.
type Hours = BTreeMap<i64, i64>;

/// A transaction that rolls up the hours of one key or several of an organisation.
pub(super) struct RollUp<'a> {
    store: &'a Store,
    org: &'a OrgId,
    parts: Vec<TransactWriteItem>,
    totals: BTreeMap<(String, Dialect, Slice), Hours>,
}

impl Store {
    /// Makes room for the present hour in a key that has none. The next attempt sees whether
    /// somebody else came first.
    pub(in crate::store) async fn make_room(&self, key: &mut Key, now: Millis) -> Result<(), StoreError> {
        let present = now.div_euclid(HOUR);
        if (key.used.len() as i64) < MAX_HOURS || key.used.contains_key(&present) {
            return Ok(());
        }
        let mut roll_up = RollUp::new(self, &key.org);
        roll_up.add((&*key).into(), &BTreeSet::new(), Some(present))?;
        if self.transact(roll_up.into_parts()?).await? == Outcome::Done {
            key.rolled += 1;
            key.rolled_to = newest_used(&key.used).or(key.rolled_to);
            key.used = [(present, 0)].into();
        }
        Ok(())
    }
}

impl<'a> RollUp<'a> {
    pub(super) fn new(store: &'a Store, org: &'a OrgId) -> Self {
        Self { store, org, parts: Vec::new(), totals: BTreeMap::new() }
    }

    /// Adds a key of the organisation. It closes the days of its hours and those that are `open`, and
    /// begins the hour `next`, if there is one.
    pub(super) fn add(
        &mut self,
        key: OwnUse<'_>,
        open: &BTreeSet<String>,
        next: Option<i64>,
    ) -> Result<(), StoreError> {
        let days = by_day(key.hours)?;
        let mut ended: BTreeSet<_> = days.keys().cloned().collect();
        let closed: Vec<_> = open.difference(&ended).take(MAX_CLOSED).cloned().collect();
        ended.extend(closed);
        if let Some(next) = next {
            let day = day_of(next)?;
            if !ended.remove(&day) {
                self.parts.push(self.store.opened(key, key.org, &day)?);
            }
        }
        self.parts.push(self.store.update(Table::Keys, item_key(key.id), emptied(key, next))?);
        for day in ended {
            self.parts.push(self.store.closed(key, &day)?);
        }
        for (day, hours) in days {
            let row = usage_key(key.org, &day, key.id);
            self.parts.push(self.store.update(Table::Usage, row, in_row(key, &hours))?);
            let total = self.totals.entry((day, key.dialect, Slice::of(key.id))).or_default();
            hours.into_iter().for_each(|(hour, requests)| *total.entry(hour).or_default() += requests);
        }
        Ok(())
    }

    /// Whether another key fits into the transaction. The first one always does.
    pub(super) fn has_room_for(&self, key: OwnUse<'_>, open: &BTreeSet<String>) -> bool {
        let days = key.hours.keys().map(|hour| hour.div_euclid(24)).collect::<BTreeSet<_>>().len();
        let parts = 1 + 3 * days + open.len().saturating_sub(days).min(MAX_CLOSED);
        self.parts.is_empty() || self.parts.len() + self.totals.len() + parts <= MAX_PARTS
    }

    /// The totals that it adds to: day, dialect and slice.
    pub(super) fn totals(&self) -> impl Iterator<Item = &(String, Dialect, Slice)> {
        self.totals.keys()
    }

    pub(super) fn into_parts(mut self) -> Result<Vec<TransactWriteItem>, StoreError> {
        for ((day, dialect, slice), hours) in self.totals {
            let row = total_key(self.org, &day, dialect, slice);
            self.parts.push(self.store.update(Table::Usage, row, in_total(&hours))?);
        }
        Ok(self.parts)
    }
}

pub(super) fn by_day(hours: &Hours) -> Result<BTreeMap<String, Hours>, StoreError> {
    let mut days = BTreeMap::<String, Hours>::new();
    for (hour, requests) in hours {
        let _new = days.entry(day_of(*hour)?).or_default().insert(*hour, *requests);
    }
    Ok(days)
}

/// Empties the hours of `key`, if they are as they were read and the key still belongs to the same
/// organisation, and begins the hour `next`.
pub(super) fn emptied(key: OwnUse<'_>, next: Option<i64>) -> Update {
    let mut update = Update::default();
    update.require(Condition::equals(name::OWNER, s(key.org.as_str())));
    update.require_rolled(key.rolled);
    update.set(name::ROLLED, n(key.rolled + 1));
    if let Some(hour) = newest_used(key.hours) {
        update.set(name::ROLLED_TO, n(hour));
    }
    for (hour, requests) in key.hours {
        let hour = hour.to_string();
        update.require(Condition::equals([name::USED, hour.as_str()], n(*requests)));
        update.remove([name::USED, hour.as_str()]);
    }
    // Nobody has added another hour.
    update.require(Condition::has_fewer_than(name::USED, key.hours.len() as i128 + 1));
    if let Some(next) = next {
        update.set([name::USED, next.to_string().as_str()], n(0));
    }
    update
}

/// Adds to hours of a key's day. This never happens twice: the part that empties the key's hours
/// requires how often they were rolled up, which it raises.
pub(super) fn in_row(key: OwnUse<'_>, hours: &Hours) -> Update {
    let mut update = Update::default();
    update.set(ROLLED_UP, n(key.rolled + 1));
    update.set(name::DIALECT, s(key.dialect.as_str()));
    add_hours(&mut update, hours);
    update
}

/// Adds to hours of an organisation's day. This never happens twice, for the same reason.
pub(super) fn in_total(hours: &Hours) -> Update {
    let mut update = Update::default();
    update.count(ROLLED_UP, 1);
    add_hours(&mut update, hours);
    update
}

fn add_hours(update: &mut Update, hours: &Hours) {
    for (hour, requests) in hours {
        update.count(&used::attribute(Counted::Requests, *hour), *requests);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::Limits;
    use crate::store::items::example;
    use crate::store::write::readable::readable;

    #[test]
    fn hours_are_emptied_only_as_they_were_read_and_once() {
        let mut key = example::key(Limits::default());
        key.used = [(100, 5), (101, 0)].into();
        let hours = "u.100 = 5 AND u.101 = 0 AND size(u) < 3";
        let expected =
            format!("SET w = 1, wh = 100 REMOVE u.100, u.101 IF o = \"acme\" AND attribute_not_exists(w) AND {hours}");
        assert_eq!(readable(emptied((&key).into(), None)), expected);
        key.rolled = 1;
        let expected =
            format!("SET w = 2, wh = 100, u.102 = 0 REMOVE u.100, u.101 IF o = \"acme\" AND w = 1 AND {hours}");
        assert_eq!(readable(emptied((&key).into(), Some(102))), expected);
    }

    #[test]
    fn the_hours_of_a_day_are_added_to_the_keys_row_and_to_the_total() {
        let mut key = example::key(Limits::default());
        key.rolled = 2;
        let hours = [(7, 5), (23, -1)].into();
        let counted = "h07 = if_not_exists(h07, 0) + 5, h23 = if_not_exists(h23, 0) + -1";
        assert_eq!(readable(in_row((&key).into(), &hours)), format!("SET n = 3, d = \"requesty\", {counted}"));
        assert_eq!(readable(in_total(&hours)), format!("SET n = if_not_exists(n, 0) + 1, {counted}"));
    }
}
