//! Keys: found by id, made, changed and deleted, each change with its audit record and its place in the list.

use aws_sdk_dynamodb::types::{AttributeValue, TransactWriteItem};

use super::attributes::{self, Item, b, n, name, s};
use super::audit::Audited;
use super::idempotency::Earlier;
use super::record::{self, Counters};
use super::transaction::{ATTEMPTS, Changes, Outcome, pause};
use super::{Store, StoreError, Table};
use crate::clock::Millis;
use crate::keys::{Config, Dialect, Key, KeyId, OrgId, Repeatable, Scope, Sealed, kept};

/// A key that was looked for under several ids.
#[derive(Debug)]
pub struct Found {
    /// Which of the ids it has: an index.
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
    pub config: Config,
    /// Its token, sealed, to be listed; `None` where only the id is.
    pub token: Option<Sealed>,
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
}

/// What is to become of a key.
#[derive(Debug)]
pub enum Change {
    /// Replaces the key that was found, or makes one with the first id.
    Put(Box<NewKey>, Counters),
    /// Deletes the key that was found.
    Delete,
}

/// What a change did: the index of the id it was done to.
#[derive(Debug)]
pub struct Changed {
    /// Which of the ids: an index.
    pub index: usize,
}

/// What stands at an id.
enum Slot {
    Empty,
    /// A deleted key, or one whose time in the store is over.
    Gone(Tombstone),
    Live(Box<Key>),
}

/// What a key that is made again must know of its former life.
struct Tombstone {
    revision: i64,
    /// Its row in the list of keys.
    row: Item,
}

