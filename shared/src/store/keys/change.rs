//! Changes keys as the caller decides on seeing them, and again if another change came first.

use aws_sdk_dynamodb::types::TransactWriteItem;

use super::find::{Found, Slot, Sought};
use super::new_key::NewKey;
use crate::access::Scope;
use crate::clock::Millis;
use crate::keys::{Key, KeyId};
use crate::store::write::replace_config::Counters;
use crate::store::write::retry::Retry;
use crate::store::write::transaction::Outcome;
use crate::store::{Store, StoreError};

/// What is to become of a key.
#[derive(Debug)]
pub enum Change {
    /// Replaces the key that was found, or makes one in the first place.
    Put(Box<NewKey>, Counters),
    /// Deletes the key that was found.
    Delete,
}

/// A change that was made.
#[derive(Debug)]
pub struct Changed {
    /// The index of the place in which it was made.
    pub index: usize,
}

/// What a change finds.
struct Seen {
    /// The key in the first place that has one.
    found: Option<Found>,
    /// What the first place has, if that is no key.
    vacant: Slot,
}

impl Store {
    /// Changes the key in the first of `places` that has one, as `decide` says on seeing it;
    /// `decide` sees `None` if none has. This costs a read for each place that is tried and a
    /// transaction, and again if another change came first.
    ///
    /// # Errors
    /// What `decide` refuses, or when the key is too large, or the store fails;
    /// [`StoreError::Foreign`] or [`StoreError::Namesake`] if the place in which a key would be
    /// made belongs to another.
    pub async fn change<E: From<StoreError>>(
        &self,
        scope: &Scope,
        places: &[Sought<'_>],
        now: Millis,
        decide: impl FnMut(Option<&Found>) -> Result<Change, E>,
    ) -> Result<Changed, E> {
        self.change_seen(scope, places, None, now, decide).await
    }

    /// Changes `key`, which was just read within `scope`, as [`Store::change`] does, but without
    /// its first read: one transaction.
    ///
    /// # Errors
    /// What `decide` refuses, or when the key is too large, or the store fails.
    pub async fn change_found<E: From<StoreError>>(
        &self,
        scope: &Scope,
        key: Key,
        now: Millis,
        decide: impl FnMut(Option<&Found>) -> Result<Change, E>,
    ) -> Result<Changed, E> {
        let places = [key.id.into()];
        let seen = Seen { found: Some(Found { index: 0, key }), vacant: Slot::Empty };
        self.change_seen(scope, &places, Some(seen), now, decide).await
    }

    async fn change_seen<E: From<StoreError>>(
        &self,
        scope: &Scope,
        places: &[Sought<'_>],
        mut seen: Option<Seen>,
        now: Millis,
        mut decide: impl FnMut(Option<&Found>) -> Result<Change, E>,
    ) -> Result<Changed, E> {
        let mut retry = Retry::of_change();
        loop {
            let seen = match seen.take() {
                Some(seen) => seen,
                None => self.look(scope, places, now).await?,
            };
            if seen.found.is_none() && matches!(seen.vacant, Slot::Namesake) {
                return Err(StoreError::Namesake.into());
            }
            let change = decide(seen.found.as_ref())?;
            let index = seen.found.as_ref().map_or(0, |found| found.index);
            let id = places.get(index).ok_or(StoreError::Damaged("no id"))?.id;
            let parts = self.change_parts(scope, id, seen, change, now)?;
            if self.transact_as(scope, Some(id), parts).await? == Outcome::Done {
                return Ok(Changed { index });
            }
            retry.after_pause().await?;
        }
    }

    fn change_parts(
        &self,
        scope: &Scope,
        id: KeyId,
        seen: Seen,
        change: Change,
        now: Millis,
    ) -> Result<Vec<TransactWriteItem>, StoreError> {
        match (change, seen.found, seen.vacant) {
            (Change::Put(new, counters), Some(found), _) => self.replace_parts(scope, &found.key, &new, counters, now),
            (Change::Put(..), None, Slot::Foreign) => Err(StoreError::Foreign),
            (Change::Put(new, _), None, Slot::Gone(old)) => self.revive_parts(scope, id, old, &new, now),
            (Change::Put(new, _), None, _) => self.create_parts(scope, id, &new, now),
            (Change::Delete, Some(found), _) => self.delete_parts(scope, &found.key, now),
            (Change::Delete, None, _) => Err(StoreError::Damaged("nothing to delete")),
        }
    }

    async fn look(&self, scope: &Scope, places: &[Sought<'_>], now: Millis) -> Result<Seen, StoreError> {
        let mut seen = Seen { found: None, vacant: Slot::Empty };
        for (index, sought) in places.iter().enumerate() {
            match self.slot(scope, *sought, now).await? {
                Slot::Live(key) => {
                    seen.found = Some(Found { index, key: *key });
                    break;
                }
                slot if index == 0 => seen.vacant = slot,
                _ => {}
            }
        }
        Ok(seen)
    }
}
