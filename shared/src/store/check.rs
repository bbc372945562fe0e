//! The exact check: units are taken by one conditional update, which sees the item as it is at that moment. What
//! an instance remembers only helps to guess that update; it neither admits nor refuses anybody.

use std::collections::HashMap;

use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue, ReturnValuesOnConditionCheckFailure};

use super::attributes::{Item, n, name};
use super::record::{self, QUOTA, RATE, WindowNames};
use super::{Store, StoreError, Table, keys, organisations};
use crate::clock::Millis;
use crate::keys::rules::{Applying, Barred};
use crate::keys::{Key, KeyId, OrgId, OrgLimits, kept};
use crate::limits::{LimitScope, Limits, Window};

/// How often a check is tried before it gives up.
const ATTEMPTS: u32 = 5;
/// The most hours of use that an item holds.
const MAX_HOURS: i64 = 8;
/// Milliseconds of an hour.
const HOUR: Millis = 60 * 60 * 1000;

/// Why units were not to be had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Full {
    /// The rate's window is used up until then (ms).
    Rate(Millis),
    /// The quota's window is used up until then (ms).
    Quota(Millis),
}

/// What a key's check came to.
#[derive(Debug)]
pub enum KeyCheck {
    /// There is no such key.
    Unknown,
    /// Its rules say no.
    Barred(Key, Barred),
    /// Its limits say no.
    Full(Key, Applying, Full),
    /// The units were taken; the key as it is now.
    Taken(Key, Applying),
}

/// What an organisation's check came to.
#[derive(Debug)]
pub enum OrgCheck {
    /// It has no limits.
    Unlimited,
    /// It is deactivated.
    Inactive,
    /// Its limits say no.
    Full(Full),
    /// The units were taken.
    Taken,
}

/// How many units of which windows, and when.
#[derive(Clone, Copy, Debug)]
pub struct Take {
    /// Units: whole, from 0 on.
    pub cost: i64,
    /// The present.
    pub now: Millis,
    /// Takes nothing and only tells whether the units could be had.
    pub look: bool,
}

/// What one conditional update came to.
enum Attempt {
    Done(Item),
    /// The condition did not hold of this item.
    Missed(Option<Item>),
    /// A change of the item was in flight.
    Conflict,
}

impl Store {
    /// Takes units from a key, if `judge` and its limits allow. One update when the instance remembers the key as
    /// it is; else one read more. What is refused costs reads only.
    ///
    /// # Errors
    /// When the store fails, or the key changes faster than it can be read.
    pub async fn take_from_key(
        &self,
        id: KeyId,
        take: Take,
        judge: impl Fn(&Key) -> Result<Applying, Barred>,
    ) -> Result<KeyCheck, StoreError> {
        let remembered = self.memory.key(id).filter(|_| !take.look);
        let (mut key, mut fresh) = match remembered {
            Some(key) => (Some(key), false),
            None => (self.read_key(id, take.now).await?, true),
        };
        for _ in 0..ATTEMPTS {
            let Some(known) = key.take() else { return Ok(KeyCheck::Unknown) };
            let judged = match judge(&known) {
                Ok(applying) => match full(&known.config.limits, &applying, take) {
                    Some(full) => Err(KeyCheck::Full(known.clone(), applying, full)),
                    None => Ok(applying),
                },
                Err(barred) => Err(KeyCheck::Barred(known.clone(), barred)),
            };
            let applying = match judged {
                Ok(applying) if take.look => return Ok(KeyCheck::Taken(known, applying)),
                Ok(applying) => applying,
                Err(refused) if fresh => return Ok(refused),
                Err(_) => {
                    (key, fresh) = (self.read_key(id, take.now).await?, true);
                    continue;
                }
            };
            let (limits, item) = (&known.config.limits, keys::key(id));
            match self.attempt(Table::Keys, item, known.revision, limits, &applying, take).await? {
                Attempt::Done(item) => {
                    let key = keys::from_item(id, &item)?;
                    self.memory.remember_key(&key);
                    return Ok(KeyCheck::Taken(key, applying));
                }
                Attempt::Missed(item) => {
                    (key, fresh) = (self.seen_key(id, item, take.now)?, true);
                    if let Some(key) = &key {
                        self.make_room(key, take).await?;
                    }
                }
                Attempt::Conflict => (key, fresh) = (Some(known), false),
            }
        }
        Err(StoreError::Contended)
    }