impl Store {
    /// The key with this id, if there is one within `scope`. One read.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn find(&self, scope: &Scope, id: KeyId, now: Millis) -> Result<Option<Key>, StoreError> {
        Ok(self.find_first(scope, &[id], now).await?.map(|found| found.key))
    }

    /// The first of `ids` that is a key within `scope`. One read for each id that is tried.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn find_first(&self, scope: &Scope, ids: &[KeyId], now: Millis) -> Result<Option<Found>, StoreError> {
        for (index, id) in ids.iter().enumerate() {
            if let Slot::Live(key) = self.slot(scope, *id, now).await? {
                return Ok(Some(Found { index, key: *key }));
            }
        }
        Ok(None)
    }

    /// Makes a key with an id that nobody can have used: one transaction, no read. A request that can be repeated
    /// and came before makes none.
    ///
    /// # Errors
    /// When the key is too large, or the store fails.
    pub async fn create(
        &self,
        scope: &Scope,
        id: KeyId,
        new: &NewKey,
        request: Option<&Repeatable>,
        now: Millis,
    ) -> Result<Created, StoreError> {
        for attempt in 0..ATTEMPTS {
            let mut parts = self.create_parts(scope, id, new, now)?;
            if let Some(request) = request {
                parts.push(self.note_request(request, id, now)?);
            }
            if self.transact(parts).await? == Outcome::Done {
                return Ok(Created::Made);
            }
            // Came before, made before, or only met another transaction?
            if let Some(request) = request
                && let Some(earlier) = self.earlier(request, now).await?
            {
                return Ok(Created::Earlier(earlier));
            }
            if !matches!(self.slot(scope, id, now).await?, Slot::Empty) {
                return Ok(Created::Taken);
            }
            pause(attempt).await;
        }
        Err(StoreError::Contended)
    }

    /// Changes the first of `ids` that is a key, as `decide` says on seeing it; `None` when none is. One read
    /// for each id that is tried and one transaction; read and decided again when another change came between.
    ///
    /// # Errors
    /// What `decide` refuses, or when the key is too large, or the store fails.
    pub async fn change<E: From<StoreError>>(
        &self,
        scope: &Scope,
        ids: &[KeyId],
        now: Millis,
        mut decide: impl FnMut(Option<&Found>) -> Result<Change, E>,
    ) -> Result<Changed, E> {
        for attempt in 0..ATTEMPTS {
            let mut vacant = None;
            let mut found = None;
            for (index, id) in ids.iter().enumerate() {
                match self.slot(scope, *id, now).await? {
                    Slot::Live(key) => {
                        found = Some(Found { index, key: *key });
                        break;
                    }
                    slot if index == 0 => vacant = Some(slot),
                    _ => {}
                }
            }
            let change = decide(found.as_ref())?;
            let index = found.as_ref().map_or(0, |found| found.index);
            let id = *ids.get(index).ok_or(StoreError::Damaged("no id"))?;
            let parts = match (change, &found, vacant) {
                (Change::Put(new, counters), Some(found), _) => {
                    self.replace_parts(scope, &found.key, &new, counters, now)
                }
                (Change::Put(new, _), None, Some(Slot::Gone(old))) => self.revive_parts(scope, id, old, &new, now),
                (Change::Put(new, _), None, _) => self.create_parts(scope, id, &new, now),
                (Change::Delete, Some(found), _) => self.delete_parts(scope, &found.key, now),
                (Change::Delete, None, _) => Err(StoreError::Damaged("nothing to delete")),
            };
            if self.transact(parts?).await? == Outcome::Done {
                return Ok(Changed { index });
            }
            pause(attempt).await;
        }
        Err(StoreError::Contended.into())
    }

    async fn slot(&self, scope: &Scope, id: KeyId, now: Millis) -> Result<Slot, StoreError> {
        let read = self.client.get_item().table_name(self.table(Table::Keys)).set_key(Some(key(id)));
        let read = read.consistent_read(true).send().await.map_err(StoreError::failed("GetItem"))?;
        let Some(item) = read.item else { return Ok(Slot::Empty) };
        let kept = kept(attributes::optional_number(&item, name::KEPT_UNTIL)?, now);
        if record::is_deleted(&item) || !kept {
            let (dialect, org) = owner_of(&item)?;
            let (revision, made) = (attributes::number(&item, name::REVISION)?, attributes::number(&item, name::MADE)?);
            let row = row_key(dialect, &org, made, id, !record::is_deleted(&item));
            return Ok(Slot::Gone(Tombstone { revision, row }));
        }
        let key = from_item(id, &item)?;
        Ok(if scope.covers(key.dialect, &key.org) { Slot::Live(Box::new(key)) } else { Slot::Empty })
    }

    fn create_parts(
        &self,
        scope: &Scope,
        id: KeyId,
        new: &NewKey,
        now: Millis,
    ) -> Result<Vec<TransactWriteItem>, StoreError> {
        let mut item = record::new_item(&new.config);
        item.extend(key(id));
        item.extend(owner(scope.dialect, &new.org));
        item.insert(name::MADE.into(), n(now));
        item.extend(new.token.as_ref().map(|_| (name::TOKEN.into(), AttributeValue::Bool(true))));
        self.check_size(&item)?;
        Ok(vec![
            self.put_new(Table::Keys, item)?,
            self.put(Table::OrgKeys, live_row(scope.dialect, new, now, id))?,
            self.audit(scope, now, &audited("key.create", id, 1, &new.org, None, Some(&new.config)))?,
        ])
    }

    /// Makes a name again that was deleted, or whose time was over: fresh counters, usage goes on.
    fn revive_parts(
        &self,
        scope: &Scope,
        id: KeyId,
        old: Tombstone,
        new: &NewKey,
        now: Millis,
    ) -> Result<Vec<TransactWriteItem>, StoreError> {
        self.check_size(&record::new_item(&new.config))?;
        let mut changes = Changes::of_revision(old.revision);
        record::replace(&mut changes, &new.config, None, now);
        for (name, value) in owner(scope.dialect, &new.org) {
            changes.set(&name, value);
        }
        changes.set(name::MADE, n(now));
        note_token(&mut changes, new);
        let revision = old.revision + 1;
        Ok(vec![
            self.update(Table::Keys, key(id), changes)?,
            self.delete(Table::OrgKeys, old.row)?,
            self.put(Table::OrgKeys, live_row(scope.dialect, new, now, id))?,
            self.audit(scope, now, &audited("key.create", id, revision, &new.org, None, Some(&new.config)))?,
        ])
    }

    fn replace_parts(
        &self,
        scope: &Scope,
        old: &Key,
        new: &NewKey,
        counters: Counters,
        now: Millis,
    ) -> Result<Vec<TransactWriteItem>, StoreError> {
        self.check_size(&record::new_item(&new.config))?;
        let running = (counters == Counters::RunOn).then_some(&old.config.limits);
        let mut changes = Changes::of_revision(old.revision);
        record::replace(&mut changes, &new.config, running, now);
        note_token(&mut changes, new);
        let moved = old.org != new.org;
        if moved {
            changes.set(name::OWNER, s(new.org.as_str()));
        }
        let mut parts = vec![self.update(Table::Keys, key(old.id), changes)?];
        if moved {
            parts.push(self.delete(Table::OrgKeys, row_key(old.dialect, &old.org, old.made, old.id, true))?);
        }
        let listed = |config: &Config| (config.kept_until, config.access.keys().cloned().collect::<Vec<_>>());
        let token_changed = old.token_kept != new.token.is_some();
        if moved || token_changed || listed(&old.config) != listed(&new.config) {
            parts.push(self.put(Table::OrgKeys, live_row(old.dialect, new, old.made, old.id))?);
        }
        let (before, after) = (Some(&old.config), Some(&new.config));
        parts.push(self.audit(
            scope,
            now,
            &audited("key.replace", old.id, old.revision + 1, &new.org, before, after),
        )?);
        Ok(parts)
    }

    fn delete_parts(&self, scope: &Scope, old: &Key, now: Millis) -> Result<Vec<TransactWriteItem>, StoreError> {
        let mut changes = Changes::of_revision(old.revision);
        record::bury(&mut changes);
        let [live, gone] = [true, false].map(|live| row_key(old.dialect, &old.org, old.made, old.id, live));
        Ok(vec![
            self.update(Table::Keys, key(old.id), changes)?,
            self.delete(Table::OrgKeys, live)?,
            self.put(Table::OrgKeys, gone)?,
            self.audit(
                scope,
                now,
                &audited("key.delete", old.id, old.revision + 1, &old.org, Some(&old.config), None),
            )?,
        ])
    }

    pub(super) fn check_size(&self, item: &Item) -> Result<(), StoreError> {
        let max_bytes = self.max_key_bytes;
        if attributes::size(item) > max_bytes { Err(StoreError::TooLarge { max_bytes }) } else { Ok(()) }
    }
}

