//! Transactions: all of a change, its audit record included, or nothing.

use std::collections::HashMap;
use std::time::Duration;

use aws_sdk_dynamodb::error::BuildError;
use aws_sdk_dynamodb::types::{AttributeValue, ConditionCheck, Delete, Put, TransactWriteItem, Update};

pub(in crate::store) use super::outcome::Outcome;
use crate::access::{Scope, Standing};
use crate::keys::KeyId;
use crate::store::items::attributes::{Item, n, name};
use crate::store::items::key::item_key;
use crate::store::{Store, StoreError, Table};

/// How often a change that lost a race is tried again.
pub(in crate::store) const ATTEMPTS: u32 = 32;

/// The parts of one update of one item.
#[derive(Default)]
pub(in crate::store) struct Changes {
    names: HashMap<String, String>,
    values: HashMap<String, AttributeValue>,
    set: Vec<String>,
    remove: Vec<String>,
    conditions: Vec<String>,
}

impl Changes {
    /// An update of a record from the revision `revision` to the next, if it still has that revision.
    pub(in crate::store) fn of_revision(revision: i64) -> Self {
        let mut changes = Self::default();
        changes.expect(name::REVISION, n(revision));
        changes.set(name::REVISION, n(revision + 1));
        changes
    }

    /// Sets the attribute `attribute` to `value`.
    pub(in crate::store) fn set(&mut self, attribute: &str, value: AttributeValue) {
        let (name, value) = (self.name(attribute), self.value(value));
        self.set.push(format!("{name} = {value}"));
    }

    /// Adds `by` to the number `attribute`.
    pub(in crate::store) fn add(&mut self, attribute: &str, by: impl Into<i128>) {
        self.set_sum(attribute, attribute, by);
    }

    /// Sets the number `attribute` to what the number `from` is at that moment, and `by` more.
    pub(in crate::store) fn set_sum(&mut self, attribute: &str, from: &str, by: impl Into<i128>) {
        let (name, from, value) = (self.name(attribute), self.name(from), self.value(n(by)));
        self.set.push(format!("{name} = {from} + {value}"));
    }

    /// Sets `attribute` to what `from` is at that moment.
    pub(in crate::store) fn copy(&mut self, attribute: &str, from: &str) {
        let (name, from) = (self.name(attribute), self.name(from));
        self.set.push(format!("{name} = {from}"));
    }

    /// Removes the attribute `attribute`.
    pub(in crate::store) fn remove(&mut self, attribute: &str) {
        let name = self.name(attribute);
        self.remove.push(name);
    }

    /// Makes the update conditional on `attribute` being `value`.
    pub(in crate::store) fn expect(&mut self, attribute: &str, value: AttributeValue) {
        let (name, value) = (self.name(attribute), self.value(value));
        self.conditions.push(format!("{name} = {value}"));
    }

    /// Makes the update conditional on there being no `attribute`.
    pub(in crate::store) fn expect_absent(&mut self, attribute: &str) {
        let name = self.name(attribute);
        self.conditions.push(format!("attribute_not_exists({name})"));
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
    pub(in crate::store) fn put(&self, table: Table, item: Item) -> Result<TransactWriteItem, StoreError> {
        let put = Put::builder().table_name(self.table(table)).set_item(Some(item)).build();
        Ok(TransactWriteItem::builder().put(built(put)?).build())
    }

    /// A part of a transaction: puts `item` where there is none.
    pub(in crate::store) fn put_new(&self, table: Table, item: Item) -> Result<TransactWriteItem, StoreError> {
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
    pub(in crate::store) fn update(
        &self,
        table: Table,
        key: Item,
        changes: Changes,
    ) -> Result<TransactWriteItem, StoreError> {
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
    pub(in crate::store) fn delete(&self, table: Table, key: Item) -> Result<TransactWriteItem, StoreError> {
        let delete = Delete::builder().table_name(self.table(table)).set_key(Some(key)).build();
        Ok(TransactWriteItem::builder().delete(built(delete)?).build())
    }

    /// A part of a transaction: deletes the item `key` if what `conditions` expects of it holds.
    pub(in crate::store) fn delete_if(
        &self,
        table: Table,
        key: Item,
        conditions: Changes,
    ) -> Result<TransactWriteItem, StoreError> {
        let delete = Delete::builder()
            .table_name(self.table(table))
            .set_key(Some(key))
            .condition_expression(conditions.conditions.join(" AND "))
            .set_expression_attribute_names(Some(conditions.names))
            .set_expression_attribute_values(Some(conditions.values))
            .build();
        Ok(TransactWriteItem::builder().delete(built(delete)?).build())
    }

    /// A part of a transaction: holds while `attribute` of the item `key` is `value`.
    pub(in crate::store) fn check(
        &self,
        table: Table,
        key: Item,
        attribute: &str,
        value: AttributeValue,
    ) -> Result<TransactWriteItem, StoreError> {
        let check = ConditionCheck::builder()
            .table_name(self.table(table))
            .set_key(Some(key))
            .condition_expression("#attribute = :value")
            .expression_attribute_names("#attribute", attribute)
            .expression_attribute_values(":value", value)
            .build();
        Ok(TransactWriteItem::builder().condition_check(built(check)?).build())
    }

    /// A part of a transaction: holds while there is an `attribute` in the item `key`.
    pub(in crate::store) fn check_exists(
        &self,
        table: Table,
        key: Item,
        attribute: &str,
    ) -> Result<TransactWriteItem, StoreError> {
        let check = ConditionCheck::builder()
            .table_name(self.table(table))
            .set_key(Some(key))
            .condition_expression("attribute_exists(#attribute)")
            .expression_attribute_names("#attribute", attribute)
            .build();
        Ok(TransactWriteItem::builder().condition_check(built(check)?).build())
    }

    /// Runs a change of `subject` once, in the name of `scope`: only while the caller has the right to it.
    ///
    /// # Errors
    /// [`StoreError::NoLonger`] when the caller's right is gone or has changed.
    pub(in crate::store) async fn transact_as(
        &self,
        scope: &Scope,
        subject: Option<KeyId>,
        mut parts: Vec<TransactWriteItem>,
    ) -> Result<Outcome, StoreError> {
        let last = parts.len();
        match &scope.standing {
            Standing::Member(org, user, role) => parts.push(self.check_member(org, user, *role)?),
            // A key that changes itself is held to its revision already.
            Standing::Key(id, _) if subject == Some(*id) => {}
            Standing::Key(id, revision) => {
                parts.push(self.check(Table::Keys, item_key(*id), name::REVISION, n(*revision))?);
            }
            Standing::Secret => {}
        }
        match self.transact(parts).await? {
            Outcome::Lost(failed) if failed.contains(&last) => Err(StoreError::NoLonger),
            outcome => Ok(outcome),
        }
    }
}

/// Waits a little before the next attempt, longer and longer, never in step with others.
pub(in crate::store) async fn pause(attempt: u32) {
    let most = 4_u64 << attempt.min(6);
    tokio::time::sleep(Duration::from_millis(fastrand::u64(0..=most))).await;
}

pub(in crate::store) fn built<T>(part: Result<T, BuildError>) -> Result<T, StoreError> {
    part.map_err(|error| StoreError::Failed { action: "TransactWriteItems", reason: error.to_string() })
}
