//! The exact check: units are taken by one conditional update, which sees the item as it is at that moment. What
//! an instance remembers only helps to guess that update; it neither admits nor refuses anybody.

use super::attributes::{Item, n};
use super::key_item::{self, item_key};
use super::record::{self, QUOTA, RATE};
use super::take::{Attempt, Expression, Full, Take, full, window};
use super::{Store, StoreError, Table, organisations};
use crate::clock::Millis;
use crate::keys::rules::{Applying, Barred};
use crate::keys::{Key, KeyId, OrgId, OrgLimits, kept};
use crate::limits::Limits;

/// How often a check is tried before it gives up.
const ATTEMPTS: u32 = 5;

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
    /// It has access to other APIs only.
    OtherApis,
    /// Its limits say no.
    Full(Full),
    /// The units were taken.
    Taken,
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
        let remembered = self.memory.key(id).filter(|key| !take.look && kept(key.config.kept_until, take.now));
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
            let (limits, item) = (&known.config.limits, item_key(id));
            match self.attempt(Table::Keys, item, known.revision, limits, &applying, take).await? {
                Attempt::Done(item) => {
                    let key = self.read_seen(id, &item)?;
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

    /// Takes units from an organisation for a call of `api`, if it has limits and they allow. It has none on money.
    ///
    /// # Errors
    /// When the store fails, or the limits change faster than they can be read.
    pub async fn take_from_org(&self, org: &OrgId, api: &str, take: Take) -> Result<OrgCheck, StoreError> {
        let take = Take { spend: 0, ..take };
        let remembered = self.memory.org(org).filter(|_| !take.look);
        let (mut limits, mut fresh) = match remembered {
            Some(limits) => (Some(limits), false),
            None => (self.read_org(org).await?, true),
        };
        let applying = Applying::default();
        for _ in 0..ATTEMPTS {
            let Some(known) = limits.take() else { return Ok(OrgCheck::Unlimited) };
            let access = &known.config.access;
            let refused = match full(&known.config.limits, &applying, take) {
                _ if known.config.inactive => Some(OrgCheck::Inactive),
                _ if !access.is_empty() && !access.has(api) => Some(OrgCheck::OtherApis),
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
                    self.memory.remember_org(org, &self.read_seen_org(org, &item)?);
                    return Ok(OrgCheck::Taken);
                }
                Attempt::Missed(item) => (limits, fresh) = (self.seen_org(org, item)?, true),
                Attempt::Conflict => (limits, fresh) = (Some(known), false),
            }
        }
        Err(StoreError::Contended)
    }

    /// Gives back what was taken from `key`, because the call is refused after all. Where the key was changed or a
    /// window ended since, nothing is given back to it: too little is admitted then, never too much. The key as it is
    /// now, if it is there and was not changed.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn give_back(&self, key: &Key, applying: &Applying, take: Take) -> Result<Option<Key>, StoreError> {
        let limits = &key.config.limits;
        let mut windows = vec![(RATE, &applying.rate), (QUOTA, &applying.quota)];
        let month_of = |limits: &Limits| limits.spend.filter(|_| take.spend > 0).map(|spend| spend.end);
        let mut month = month_of(limits);
        // Once for all windows; again for those that did not end, if one did.
        for _ in 0..ATTEMPTS {
            let mut update = Expression::new(key.revision, take);
            for (names, scope) in &windows {
                let window = window(limits, *names, scope.as_ref());
                let (left, end) = (update.path(scope.as_ref(), names[0]), update.path(scope.as_ref(), names[1]));
                let same = update.value(n(window.end));
                update.conditions.push(format!("{end} = {same}"));
                update.sets.push(format!("{left} = {left} + :n"));
            }
            if let Some(month) = month {
                update.give_back_spend(month, take);
            }
            update.uncount_use(take);
            match self.update_conditionally(Table::Keys, item_key(key.id), update).await? {
                Attempt::Missed(Some(item)) if !record::is_deleted(&item) => {
                    let now = self.read_seen(key.id, &item)?;
                    if now.revision != key.revision {
                        return Ok(None);
                    }
                    windows.retain(|(names, scope)| {
                        let scope = scope.as_ref();
                        window(&now.config.limits, *names, scope).end == window(limits, *names, scope).end
                    });
                    month = month.filter(|month| month_of(&now.config.limits) == Some(*month));
                }
                Attempt::Done(item) => {
                    let key = self.read_seen(key.id, &item)?;
                    self.memory.remember_key(&key);
                    return Ok(Some(key));
                }
                Attempt::Missed(_) => return Ok(None),
                Attempt::Conflict => {}
            }
        }
        Ok(None)
    }

    async fn read_key(&self, id: KeyId, now: Millis) -> Result<Option<Key>, StoreError> {
        let read = self.client.get_item().table_name(self.table(Table::Keys)).set_key(Some(item_key(id)));
        let read = read.consistent_read(true).send().await.map_err(StoreError::failed("GetItem"))?;
        self.seen_key(id, read.item, now)
    }

    /// The key in `item`; `None` when it is deleted or its time in the store is over.
    fn seen_key(&self, id: KeyId, item: Option<Item>, now: Millis) -> Result<Option<Key>, StoreError> {
        let key = item.filter(|item| !record::is_deleted(item)).map(|item| self.read_seen(id, &item)).transpose()?;
        let key = key.filter(|key| kept(key.config.kept_until, now));
        match &key {
            Some(key) => self.memory.remember_key(key),
            None => self.memory.forget_key(id),
        }
        Ok(key)
    }

    /// Access rights that are remembered are not parsed again.
    fn read_seen(&self, id: KeyId, item: &Item) -> Result<Key, StoreError> {
        key_item::read_again(id, item, self.memory.key_access(id).as_ref())
    }

    fn read_seen_org(&self, org: &OrgId, item: &Item) -> Result<OrgLimits, StoreError> {
        organisations::read_again(item, self.memory.org_access(org).as_ref())
    }

    async fn read_org(&self, org: &OrgId) -> Result<Option<OrgLimits>, StoreError> {
        let key = organisations::limits_key(org);
        let read = self.client.get_item().table_name(self.table(Table::Organizations)).set_key(Some(key));
        let read = read.consistent_read(true).send().await.map_err(StoreError::failed("GetItem"))?;
        self.seen_org(org, read.item)
    }

    /// The limits in `item`; `None` when they are deleted.
    fn seen_org(&self, org: &OrgId, item: Option<Item>) -> Result<Option<OrgLimits>, StoreError> {
        let limits = item.filter(|item| !record::is_deleted(item));
        let limits = limits.map(|item| self.read_seen_org(org, &item)).transpose()?;
        match &limits {
            Some(limits) => self.memory.remember_org(org, limits),
            None => self.memory.forget_org(org),
        }
        Ok(limits)
    }
}
