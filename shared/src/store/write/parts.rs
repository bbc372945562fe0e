//! The parts of a transaction.

use aws_sdk_dynamodb::error::BuildError;
use aws_sdk_dynamodb::types::{ConditionCheck, Delete, Put, TransactWriteItem, Update as UpdatePart};

use super::conditions::{Condition, Conditions, with_expressions};
use super::update::Update;
use crate::store::items::attributes::{self, Item};
use crate::store::{Store, StoreError, Table};

/// A part of a transaction, unless DynamoDB requires something that it lacks.
type Built = Result<TransactWriteItem, StoreError>;

impl Store {
    /// Puts `item`, also in the place of another.
    pub(in crate::store) fn put(&self, table: Table, item: Item) -> Built {
        self.put_if(table, item, Conditions::default())
    }

    /// Puts `item` where there is none.
    pub(in crate::store) fn put_new(&self, table: Table, item: Item) -> Built {
        let (partition, _) = table.key();
        self.put_if(table, item, Conditions::of(Condition::absent(partition)))
    }

    pub(in crate::store) fn put_if(&self, table: Table, item: Item, conditions: Conditions) -> Built {
        let put = Put::builder().table_name(self.table(table)).set_item(Some(item));
        let put = with_expressions!(put, conditions.into_expressions()).build();
        Ok(TransactWriteItem::builder().put(built(put)?).build())
    }

    pub(in crate::store) fn update(&self, table: Table, key: Item, update: Update) -> Built {
        let (expression, expressions) = update.into_expressions();
        let update = UpdatePart::builder().table_name(self.table(table)).set_key(Some(key));
        let update = with_expressions!(update.update_expression(expression), expressions).build();
        Ok(TransactWriteItem::builder().update(built(update)?).build())
    }

    /// Deletes an item, if there is one.
    pub(in crate::store) fn delete(&self, table: Table, key: Item) -> Built {
        self.delete_if(table, key, Conditions::default())
    }

    pub(in crate::store) fn delete_if(&self, table: Table, key: Item, conditions: Conditions) -> Built {
        let delete = Delete::builder().table_name(self.table(table)).set_key(Some(key));
        let delete = with_expressions!(delete, conditions.into_expressions()).build();
        Ok(TransactWriteItem::builder().delete(built(delete)?).build())
    }

    /// Changes nothing, and lets the transaction happen only if `condition` is true.
    pub(in crate::store) fn check(&self, table: Table, key: Item, condition: Condition<'_>) -> Built {
        let check = ConditionCheck::builder().table_name(self.table(table)).set_key(Some(key));
        let check = with_expressions!(check, Conditions::of(condition).into_expressions()).build();
        Ok(TransactWriteItem::builder().condition_check(built(check)?).build())
    }

    /// Refuses an item that is larger than a key may be.
    pub(in crate::store) fn check_size(&self, item: &Item) -> Result<(), StoreError> {
        let max_bytes = self.max_key_bytes;
        if attributes::size(item) > max_bytes { Err(StoreError::TooLarge { max_bytes }) } else { Ok(()) }
    }
}

fn built<T>(part: Result<T, BuildError>) -> Result<T, StoreError> {
    part.map_err(StoreError::not_built("TransactWriteItems"))
}
