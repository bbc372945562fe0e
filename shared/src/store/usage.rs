//! Use by the hour: kept in the item that a check updates anyway, and moved to `Usage` when its hours are over.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::attributes::{n, name, s};
use super::key_item::item_key;
use super::take::Take;
use super::{Store, StoreError, Table};
use crate::keys::Key;

/// Milliseconds of an hour.
pub(super) const HOUR: i64 = 60 * 60 * 1000;
/// The most hours of use that an item holds; then the closed ones are moved.
pub(super) const MAX_HOURS: i64 = 8;

impl Store {
    /// Moves the hours that are closed for an hour or more from an item that has room for no other: writes the same
    /// numbers again wherever it is interrupted, and removes what it wrote if nobody added to it meanwhile.
    pub(super) async fn make_room(&self, key: &Key, take: Take) -> Result<(), StoreError> {
        let hour = take.now.div_euclid(HOUR);
        if (key.used.len() as i64) < MAX_HOURS || key.used.contains_key(&hour) {
            return Ok(());
        }
        // An hour more: a check by another clock may still add to the last one.
        let closed: Vec<_> = key.used.iter().filter(|(closed, _)| **closed < hour - 1).collect();
        let mut days: BTreeMap<String, Vec<(i64, i64)>> = BTreeMap::new();
        for (hour, requests) in &closed {
            let day = day_of(**hour)?;
            days.entry(day).or_default().push((**hour % 24, **requests));
        }
        for (day, hours) in days {
            self.write_usage(key, &day, &hours).await?;
        }
        self.forget_hours(key, &closed).await
    }

    async fn write_usage(&self, key: &Key, day: &str, hours: &[(i64, i64)]) -> Result<(), StoreError> {
        let mut update = self
            .client
            .update_item()
            .table_name(self.table(Table::Usage))
            .key("org", s(format!("org#{}", key.org)))
            .key("sk", s(format!("{day}#{}", key.id)));
        let mut sets = Vec::new();
        for (hour, requests) in hours {
            sets.push(format!("h{hour:02} = :{hour}"));
            update = update.expression_attribute_values(format!(":{hour}"), n(*requests));
        }
        let update = update.update_expression(format!("SET {}", sets.join(", ")));
        update.send().await.map_err(StoreError::failed("UpdateItem"))?;
        Ok(())
    }

    async fn forget_hours(&self, key: &Key, hours: &[(&i64, &i64)]) -> Result<(), StoreError> {
        let item = item_key(key.id);
        let mut update = self.client.update_item().table_name(self.table(Table::Keys)).set_key(Some(item));
        update = update.expression_attribute_names("#u", name::USED);
        let (mut removes, mut conditions) = (Vec::new(), Vec::new());
        for (at, (hour, requests)) in hours.iter().enumerate() {
            update = update.expression_attribute_names(format!("#h{at}"), hour.to_string());
            update = update.expression_attribute_values(format!(":h{at}"), n(**requests));
            removes.push(format!("#u.#h{at}"));
            conditions.push(format!("#u.#h{at} = :h{at}"));
        }
        let update = update.update_expression(format!("REMOVE {}", removes.join(", ")));
        match update.condition_expression(conditions.join(" AND ")).send().await {
            Err(error) if !error.as_service_error().is_some_and(|e| e.is_conditional_check_failed_exception()) => {
                Err(StoreError::failed("UpdateItem")(error))
            }
            // Somebody else moved them, or added to them: the next who needs room sees to it.
            _ => Ok(()),
        }
    }
}

/// The UTC day of an hour since 1970, such as `2026-01-15`.
fn day_of(hour: i64) -> Result<String, StoreError> {
    let at = Timestamp::from_second(hour.saturating_mul(3600)).map_err(|_| StoreError::Damaged(name::USED))?;
    Ok(at.to_string().chars().take(10).collect())
}
