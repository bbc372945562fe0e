//! The one conditional update that takes units: what it says, and what comes of it.

use std::collections::HashMap;

use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue, ReturnValuesOnConditionCheckFailure};

use super::attributes::{Item, n, name};
use super::record::{self, QUOTA, RATE, SPEND, WindowNames};
use super::roll_up::MAX_HOURS;
use super::usage::HOUR;
use super::{Store, StoreError, Table};
use crate::clock::Millis;
use crate::keys::rules::Applying;
use crate::limits::spend::month_end;
use crate::limits::{BIG, LimitScope, Limits, Spend, Window};

/// Why units were not to be had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Full {
    /// The rate's window is used up until then (ms).
    Rate(Millis),
    /// The quota's window is used up until then (ms).
    Quota(Millis),
    /// What the month allows is spent until then (ms).
    Spend(Millis),
}

/// How many units of which windows, and when.
#[derive(Clone, Copy, Debug)]
pub struct Take {
    /// Units of rate and quota: whole, from 0 on.
    pub cost: i64,
    /// Billionths of money to reserve, from 0 on. With none, something must be left of a limited month all the same.
    pub spend: i128,
    /// The present.
    pub now: Millis,
    /// Takes nothing and only tells whether the units could be had.
    pub look: bool,
}

/// What one conditional update came to.
pub(super) enum Attempt {
    Done(Item),
    /// The condition did not hold of this item.
    Missed(Option<Item>),
    /// A change of the item was in flight.
    Conflict,
}

impl Store {
    /// Takes units of the windows that hold, guessing from `limits` as they were at `revision`.
    pub(super) async fn attempt(
        &self,
        table: Table,
        item: Item,
        revision: i64,
        limits: &Limits,
        applying: &Applying,
        take: Take,
    ) -> Result<Attempt, StoreError> {
        let mut update = Expression::new(revision, take);
        update.take(RATE, applying.rate.as_ref(), limits, take);
        update.take(QUOTA, applying.quota.as_ref(), limits, take);
        if table == Table::Keys {
            update.take_spend(limits.spend, take);
            update.count_use(take);
        }
        self.update_conditionally(table, item, update).await
    }

    /// Sends an update whose conditions decide.
    pub(super) async fn update_conditionally(
        &self,
        table: Table,
        item: Item,
        update: Expression,
    ) -> Result<Attempt, StoreError> {
        let sent = self
            .client
            .update_item()
            .table_name(self.table(table))
            .set_key(Some(item))
            .update_expression(format!("SET {}", update.sets.join(", ")))
            .condition_expression(update.conditions.join(" AND "))
            .set_expression_attribute_names(Some(update.names))
            .set_expression_attribute_values(Some(update.values))
            .return_values(ReturnValue::AllNew)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .send()
            .await;
        match sent {
            Ok(done) => Ok(Attempt::Done(done.attributes.unwrap_or_default())),
            Err(error) => match error.as_service_error() {
                Some(UpdateItemError::ConditionalCheckFailedException(missed)) => {
                    Ok(Attempt::Missed(missed.item.clone()))
                }
                Some(UpdateItemError::TransactionConflictException(_)) => Ok(Attempt::Conflict),
                _ => Err(StoreError::failed("UpdateItem")(error)),
            },
        }
    }
}

/// The parts of the one conditional update.
pub(super) struct Expression {
    names: HashMap<String, String>,
    values: HashMap<String, AttributeValue>,
    pub(super) sets: Vec<String>,
    pub(super) conditions: Vec<String>,
}

impl Expression {
    /// An update that holds only of the revision `revision`.
    pub(super) fn new(revision: i64, take: Take) -> Self {
        let values = [(":v", revision), (":n", take.cost)].map(|(key, value)| (key.into(), n(value)));
        let names = HashMap::from([("#v".into(), name::REVISION.into())]);
        Self { names, values: values.into(), sets: Vec::new(), conditions: vec!["#v = :v".into()] }
    }

    /// Counts the units as used in the present hour, if the item has room for the hour.
    fn count_use(&mut self, take: Take) {
        self.name_hour(take);
        self.conditions.push("(attribute_exists(#u.#h) OR size(#u) < :hours)".to_owned());
        self.values.insert(":hours".into(), n(MAX_HOURS));
        self.values.insert(":0".into(), n(0));
        self.sets.push("#u.#h = if_not_exists(#u.#h, :0) + :n".to_owned());
    }

    /// Counts the units as not used. Where the hour was rolled up since, it falls below zero: the two add up.
    pub(super) fn uncount_use(&mut self, take: Take) {
        self.name_hour(take);
        self.values.insert(":0".into(), n(0));
        self.sets.push("#u.#h = if_not_exists(#u.#h, :0) - :n".to_owned());
    }

    /// Gives a reservation back to the month that ends at `month`.
    pub(super) fn give_back_spend(&mut self, month: Millis, take: Take) {
        let [left, end, _] = SPEND;
        let (left, end) = (self.path(None, left), self.path(None, end));
        let (same, amount) = (self.value(n(month)), self.value(n(take.spend)));
        self.conditions.push(format!("{end} = {same}"));
        self.sets.push(format!("{left} = {left} + {amount}"));
    }