fn audited<'a>(
    what: &'static str,
    id: KeyId,
    revision: i64,
    org: &'a OrgId,
    before: Option<&'a Config>,
    after: Option<&'a Config>,
) -> Audited<'a> {
    Audited { what, subject: format!("key:{id}"), org, revision, before, after }
}

/// Notes whether the key's row holds its token.
fn note_token(changes: &mut Changes, new: &NewKey) {
    match new.token {
        Some(_) => changes.set(name::TOKEN, AttributeValue::Bool(true)),
        None => changes.remove(name::TOKEN),
    }
}

/// Reads a key that is there.
pub(super) fn from_item(id: KeyId, item: &Item) -> Result<Key, StoreError> {
    let (dialect, org) = owner_of(item)?;
    Ok(Key {
        id,
        revision: attributes::number(item, name::REVISION)?,
        dialect,
        org,
        made: attributes::number(item, name::MADE)?,
        used: record::used(item)?,
        token_kept: item.contains_key(name::TOKEN),
        config: record::config(item)?,
    })
}

fn owner_of(item: &Item) -> Result<(Dialect, OrgId), StoreError> {
    let dialect = Dialect::from_stored(attributes::text(item, name::DIALECT)?);
    let org = OrgId::from_stored(attributes::text(item, name::OWNER)?);
    Ok((dialect.ok_or(StoreError::Damaged(name::DIALECT))?, org))
}

/// The key of a key's item.
pub(super) fn key(id: KeyId) -> Item {
    Item::from([("id".into(), s(format!("key#{id}")))])
}

fn owner(dialect: Dialect, org: &OrgId) -> Item {
    Item::from([(name::DIALECT.into(), s(dialect.as_str())), (name::OWNER.into(), s(org.as_str()))])
}

/// Where a key stands in its organisation's list: in order of creation, the live apart from the deleted.
fn row_key(dialect: Dialect, org: &OrgId, made: Millis, id: KeyId, live: bool) -> Item {
    let group = if live { super::list::LIVE } else { super::list::GONE };
    Item::from([
        ("org".into(), s(super::list::partition(dialect, org))),
        ("sk".into(), s(format!("{group}{made:013}#{id}"))),
    ])
}

fn live_row(dialect: Dialect, new: &NewKey, made: Millis, id: KeyId) -> Item {
    let mut row = row_key(dialect, &new.org, made, id, true);
    row.extend(new.token.as_ref().map(|token| (name::TOKEN.into(), b(token.as_bytes()))));
    row.extend(new.config.kept_until.map(|until| (name::KEPT_UNTIL.into(), n(until))));
    let apis: Vec<_> = new.config.access.keys().map(s).collect();
    if !apis.is_empty() {
        row.insert(name::APIS.into(), AttributeValue::L(apis));
    }
    row
}
