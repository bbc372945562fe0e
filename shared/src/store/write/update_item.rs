//! Sends an update of one item by itself, whose conditions decide whether it happens.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::operation::update_item::{UpdateItemError, UpdateItemOutput};
use aws_sdk_dynamodb::types::{ReturnValue, ReturnValuesOnConditionCheckFailure};

use super::conditions::with_expressions;
use super::update::Update;
use crate::store::error::is_throttled;
use crate::store::items::attributes::Item;
use crate::store::{Store, StoreError, Table};

/// What an update came to.
pub(in crate::store) enum Attempt {
    /// It happened; the item as it is now.
    Done(Item),
    /// Its conditions are not true of this item.
    Missed(Option<Item>),
    /// Nothing happened: another change of the item was under way, or the store was too busy.
    Busy,
}

impl Store {
    /// Sends an update that may safely happen twice: the client sends it again if no answer
    /// arrives.
    pub(in crate::store) async fn send(&self, table: Table, key: Item, update: Update) -> Result<Attempt, StoreError> {
        outcome(self.request(&self.client, table, key, update).send().await)
    }

    /// Sends an update that must not happen twice: once. After an error it may have happened or
    /// not; after [`Attempt::Missed`] and [`Attempt::Busy`] it has not.
    pub(in crate::store) async fn send_once(
        &self,
        table: Table,
        key: Item,
        update: Update,
    ) -> Result<Attempt, StoreError> {
        let sent = self.request(&self.once, table, key, update).send().await;
        match &sent {
            Err(error) if error.code().is_some_and(is_throttled) => Ok(Attempt::Busy),
            _ => outcome(sent),
        }
    }

    fn request(&self, client: &Client, table: Table, key: Item, update: Update) -> UpdateItemFluentBuilder {
        let (expression, expressions) = update.into_expressions();
        let request = client.update_item().table_name(self.table(table)).set_key(Some(key));
        with_expressions!(request.update_expression(expression), expressions)
            .return_values(ReturnValue::AllNew)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
    }
}

fn outcome(sent: Result<UpdateItemOutput, SdkError<UpdateItemError>>) -> Result<Attempt, StoreError> {
    let error = match sent {
        Ok(done) => return Ok(Attempt::Done(done.attributes.unwrap_or_default())),
        Err(error) => error,
    };
    match error.as_service_error() {
        Some(UpdateItemError::ConditionalCheckFailedException(missed)) => Ok(Attempt::Missed(missed.item.clone())),
        Some(UpdateItemError::TransactionConflictException(_)) => Ok(Attempt::Busy),
        _ => Err(StoreError::failed("UpdateItem")(error)),
    }
}
