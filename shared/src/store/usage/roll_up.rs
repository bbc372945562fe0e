//! Use by the hour: kept in the item that a check updates anyway, and moved to `Usage` when that has no room left.

use std::collections::BTreeMap;

use super::read::{self, Counted, HOUR, ROLLED_UP};
use crate::keys::Key;
use crate::store::gate::take::Take;
use crate::store::items::attributes::{n, name, s};
use crate::store::items::key::item_key;
use crate::store::write::transaction::built;
use crate::store::{Store, StoreError, Table};
use aws_sdk_dynamodb::types::{TransactWriteItem, Update};

/// The most hours of use that an item holds; then all but the present one are moved.
pub(in crate::store) const MAX_HOURS: i64 = 8;

impl Store {
    /// Makes room for the present hour in a key that has none: moves all other hours to `Usage`, each once and whole,
    /// in one transaction that holds only while nobody has added to them.
    pub(in crate::store) async fn make_room(&self, key: &Key, take: Take) -> Result<(), StoreError> {
        let present = take.now.div_euclid(HOUR);
        if (key.used.len() as i64) < MAX_HOURS || key.used.contains_key(&present) {
            return Ok(());
        }
        let mut days: BTreeMap<String, Vec<(i64, i64)>> = BTreeMap::new();
        for (hour, requests) in &key.used {
            days.entry(read::day_of(*hour)?).or_default().push((hour.rem_euclid(24), *requests));
        }
        let mut parts = vec![self.forget_hours(key)?];
        for (day, hours) in days {
            parts.push(self.add_usage(key, &day, &hours)?);
        }
        // Where it was lost, somebody else moved them or added to them; the next attempt sees to it.
        self.transact(parts).await?;
        Ok(())
    }

    /// A part of a transaction: adds to the hours of a day. It cannot be applied twice: the part that empties the item's hours
    /// is conditional on how often they were rolled up, which it raises.
    fn add_usage(&self, key: &Key, day: &str, hours: &[(i64, i64)]) -> Result<TransactWriteItem, StoreError> {
        let mut update = Update::builder()
            .table_name(self.table(Table::Usage))
            .set_key(Some(read::row_key(&key.org, day, key.id)))
            .expression_attribute_names("#n", ROLLED_UP)
            .expression_attribute_values(":0", n(0))
            .expression_attribute_values(":n", n(key.rolled + 1));
        let mut sets = vec!["#n = :n".to_owned()];
        for (hour, requests) in hours {
            let name = read::attribute(Counted::Requests, *hour);
            sets.push(format!("{name} = if_not_exists({name}, :0) + :h{hour}"));
            update = update.expression_attribute_values(format!(":h{hour}"), n(*requests));
        }
        let update = update.update_expression(format!("SET {}", sets.join(", "))).build();
        Ok(TransactWriteItem::builder().update(built(update)?).build())
    }

    /// A part of a transaction: empties the hours, if they are as they were read and still the same organisation's.
    fn forget_hours(&self, key: &Key) -> Result<TransactWriteItem, StoreError> {
        let mut update = Update::builder()
            .table_name(self.table(Table::Keys))
            .set_key(Some(item_key(key.id)))
            .expression_attribute_names("#u", name::USED)
            .expression_attribute_names("#o", name::OWNER)
            .expression_attribute_names("#w", name::ROLLED)
            .expression_attribute_values(":o", s(key.org.as_str()))
            .expression_attribute_values(":next", n(key.rolled + 1));
        let (mut removes, mut conditions) = (Vec::new(), vec!["#o = :o".to_owned()]);
        if key.rolled == 0 {
            conditions.push("attribute_not_exists(#w)".to_owned());
        } else {
            conditions.push("#w = :w".to_owned());
            update = update.expression_attribute_values(":w", n(key.rolled));
        }
        for (at, (hour, requests)) in key.used.iter().enumerate() {
            update = update.expression_attribute_names(format!("#h{at}"), hour.to_string());
            update = update.expression_attribute_values(format!(":h{at}"), n(*requests));
            removes.push(format!("#u.#h{at}"));
            conditions.push(format!("#u.#h{at} = :h{at}"));
        }
        let update = update
            .update_expression(format!("SET #w = :next REMOVE {}", removes.join(", ")))
            .condition_expression(conditions.join(" AND "))
            .build();
        Ok(TransactWriteItem::builder().update(built(update)?).build())
    }
}
