//! Keys: found by id, made, changed and deleted. Each change is tried again when another came between.

use super::list::{GONE, LIVE, MOVED};
use super::parts::Tombstone;
use super::repeat::Earlier;
use crate::access::Scope;
use crate::clock::Millis;
use crate::keys::{Key, KeyConfig, KeyId, Repeatable, kept};
use crate::orgs::OrgId;
use crate::secrets::Sealed;
use crate::store::items::attributes::{self, name};
use crate::store::items::key::{self, item_key, owner_of, row_key};
use crate::store::items::key_config::{self, Counters};
use crate::store::write::transaction::{ATTEMPTS, Outcome, pause};
use crate::store::{Store, StoreError, Table};

/// Where a key is looked for.
#[derive(Clone, Copy, Debug)]
pub struct Sought<'a> {
    /// Its id.
    pub id: KeyId,
    /// The organisation in which a name stands for the id, so that no key of another can be meant.
    pub within: Option<&'a OrgId>,
}

impl From<KeyId> for Sought<'_> {
    fn from(id: KeyId) -> Self {
        Self { id, within: None }
    }
}

/// A key that was looked for in several places.
#[derive(Debug)]
pub struct Found {
    /// Which of the places it was found in: an index.
    pub index: usize,
    /// The key.
    pub key: Key,
}

/// What a key is to be.
#[derive(Clone, Debug)]
pub struct NewKey {
    /// Whose it is.
    pub org: OrgId,
    /// What it is set to.
    pub config: KeyConfig,
    /// Its token, sealed, to be listed; `None` where only the id is.
    pub token: Option<Sealed>,
}

/// What making a key hangs on besides.
#[derive(Clone, Copy, Default)]
pub struct Terms<'a> {
    /// The request, if it can be repeated: one that came before makes no other key.
    pub request: Option<&'a Repeatable>,
    /// The most keys that the organisation may have, where they are counted.
    pub cap: Option<usize>,
}

/// What became of a request to make a key.
#[derive(Debug)]
pub enum Created {
    /// The key was made.
    Made,
    /// The same request made one before.
    Earlier(Earlier),
    /// A key with this id exists, or did.
    Taken,
    /// The organisation has as many keys as it may.
    CapReached,
}

/// What is to become of a key.
#[derive(Debug)]
pub enum Change {
    /// Replaces the key that was found, or makes one in the first place.
    Put(Box<NewKey>, Counters),
    /// Deletes the key that was found.
    Delete,
}

/// What a change did: the index of the place it was done in.
#[derive(Debug)]
pub struct Changed {
    /// Which of the places: an index.
    pub index: usize,
}

/// What stands at an id.
enum Slot {
    Empty,
    /// A deleted key, or one whose time in the store is over.
    Gone(Tombstone),
    Live(Box<Key>),
    /// A key outside the caller's scope, live or deleted.
    Foreign,
    /// A key of another organisation than the one in which a name led here, live or deleted.
    Namesake,
}

/// What a change found.
struct Seen {
    /// The key in the first place that has one.
    found: Option<Found>,
    /// What stands in the first place, if that is no key.
    vacant: Slot,
}