    /// Names the map of use and the present hour in it.
    fn name_hour(&mut self, take: Take) {
        self.names.insert("#u".into(), name::USED.to_owned());
        self.names.insert("#h".into(), take.now.div_euclid(HOUR).to_string());
    }

    /// Takes from one window, guessing from what is known whether it still runs.
    fn take(&mut self, names: WindowNames, scope: Option<&LimitScope>, limits: &Limits, take: Take) {
        let [left, end, max, period] = names;
        let mut path = |name| self.path(scope, name);
        let (left, end) = (path(left), path(end));
        let (condition, set) = if window(limits, names, scope).is_over(take.now) {
            let (max, period) = (path(max), path(period));
            let set = format!("{left} = {max} - :n, {end} = :now + {period}");
            (format!("{end} <= :now AND {max} >= :n"), set)
        } else {
            (format!("{end} > :now AND {left} >= :n"), format!("{left} = {left} - :n"))
        };
        self.values.insert(":now".into(), n(take.now));
        self.conditions.push(condition);
        self.sets.push(set);
    }

    /// Reserves money, guessing from what is known whether the month has begun. Where none is asked for, a limited month
    /// must have some left.
    fn take_spend(&mut self, known: Option<Spend>, take: Take) {
        if take.spend == 0 && known.is_none_or(|spend| spend.is_unlimited()) {
            return;
        }
        let [left, end, max] = SPEND;
        let Some(spend) = known else {
            let spent = Spend::UNLIMITED.with(take.spend, take.now);
            for (name, value) in record::spend(&spent) {
                let (path, value) = (self.path(None, &name), self.value(value));
                self.sets.push(format!("{path} = {value}"));
            }
            let left = self.path(None, left);
            self.conditions.push(format!("attribute_not_exists({left})"));
            return;
        };
        let over = spend.is_over(take.now);
        let (holds, of) = if over { ("<=", max) } else { (">", left) };
        let (end, of, least) = (self.path(None, end), self.path(None, of), self.value(n(take.spend.max(1))));
        self.conditions.push(format!("{end} {holds} :now AND {of} >= {least}"));
        if take.spend > 0 {
            let (left, amount) = (self.path(None, left), self.value(n(take.spend)));
            self.sets.push(format!("{left} = {of} - {amount}"));
            if over {
                let month = self.value(n(month_end(take.now)));
                self.sets.push(format!("{end} = {month}"));
            }
        }
    }

    /// The attribute `name` of the record, or of one of its scopes.
    pub(super) fn path(&mut self, scope: Option<&LimitScope>, name: &str) -> String {
        self.names.insert(format!("#{name}"), name.to_owned());
        let Some(scope) = scope else { return format!("#{name}") };
        let known = self.names.iter().find(|(_, name)| *name == scope.as_str()).map(|(key, _)| key.clone());
        let key = known.unwrap_or_else(|| format!("#s{}", self.names.len()));
        self.names.insert(key.clone(), scope.as_str().to_owned());
        self.names.insert("#c".into(), name::SCOPED.to_owned());
        format!("#c.{key}.#{name}")
    }

    /// A placeholder for `value`.
    pub(super) fn value(&mut self, value: AttributeValue) -> String {
        let key = format!(":x{}", self.values.len());
        self.values.insert(key.clone(), value);
        key
    }
}

/// The window of these names that holds: the scope's, or the record's own.
pub(super) fn window<'a>(limits: &'a Limits, names: WindowNames, scope: Option<&LimitScope>) -> &'a Window {
    let scoped = scope.and_then(|scope| limits.scoped.get(scope));
    if names == RATE {
        scoped.map_or(&limits.rate, |scoped| &scoped.rate)
    } else {
        scoped.and_then(|scoped| scoped.quota.as_ref()).unwrap_or(&limits.quota)
    }
}

/// The first window that has not enough, if one has not.
pub(super) fn full(limits: &Limits, applying: &Applying, take: Take) -> Option<Full> {
    let rate = window(limits, RATE, applying.rate.as_ref());
    let quota = window(limits, QUOTA, applying.quota.as_ref());
    // A cost above the limit is never to be had.
    let until = |window: &Window| if take.cost > window.max { BIG } else { window.end };
    if !rate.admits(take.cost, take.now) {
        Some(Full::Rate(until(rate)))
    } else if !quota.admits(take.cost, take.now) {
        Some(Full::Quota(until(quota)))
    } else {
        let spend = limits.spend.filter(|spend| !spend.admits(take.spend, take.now))?;
        // Less than what is asked for may be left, or nothing at all; a whole month may be too small, too.
        Some(Full::Spend(if take.spend.max(1) > spend.max { BIG } else { month_end(take.now) }))
    }
}

/// The rate's and the quota's window that hold where `applying` says.
#[must_use]
pub fn applying_windows<'a>(limits: &'a Limits, applying: &Applying) -> (&'a Window, &'a Window) {
    (window(limits, RATE, applying.rate.as_ref()), window(limits, QUOTA, applying.quota.as_ref()))
}