    /// Takes units from an organisation, if it has limits and they allow.
    ///
    /// # Errors
    /// When the store fails, or the limits change faster than they can be read.
    pub async fn take_from_org(&self, org: &OrgId, take: Take) -> Result<OrgCheck, StoreError> {
        let remembered = self.memory.org(org).filter(|_| !take.look);
        let (mut limits, mut fresh) = match remembered {
            Some(limits) => (Some(limits), false),
            None => (self.read_org(org).await?, true),
        };
        let applying = Applying::default();
        for _ in 0..ATTEMPTS {
            let Some(known) = limits.take() else { return Ok(OrgCheck::Unlimited) };
            let refused = match full(&known.config.limits, &applying, take) {
                _ if known.config.inactive => Some(OrgCheck::Inactive),
                full => full.map(OrgCheck::Full),
            };
            match refused {
                None if take.look => return Ok(OrgCheck::Taken),
                None => {}
                Some(refused) if fresh => return Ok(refused),
                Some(_) => {
                    (limits, fresh) = (self.read_org(org).await?, true);
                    continue;
                }
            }
            let (table, item) = (Table::Organizations, organisations::limits_key(org));
            match self.attempt(table, item, known.revision, &known.config.limits, &applying, take).await? {
                Attempt::Done(item) => {
                    self.memory.remember_org(org, &organisations::from_item(&item)?);
                    return Ok(OrgCheck::Taken);
                }
                Attempt::Missed(item) => (limits, fresh) = (seen_org(item)?, true),
                Attempt::Conflict => (limits, fresh) = (Some(known), false),
            }
        }
        Err(StoreError::Contended)
    }

