//! The exact check: units are taken by one conditional update, which sees the item as it is at that moment. What
//! an instance remembers only helps to guess that update; it neither admits nor refuses anybody.

use super::take::{Full, Take, full, month_full, own_counted};
use crate::access::rules::Applying;
use crate::clock::Millis;
use crate::keys::{Key, KeyId, kept};
use crate::orgs::OrgId;
use crate::rights::Barred;
use crate::store::items::attributes::Item;
use crate::store::items::key::{self, item_key};
use crate::store::items::key_config;
use crate::store::write::retry::Retry;
use crate::store::write::update_item::Attempt;
use crate::store::{Store, StoreError, Table};

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

impl Store {
    /// Takes units from a key, if `judge` and its limits allow. One update when the instance remembers the key as
    /// it is; else one read more. What is refused costs reads only.
    ///
    /// Of a key that shares its windows only use and money are taken: the windows are left to
    /// [`Store::take_from_shared`].
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
        let mut retry = Retry::of_check();
        loop {
            let Some(known) = key.take() else { return Ok(KeyCheck::Unknown) };
            let (known, applying) = match judged(known, take, &judge) {
                KeyCheck::Taken(known, applying) if !take.look => (known, applying),
                decided if fresh => return Ok(decided),
                _ => {
                    (key, fresh) = (self.read_key(id, take.now).await?, true);
                    retry.at_once()?;
                    continue;
                }
            };
            match self.attempt_key(&known, &applying, take).await? {
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
                    retry.at_once()?;
                }
                Attempt::Busy => {
                    (key, fresh) = (Some(known), false);
                    retry.after_pause().await?;
                }
            }
        }
    }

    /// Whose the key with this id was when this instance last saw it, if it did.
    #[must_use]
    pub fn remembered_owner(&self, id: KeyId) -> Option<OrgId> {
        self.memory.owner_of(id)
    }

    async fn read_key(&self, id: KeyId, now: Millis) -> Result<Option<Key>, StoreError> {
        let read = self.client.get_item().table_name(self.table(Table::Keys)).set_key(Some(item_key(id)));
        let read = read.consistent_read(true).send().await.map_err(StoreError::failed("GetItem"))?;
        self.seen_key(id, read.item, now)
    }

    /// The key in `item`; `None` when it is deleted or its time in the store is over.
    pub(in crate::store) fn seen_key(
        &self,
        id: KeyId,
        item: Option<Item>,
        now: Millis,
    ) -> Result<Option<Key>, StoreError> {
        let key =
            item.filter(|item| !key_config::is_deleted(item)).map(|item| self.read_seen(id, &item)).transpose()?;
        let key = key.filter(|key| kept(key.config.kept_until, now));
        match &key {
            Some(key) => self.memory.remember_key(key),
            None => self.memory.forget_key(id),
        }
        Ok(key)
    }

    /// Access rights that are remembered are not parsed again.
    fn read_seen(&self, id: KeyId, item: &Item) -> Result<Key, StoreError> {
        key::read_again(id, item, self.memory.key_access(id).as_ref())
    }
}

/// What the rules and limits of `key` say, as it is known; [`KeyCheck::Taken`] where the units may be taken.
fn judged(key: Key, take: Take, judge: impl Fn(&Key) -> Result<Applying, Barred>) -> KeyCheck {
    let applying = match judge(&key) {
        Ok(applying) => applying,
        Err(barred) => return KeyCheck::Barred(key, barred),
    };
    let full = full(&own_counted(&key, &applying), take);
    match full.or_else(|| month_full(key.config.limits.spend, take)) {
        Some(full) => KeyCheck::Full(key, applying, full),
        None => KeyCheck::Taken(key, applying),
    }
}
