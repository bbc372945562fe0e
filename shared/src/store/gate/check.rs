//! The exact check of a key. One conditional update takes the units, and it sees the item as it is
//! at that moment. What an instance remembers only helps to guess that update; it never decides.

use super::take::{Full, Take, full, month_full, own_counted};
use crate::access::GateScope;
use crate::access::rules::Applying;
use crate::clock::Millis;
use crate::keys::{Key, KeyId, kept};
use crate::orgs::OrgId;
use crate::rights::Barred;
use crate::store::items::attributes::Item;
use crate::store::items::key;
use crate::store::items::key_config;
use crate::store::items::primary_key::item_key;
use crate::store::write::retry::Retry;
use crate::store::write::update_item::Attempt;
use crate::store::{Store, StoreError, Table};

/// The result of a key's check.
#[derive(Debug)]
pub enum KeyCheck {
    /// There is no such key.
    Unknown,
    /// Its access rights do not allow the call.
    Barred(Key, Barred),
    /// A limit is used up.
    Full(Key, Applying, Full),
    /// The units were taken; the key as it is now.
    Taken(Key, Applying),
}

impl Store {
    /// Takes units from a key, if `judge` and its limits allow it. This costs one update if the
    /// instance remembers the key as it is, and otherwise also a read. A refusal costs only reads.
    ///
    /// If the key shares its windows, this takes only use and money, and leaves the windows to
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
        let remembered = self.remembered.key(id).filter(|key| !take.look && kept(key.config.kept_until, take.now));
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
                    self.remembered.remember_key(&key);
                    return Ok(KeyCheck::Taken(key, applying));
                }
                Attempt::Missed(item) => {
                    (key, fresh) = (self.seen_key(id, item, take.now)?, true);
                    if let Some(key) = &key {
                        self.make_room(key, take.now).await?;
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

    /// The organisation that owned the key when this instance last saw it.
    #[must_use]
    pub fn remembered_owner(&self, _gate: GateScope, id: KeyId) -> Option<OrgId> {
        self.remembered.owner_of(id)
    }

    async fn read_key(&self, id: KeyId, now: Millis) -> Result<Option<Key>, StoreError> {
        self.seen_key(id, self.get(Table::Keys, item_key(id)).await?, now)
    }

    /// The key in `item`; `None` if it is deleted or has expired from the store.
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
            Some(key) => self.remembered.remember_key(key),
            None => self.remembered.forget_key(id),
        }
        Ok(key)
    }

    /// Does not parse access rights again that are remembered.
    fn read_seen(&self, id: KeyId, item: &Item) -> Result<Key, StoreError> {
        key::read_again(id, item, self.remembered.key_access(id).as_ref())
    }
}

/// What the access rights and limits of `key`, as it is known, lead to; [`KeyCheck::Taken`] if the
/// units may be taken.
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
