//! Transactions: all of a change, its audit record included, or nothing.

use std::collections::HashMap;
use std::time::Duration;

use aws_sdk_dynamodb::error::BuildError;
use aws_sdk_dynamodb::types::{AttributeValue, Delete, Put, TransactWriteItem, Update};

use super::attributes::{Item, n, name};
use super::{Store, StoreError, Table};

/// How often a change that lost a race is tried again.
pub(super) const ATTEMPTS: u32 = 32;

/// What became of a transaction.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// All of it happened.
    Done,
    /// Something it was conditional on had changed; nothing happened.
    Lost,
}

/// The parts of one update of one item.
#[derive(Default)]
pub(super) struct Changes {
    names: HashMap<String, String>,
    values: HashMap<String, AttributeValue>,
    set: Vec<String>,
    remove: Vec<String>,
    conditions: Vec<String>,
}

impl Changes {
    /// An update of a record from the revision `revision` to the next, if it still has that revision.
    pub(super) fn of_revision(revision: i64) -> Self {
        let mut changes = Self::default();
        changes.expect(name::REVISION, n(revision));
        changes.set(name::REVISION, n(revision + 1));
        changes
    }

    /// Sets the attribute `attribute` to `value`.
    pub(super) fn set(&mut self, attribute: &str, value: AttributeValue) {
        let (name, value) = (self.name(attribute), self.value(value));
        self.set.push(format!("{name} = {value}"));
    }

    /// Adds `by` to the number `attribute`.
    pub(super) fn add(&mut self, attribute: &str, by: i64) {
        let (name, value) = (self.name(attribute), self.value(n(by)));
        self.set.push(format!("{name} = {name} + {value}"));
    }

    /// Removes the attribute `attribute`.
    pub(super) fn remove(&mut self, attribute: &str) {
        let name = self.name(attribute);
        self.remove.push(name);
    }

    /// Makes the update conditional on `attribute` being `value`.
    pub(super) fn expect(&mut self, attribute: &str, value: AttributeValue) {
        let (name, value) = (self.name(attribute), self.value(value));
        self.conditions.push(format!("{name} = {value}"));
    }

    fn name(&mut self, attribute: &str) -> String {
        let placeholder = format!("#{attribute}");
        self.names.insert(placeholder.clone(), attribute.to_owned());
        placeholder
    }

    fn value(&mut self, value: AttributeValue) -> String {
        let placeholder = format!(":{}", self.values.len());
        self.values.insert(placeholder.clone(), value);
        placeholder
    }

    fn expression(&self) -> String {
        let mut expression = format!("SET {}", self.set.join(", "));
        if !self.remove.is_empty() {
            expression += &format!(" REMOVE {}", self.remove.join(", "));
        }
        expression
    }
}

impl Store {
    /// A part of a transaction: puts `item`, also over another.
    pub(super) fn put(&self, table: Table, item: Item) -> Result<TransactWriteItem, StoreError> {
        let put = Put::builder().table_name(self.table(table)).set_item(Some(item)).build();
        Ok(TransactWriteItem::builder().put(built(put)?).build())
    }

    /// A part of a transaction: puts `item` where there is none.
    pub(super) fn put_new(&self, table: Table, item: Item) -> Result<TransactWriteItem, StoreError> {
        let (partition, _) = table.key();
        let put = Put::builder()
            .table_name(self.table(table))
            .set_item(Some(item))
            .condition_expression("attribute_not_exists(#key)")
            .expression_attribute_names("#key", partition)
            .build();
        Ok(TransactWriteItem::builder().put(built(put)?).build())
    }

    /// A part of a transaction: changes the item `key`.
    pub(super) fn update(&self, table: Table, key: Item, changes: Changes) -> Result<TransactWriteItem, StoreError> {
        let update = Update::builder()
            .table_name(self.table(table))
            .set_key(Some(key))
            .update_expression(changes.expression())
            .condition_expression(changes.conditions.join(" AND "))
            .set_expression_attribute_names(Some(changes.names))
            .set_expression_attribute_values(Some(changes.values))
            .build();
        Ok(TransactWriteItem::builder().update(built(update)?).build())
    }

    /// A part of a transaction: deletes the item `key`.
    pub(super) fn delete(&self, table: Table, key: Item) -> Result<TransactWriteItem, StoreError> {
        let delete = Delete::builder().table_name(self.table(table)).set_key(Some(key)).build();
        Ok(TransactWriteItem::builder().delete(built(delete)?).build())
    }

    /// Runs a transaction once.
    pub(super) async fn transact(&self, parts: Vec<TransactWriteItem>) -> Result<Outcome, StoreError> {
        let sent = self.client.transact_write_items().set_transact_items(Some(parts)).send().await;
        let Err(error) = sent else { return Ok(Outcome::Done) };
        let lost = error.as_service_error().is_some_and(|refused| {
            use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError as Refused;
            match refused {
                Refused::TransactionCanceledException(cancelled) => {
                    let mut codes = cancelled.cancellation_reasons().iter().filter_map(|reason| reason.code());
                    codes.any(|code| matches!(code, "ConditionalCheckFailed" | "TransactionConflict"))
                }
                Refused::TransactionInProgressException(_) => true,
                _ => false,
            }
        });
        if lost { Ok(Outcome::Lost) } else { Err(StoreError::failed("TransactWriteItems")(error)) }
    }
}

/// Waits a little before the next attempt, longer and longer, never in step with others.
pub(super) async fn pause(attempt: u32) {
    let most = 4_u64 << attempt.min(4);
    tokio::time::sleep(Duration::from_millis(fastrand::u64(0..=most))).await;
}

pub(super) fn built<T>(part: Result<T, BuildError>) -> Result<T, StoreError> {
    part.map_err(|error| StoreError::Failed { action: "TransactWriteItems", reason: error.to_string() })
}
