//! The exact check of a key. One conditional update takes the units, and it sees the item as it is
//! at that moment. What an instance remembers only helps to guess that update; it never decides.

use super::org_reads::OrgReads;
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
    /// A key that follows policies is judged as they make it, for a call of an API of `api_org`.
    /// Whether those were still its policies is for the caller to confirm, by the epoch in its plan.
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
        (api_org, orgs): (Option<&OrgId>, &OrgReads<'_>),
        judge: impl Fn(&Key) -> Result<Applying, Barred>,
    ) -> Result<KeyCheck, StoreError> {
        let as_planned = async |key: Option<Key>| match key {
            Some(key) => self.plan(key, api_org, orgs, take.now).await.map(Some),
            None => Ok(None),
        };
        let usable = |key: &Key| !take.look && kept(key.config.kept_until, take.now) && self.is_planned(key, api_org);
        let (mut key, mut fresh) = match self.remembered.key(id).filter(usable) {
            Some(key) => (Some(key), false),
            None => (as_planned(self.read_key(id, take.now).await?).await?, true),
        };
        let mut retry = Retry::of_check();
        loop {
            let Some(known) = key.take() else { return Ok(KeyCheck::Unknown) };
            let (known, applying) = match judged(known, take, &judge) {
                KeyCheck::Taken(known, applying) if !take.look => (known, applying),
                decided if fresh => return Ok(decided),
                _ => {
                    (key, fresh) = (as_planned(self.read_key(id, take.now).await?).await?, true);
                    retry.at_once()?;
                    continue;
                }
            };
            let follows = known.plan.as_ref().is_some_and(|plan| plan.stale.is_some());
            let attempt = match follows {
                true => self.follow(&known, take.now).await?,
                false => self.attempt_key(&known, &applying, take).await?,
            };
            match attempt {
                Attempt::Done(item) => {
                    let seen = self.counted_again(&known, &item)?;
                    if !follows {
                        return Ok(KeyCheck::Taken(seen, applying));
                    }
                    (key, fresh) = (Some(seen), true);
                }
                Attempt::Missed(item) => {
                    let mut seen = self.seen_key(id, item, take.now)?;
                    if let Some(key) = &mut seen {
                        self.make_room(key, take.now).await?;
                    }
                    (key, fresh) = (as_planned(seen).await?, true);
                    retry.at_once()?;
                }
                Attempt::Busy => {
                    (key, fresh) = (Some(known), false);
                    retry.after_pause().await?;
                }
            }
        }
    }

    /// The organisation that owned the key when this instance last saw it, and whether it followed
    /// policies then.
    #[must_use]
    pub fn remembered_owner(&self, _gate: GateScope, id: KeyId) -> Option<(OrgId, bool)> {
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
