//! One update of one item whose conditions decide: how it is put together, how it is sent, and what it came to.

use std::collections::HashMap;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::operation::update_item::{UpdateItemError, UpdateItemOutput};
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue, ReturnValuesOnConditionCheckFailure};

use super::outcome::is_throttled;
use crate::limits::{LimitScope, WindowKind};
use crate::store::items::attributes::{Item, n, name};
use crate::store::items::limits::{WindowNames, names, parked_names};
use crate::store::{Store, StoreError, Table};

/// What one conditional update came to.
pub(in crate::store) enum Attempt {
    Done(Item),
    /// The condition did not hold of this item.
    Missed(Option<Item>),
    /// Nothing happened: a change of the item was in flight, or there was too much to do.
    Busy,
}

/// Where a window stands in an item.
#[derive(Clone, Copy)]
pub(in crate::store) enum Place<'a> {
    /// Where it holds: in the record, or in one of its scopes.
    Live(Option<&'a LimitScope>),
    /// Where it is kept while its limit is lifted.
    Parked(Option<&'a LimitScope>),
}

impl Place<'_> {
    /// The names of a window's attributes there.
    pub(in crate::store) fn names(self, kind: WindowKind) -> WindowNames {
        match self {
            Self::Parked(None) => parked_names(kind),
            Self::Live(_) | Self::Parked(Some(_)) => names(kind),
        }
    }
}

/// The parts of an update and what it is conditional on.
#[derive(Default)]
pub(in crate::store) struct Conditional {
    names: HashMap<String, String>,
    values: HashMap<String, AttributeValue>,
    pub(in crate::store) sets: Vec<String>,
    pub(in crate::store) conditions: Vec<String>,
}

impl Conditional {
    /// An update that holds only of the revision `revision`.
    pub(in crate::store) fn on_revision(revision: i64) -> Self {
        let mut update = Self::default();
        update.name("#v", name::REVISION);
        let revision = update.number(":v", revision);
        update.conditions.push(format!("#v = {revision}"));
        update
    }

    /// The attribute `name` of a window at `place`, or of the record.
    pub(in crate::store) fn path(&mut self, place: Place<'_>, name: &str) -> String {
        self.name(&format!("#{name}"), name);
        let (map, scope) = match place {
            Place::Live(Some(scope)) => (name::SCOPED, scope),
            Place::Parked(Some(scope)) => (name::PARKED_SCOPED, scope),
            Place::Live(None) | Place::Parked(None) => return format!("#{name}"),
        };
        self.name(&format!("#{map}"), map);
        format!("#{map}.{}.#{name}", self.placeholder(scope.as_str()))
    }

    /// A placeholder for a name that may have any characters.
    pub(in crate::store) fn placeholder(&mut self, name: &str) -> String {
        let known = self.names.iter().find(|(_, known)| *known == name).map(|(placeholder, _)| placeholder.clone());
        let placeholder = known.unwrap_or_else(|| format!("#s{}", self.names.len()));
        self.name(&placeholder, name);
        placeholder
    }

    /// Lets `placeholder` stand for `name`.
    pub(in crate::store) fn name(&mut self, placeholder: &str, name: &str) {
        self.names.insert(placeholder.to_owned(), name.to_owned());
    }

    /// A placeholder for `value`.
    pub(in crate::store) fn value(&mut self, value: AttributeValue) -> String {
        let placeholder = format!(":x{}", self.values.len());
        self.values.insert(placeholder.clone(), value);
        placeholder
    }

    /// Lets `placeholder` stand for `number`.
    pub(in crate::store) fn number(&mut self, placeholder: &'static str, number: i64) -> &'static str {
        self.values.insert(placeholder.to_owned(), n(number));
        placeholder
    }
}

impl Store {
    /// Sends an update, twice where the client sees fit: it must be one that may take effect twice.
    pub(in crate::store) async fn send(
        &self,
        table: Table,
        item: Item,
        update: Conditional,
    ) -> Result<Attempt, StoreError> {
        outcome(self.request(&self.client, table, item, update).send().await)
    }

    /// Sends an update that must not take effect twice: just once. An error leaves open whether it did; every other
    /// outcome but [`Attempt::Done`] says that nothing happened.
    pub(in crate::store) async fn send_once(
        &self,
        table: Table,
        item: Item,
        update: Conditional,
    ) -> Result<Attempt, StoreError> {
        let sent = self.request(&self.once, table, item, update).send().await;
        match &sent {
            Err(error) if error.code().is_some_and(is_throttled) => Ok(Attempt::Busy),
            _ => outcome(sent),
        }
    }

    fn request(&self, client: &Client, table: Table, item: Item, update: Conditional) -> UpdateItemFluentBuilder {
        client
            .update_item()
            .table_name(self.table(table))
            .set_key(Some(item))
            .update_expression(format!("SET {}", update.sets.join(", ")))
            .condition_expression(update.conditions.join(" AND "))
            .set_expression_attribute_names(Some(update.names))
            .set_expression_attribute_values(Some(update.values))
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
