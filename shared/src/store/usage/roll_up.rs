//! Moves use by the hour to `Usage`. It is first counted in the key's item, which a check updates
//! anyway, as long as there is room.

use std::collections::BTreeMap;

use super::read::day_of;
use super::used::{self, Counted, HOUR, ROLLED_UP};
use crate::clock::Millis;
use crate::keys::Key;
use crate::store::items::attributes::{n, name, s};
use crate::store::items::primary_key::{item_key, usage_key};
use crate::store::write::conditions::Condition;
use crate::store::write::update::Update;
use crate::store::{Store, StoreError, Table};

/// The most hours of use that an item has room for; then all but the present one are moved.
pub(in crate::store) const MAX_HOURS: i64 = 8;

impl Store {
    /// Makes room for the present hour in a key that has none: moves all other hours to `Usage`,
    /// each once and whole, in one transaction that happens only if nobody has added to them.
    pub(in crate::store) async fn make_room(&self, key: &Key, now: Millis) -> Result<(), StoreError> {
        let present = now.div_euclid(HOUR);
        if (key.used.len() as i64) < MAX_HOURS || key.used.contains_key(&present) {
            return Ok(());
        }
        let mut days: BTreeMap<String, Vec<(i64, i64)>> = BTreeMap::new();
        for (hour, requests) in &key.used {
            days.entry(day_of(*hour)?).or_default().push((hour.rem_euclid(24), *requests));
        }
        let mut parts = vec![self.update(Table::Keys, item_key(key.id), forgotten(key))?];
        for (day, hours) in days {
            let row = usage_key(&key.org, &day, key.id);
            parts.push(self.update(Table::Usage, row, added(key.rolled, &hours))?);
        }
        // If it is lost, somebody else moved them or added to them, which the next attempt will
        // see.
        self.transact(parts).await?;
        Ok(())
    }
}

/// Empties the hours of `key`, if they are as they were read and the key still belongs to the same
/// organisation.
fn forgotten(key: &Key) -> Update {
    let mut update = Update::default();
    update.require(Condition::equals(name::OWNER, s(key.org.as_str())));
    update.require(match key.rolled {
        0 => Condition::absent(name::ROLLED),
        rolled => Condition::equals(name::ROLLED, n(rolled)),
    });
    update.set(name::ROLLED, n(key.rolled + 1));
    for (hour, requests) in &key.used {
        let hour = hour.to_string();
        update.require(Condition::equals([name::USED, hour.as_str()], n(*requests)));
        update.remove([name::USED, hour.as_str()]);
    }
    update
}

/// Adds to hours of a day. This never happens twice: the part that empties the key's hours requires
/// how often they were rolled up, which it raises.
fn added(rolled: i64, hours: &[(i64, i64)]) -> Update {
    let mut update = Update::default();
    update.set(ROLLED_UP, n(rolled + 1));
    for (hour, requests) in hours {
        update.count(&used::attribute(Counted::Requests, *hour), *requests);
    }
    update
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
        let hours = "u.100 = 5 AND u.101 = 0";
        let expected = format!("SET w = 1 REMOVE u.100, u.101 IF o = \"acme\" AND attribute_not_exists(w) AND {hours}");
        assert_eq!(readable(forgotten(&key)), expected);
        key.rolled = 1;
        let expected = format!("SET w = 2 REMOVE u.100, u.101 IF o = \"acme\" AND w = 1 AND {hours}");
        assert_eq!(readable(forgotten(&key)), expected);
    }

    #[test]
    fn the_hours_of_a_day_are_added_to_its_row() {
        let expected = "SET n = 3, h07 = if_not_exists(h07, 0) + 5, h23 = if_not_exists(h23, 0) + -1";
        assert_eq!(readable(added(2, &[(7, 5), (23, -1)])), expected);
    }
}