    /// Gives back what was taken from `key`, because the call is refused after all. Where the key was changed or a
    /// window ended since, nothing is given back to it: too little is admitted then, never too much.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn give_back(&self, key: &Key, applying: &Applying, take: Take) -> Result<(), StoreError> {
        let limits = &key.config.limits;
        let mut windows = vec![(RATE, &applying.rate), (QUOTA, &applying.quota)];
        // Once for both windows; once more for the one that did not end, if one did.
        for _ in 0..2 {
            let mut update = Expression::new(key.revision, take);
            for (names, scope) in &windows {
                let window = window(limits, *names, scope.as_ref());
                let (left, end) = (update.path(scope.as_ref(), names[0]), update.path(scope.as_ref(), names[1]));
                let same = update.value(n(window.end));
                update.conditions.push(format!("{end} = {same}"));
                update.sets.push(format!("{left} = {left} + :n"));
            }
            update.name_hour(take);
            update.sets.push("#u.#h = #u.#h - :n".to_owned());
            match self.update_conditionally(Table::Keys, keys::key(key.id), update).await? {
                Attempt::Missed(Some(item)) if !record::is_deleted(&item) => {
                    let now = keys::from_item(key.id, &item)?;
                    if now.revision != key.revision {
                        return Ok(());
                    }
                    windows.retain(|(names, scope)| {
                        let scope = scope.as_ref();
                        window(&now.config.limits, *names, scope).end == window(limits, *names, scope).end
                    });
                }
                _ => return Ok(()),
            }
        }
        Ok(())
    }

    async fn read_key(&self, id: KeyId, now: Millis) -> Result<Option<Key>, StoreError> {
        let read = self.client.get_item().table_name(self.table(Table::Keys)).set_key(Some(keys::key(id)));
        let read = read.consistent_read(true).send().await.map_err(StoreError::failed("GetItem"))?;
        self.seen_key(id, read.item, now)
    }

    /// The key in `item`; `None` when it is deleted or its time in the store is over.
    fn seen_key(&self, id: KeyId, item: Option<Item>, now: Millis) -> Result<Option<Key>, StoreError> {
        let key = item.filter(|item| !record::is_deleted(item)).map(|item| keys::from_item(id, &item)).transpose()?;
        let key = key.filter(|key| kept(key.config.kept_until, now));
        match &key {
            Some(key) => self.memory.remember_key(key),
            None => self.memory.forget_key(id),
        }
        Ok(key)
    }

    async fn read_org(&self, org: &OrgId) -> Result<Option<OrgLimits>, StoreError> {
        let key = organisations::limits_key(org);
        let read = self.client.get_item().table_name(self.table(Table::Organizations)).set_key(Some(key));
        let read = read.consistent_read(true).send().await.map_err(StoreError::failed("GetItem"))?;
        let limits = seen_org(read.item)?;
        match &limits {
            Some(limits) => self.memory.remember_org(org, limits),
            None => self.memory.forget_org(org),
        }
        Ok(limits)
    }

    async fn attempt(
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
            update.count_use(take);
        }
        self.update_conditionally(table, item, update).await
    }

    async fn update_conditionally(&self, table: Table, item: Item, update: Expression) -> Result<Attempt, StoreError> {
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
struct Expression {
    names: HashMap<String, String>,
    values: HashMap<String, AttributeValue>,
    sets: Vec<String>,
    conditions: Vec<String>,
}

impl Expression {
    /// An update that holds only of the revision `revision`.
    fn new(revision: i64, take: Take) -> Self {
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

    /// The attribute `name` of the record, or of one of its scopes.
    fn path(&mut self, scope: Option<&LimitScope>, name: &str) -> String {
        self.names.insert(format!("#{name}"), name.to_owned());
        let Some(scope) = scope else { return format!("#{name}") };
        let known = self.names.iter().find(|(_, name)| *name == scope.as_str()).map(|(key, _)| key.clone());
        let key = known.unwrap_or_else(|| format!("#s{}", self.names.len()));
        self.names.insert(key.clone(), scope.as_str().to_owned());
        self.names.insert("#c".into(), name::SCOPED.to_owned());
        format!("#c.{key}.#{name}")
    }

    fn value(&mut self, value: AttributeValue) -> String {
        let key = format!(":x{}", self.values.len());
        self.values.insert(key.clone(), value);
        key
    }
}

/// The window of these names that holds: the scope's, or the record's own.
fn window<'a>(limits: &'a Limits, names: WindowNames, scope: Option<&LimitScope>) -> &'a Window {
    let scoped = scope.and_then(|scope| limits.scoped.get(scope));
    if names == RATE {
        scoped.map_or(&limits.rate, |scoped| &scoped.rate)
    } else {
        scoped.and_then(|scoped| scoped.quota.as_ref()).unwrap_or(&limits.quota)
    }
}

/// The first window that has not enough, if one has not.
fn full(limits: &Limits, applying: &Applying, take: Take) -> Option<Full> {
    let rate = window(limits, RATE, applying.rate.as_ref());
    let quota = window(limits, QUOTA, applying.quota.as_ref());
    // A cost above the limit is never to be had, and is refused until the window's end like any other.
    let until = |window: &Window| if window.is_over(take.now) { take.now } else { window.end };
    if !rate.admits(take.cost, take.now) {
        Some(Full::Rate(until(rate)))
    } else if !quota.admits(take.cost, take.now) {
        Some(Full::Quota(until(quota)))
    } else {
        None
    }
}

/// The rate's and the quota's window that hold where `applying` says.
#[must_use]
pub fn applying_windows<'a>(limits: &'a Limits, applying: &Applying) -> (&'a Window, &'a Window) {
    (window(limits, RATE, applying.rate.as_ref()), window(limits, QUOTA, applying.quota.as_ref()))
}

fn seen_org(item: Option<Item>) -> Result<Option<OrgLimits>, StoreError> {
    item.filter(|item| !record::is_deleted(item)).map(|item| organisations::from_item(&item)).transpose()
}