impl Store {
    /// The key with this id, if there is one within `scope`. One read.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn find(&self, scope: &Scope, id: KeyId, now: Millis) -> Result<Option<Key>, StoreError> {
        Ok(self.find_first(scope, &[id.into()], now).await?.map(|found| found.key))
    }

    /// The first of `places` that has a key within `scope`. One read for each place that is tried.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn find_first(
        &self,
        scope: &Scope,
        places: &[Sought<'_>],
        now: Millis,
    ) -> Result<Option<Found>, StoreError> {
        for (index, sought) in places.iter().enumerate() {
            if let Slot::Live(key) = self.slot(scope, *sought, now).await? {
                return Ok(Some(Found { index, key: *key }));
            }
        }
        Ok(None)
    }

    /// Makes a key with an id that nobody can have used: one transaction, no read.
    ///
    /// # Errors
    /// When the key is too large, or the store fails.
    pub async fn create(
        &self,
        scope: &Scope,
        id: KeyId,
        new: &NewKey,
        terms: Terms<'_>,
        now: Millis,
    ) -> Result<Created, StoreError> {
        for attempt in 0..ATTEMPTS {
            let mut parts = self.create_parts(scope, id, new, now)?;
            let counted = parts.len();
            if let Some(cap) = terms.cap {
                parts.push(self.count_one_more(&new.org, cap)?);
            }
            if let Some(request) = terms.request {
                parts.push(self.note_request(request, id, now)?);
            }
            let Outcome::Lost(failed) = self.transact_as(scope, None, parts).await? else { return Ok(Created::Made) };
            // Came before, made before, or only met another transaction?
            if let Some(request) = terms.request
                && let Some(earlier) = self.earlier(request, now).await?
            {
                return Ok(Created::Earlier(earlier));
            }
            if terms.cap.is_some() && failed.contains(&counted) {
                return Ok(Created::CapReached);
            }
            if !matches!(self.slot(scope, id.into(), now).await?, Slot::Empty) {
                return Ok(Created::Taken);
            }
            pause(attempt).await;
        }
        Err(StoreError::Contended)
    }

    /// Changes the key in the first of `places` that has one, as `decide` says on seeing it; `None` when none has. One read
    /// for each place that is tried and one transaction; read and decided again when another change came between.
    ///
    /// # Errors
    /// What `decide` refuses, or when the key is too large, or the store fails; [`StoreError::Foreign`] or
    /// [`StoreError::Namesake`] when the place where a key would be made is another's.
    pub async fn change<E: From<StoreError>>(
        &self,
        scope: &Scope,
        places: &[Sought<'_>],
        now: Millis,
        decide: impl FnMut(Option<&Found>) -> Result<Change, E>,
    ) -> Result<Changed, E> {
        let seen = self.look(scope, places, now).await?;
        self.change_seen(scope, places, seen, now, decide).await
    }

    /// Changes `key`, which was just read within `scope`, as [`Store::change`] does, but without its first read: one
    /// transaction.
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
        self.change_seen(scope, &places, seen, now, decide).await
    }

    async fn change_seen<E: From<StoreError>>(
        &self,
        scope: &Scope,
        places: &[Sought<'_>],
        mut seen: Seen,
        now: Millis,
        mut decide: impl FnMut(Option<&Found>) -> Result<Change, E>,
    ) -> Result<Changed, E> {
        for attempt in 0..ATTEMPTS {
            let Seen { found, vacant } = seen;
            if found.is_none() && matches!(vacant, Slot::Namesake) {
                return Err(StoreError::Namesake.into());
            }
            let change = decide(found.as_ref())?;
            let index = found.as_ref().map_or(0, |found| found.index);
            let id = places.get(index).ok_or(StoreError::Damaged("no id"))?.id;
            let parts = match (change, &found, vacant) {
                (Change::Put(new, counters), Some(found), _) => {
                    self.replace_parts(scope, &found.key, &new, counters, now)
                }
                (Change::Put(..), None, Slot::Foreign) => Err(StoreError::Foreign),
                (Change::Put(new, _), None, Slot::Gone(old)) => self.revive_parts(scope, id, old, &new, now),
                (Change::Put(new, _), None, _) => self.create_parts(scope, id, &new, now),
                (Change::Delete, Some(found), _) => self.delete_parts(scope, &found.key, now),
                (Change::Delete, None, _) => Err(StoreError::Damaged("nothing to delete")),
            };
            if self.transact_as(scope, Some(id), parts?).await? == Outcome::Done {
                return Ok(Changed { index });
            }
            pause(attempt).await;
            seen = self.look(scope, places, now).await?;
        }
        Err(StoreError::Contended.into())
    }

    /// Looks for the first of `places` that has a key.
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

    async fn slot(&self, scope: &Scope, sought: Sought<'_>, now: Millis) -> Result<Slot, StoreError> {
        let id = sought.id;
        let read = self.client.get_item().table_name(self.table(Table::Keys)).set_key(Some(item_key(id)));
        let read = read.consistent_read(true).send().await.map_err(StoreError::failed("GetItem"))?;
        let Some(item) = read.item else { return Ok(Slot::Empty) };
        let (dialect, org) = owner_of(&item)?;
        if !scope.covers(dialect, &org) {
            return Ok(Slot::Foreign);
        }
        if sought.within.is_some_and(|within| *within != org) {
            return Ok(Slot::Namesake);
        }
        let kept = kept(attributes::optional_number(&item, name::KEPT_UNTIL)?, now);
        if key_config::is_deleted(&item) || !kept {
            let (revision, made) = (attributes::number(&item, name::REVISION)?, attributes::number(&item, name::MADE)?);
            let home = key::home_of(&item, &org)?;
            let group = if key_config::is_deleted(&item) { GONE } else { LIVE };
            let mut rows = vec![row_key(dialect, &home, group, made, id)];
            if home != org {
                rows.push(row_key(dialect, &org, MOVED, made, id));
            }
            return Ok(Slot::Gone(Tombstone { revision, rows }));
        }
        Ok(Slot::Live(Box::new(key::read(id, &item)?)))
    }
}
