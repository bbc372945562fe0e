//! What each change of a key consists of: the item, its row in the list, and the audit record, all or nothing.

use aws_sdk_dynamodb::types::{AttributeValue, TransactWriteItem};

use super::attributes::{self, Item, n, name, s};
use super::audit::Audited;
use super::key_item::{item_key, live_row, owner, row_key};
use super::list::{GONE, LIVE, MOVED};
use super::record::{self, Counters};
use super::transaction::Changes;
use super::{NewKey, Store, StoreError, Table};
use crate::clock::Millis;
use crate::keys::{Config, Key, KeyId, OrgId, Scope};

/// What a key that is made again must know of its former life.
pub(super) struct Tombstone {
    pub(super) revision: i64,
    /// Its rows in lists of keys.
    pub(super) rows: Vec<Item>,
}

impl Store {
    /// A key where there never was one.
    pub(super) fn create_parts(
        &self,
        scope: &Scope,
        id: KeyId,
        new: &NewKey,
        now: Millis,
    ) -> Result<Vec<TransactWriteItem>, StoreError> {
        let mut item = record::new_item(&new.config);
        item.extend(item_key(id));
        item.extend(owner(scope.dialect, &new.org));
        item.insert(name::MADE.into(), n(now));
        item.extend(new.token.as_ref().map(|_| (name::TOKEN.into(), AttributeValue::Bool(true))));
        self.check_size(&item)?;
        Ok(vec![
            self.put_new(Table::Keys, item)?,
            self.put(Table::OrgKeys, live_row(scope.dialect, &new.org, new, now, id))?,
            self.audit(scope, now, &audited("key.create", id, 1, &new.org, None, Some(&new.config)))?,
        ])
    }

    /// Makes a name again that was deleted, or whose time was over: fresh counters, usage goes on.
    pub(super) fn revive_parts(
        &self,
        scope: &Scope,
        id: KeyId,
        old: Tombstone,
        new: &NewKey,
        now: Millis,
    ) -> Result<Vec<TransactWriteItem>, StoreError> {
        self.check_size(&record::new_item(&new.config))?;
        let mut changes = Changes::of_revision(old.revision);
        record::revive(&mut changes, &new.config, old.revision);
        for (name, value) in owner(scope.dialect, &new.org) {
            changes.set(&name, value);
        }
        changes.remove(name::HOME);
        changes.set(name::MADE, n(now));
        note_token(&mut changes, new);
        let revision = old.revision + 1;
        let mut parts = vec![
            self.update(Table::Keys, item_key(id), changes)?,
            self.put(Table::OrgKeys, live_row(scope.dialect, &new.org, new, now, id))?,
            self.audit(scope, now, &audited("key.create", id, revision, &new.org, None, Some(&new.config)))?,
        ];
        for row in old.rows {
            parts.push(self.delete(Table::OrgKeys, row)?);
        }
        Ok(parts)
    }

    /// A key with other settings, and where that changed, under another organisation.
    pub(super) fn replace_parts(
        &self,
        scope: &Scope,
        old: &Key,
        new: &NewKey,
        counters: Counters,
        now: Millis,
    ) -> Result<Vec<TransactWriteItem>, StoreError> {
        let limits = &old.config.limits;
        self.check_size(&record::replaced_item(&new.config, limits, counters, now))?;
        let mut changes = Changes::of_revision(old.revision);
        record::replace(&mut changes, &new.config, (old.revision, limits), counters, now);
        note_token(&mut changes, new);
        let rows = if old.org == new.org { Vec::new() } else { self.move_key(&mut changes, old, &new.org)? };
        let mut parts = vec![self.update(Table::Keys, item_key(old.id), changes)?];
        parts.extend(rows);
        let listed = |config: &Config| (config.kept_until, config.access.apis().cloned().collect::<Vec<_>>());
        let token_changed = old.token_kept != new.token.is_some();
        if token_changed || listed(&old.config) != listed(&new.config) {
            parts.push(self.put(Table::OrgKeys, live_row(old.dialect, &old.home, new, old.made, old.id))?);
        }
        let (before, after) = (Some(&old.config), Some(&new.config));
        parts.push(self.audit(
            scope,
            now,
            &audited("key.replace", old.id, old.revision + 1, &new.org, before, after),
        )?);
        Ok(parts)
    }

    /// Moves a key to `org`, as a part of `changes`. Its row in the list stays where it is, so that whoever reads the list
    /// page by page comes to it once; another row leads from its new organisation to its use.
    fn move_key(&self, changes: &mut Changes, old: &Key, org: &OrgId) -> Result<Vec<TransactWriteItem>, StoreError> {
        changes.set(name::OWNER, s(org.as_str()));
        let row = |org: &OrgId| row_key(old.dialect, org, MOVED, old.made, old.id);
        let mut parts = Vec::new();
        if old.org != old.home {
            parts.push(self.delete(Table::OrgKeys, row(&old.org))?);
        }
        if *org == old.home {
            changes.remove(name::HOME);
        } else {
            changes.set(name::HOME, s(old.home.as_str()));
            parts.push(self.put(Table::OrgKeys, row(org))?);
        }
        Ok(parts)
    }

    /// A key's end: a tombstone, and its row moved aside.
    pub(super) fn delete_parts(
        &self,
        scope: &Scope,
        old: &Key,
        now: Millis,
    ) -> Result<Vec<TransactWriteItem>, StoreError> {
        let mut changes = Changes::of_revision(old.revision);
        record::bury(&mut changes);
        let [live, gone] = [LIVE, GONE].map(|group| row_key(old.dialect, &old.home, group, old.made, old.id));
        let mut parts = vec![
            self.update(Table::Keys, item_key(old.id), changes)?,
            self.delete(Table::OrgKeys, live)?,
            self.put(Table::OrgKeys, gone)?,
            self.audit(
                scope,
                now,
                &audited("key.delete", old.id, old.revision + 1, &old.org, Some(&old.config), None),
            )?,
        ];
        if old.dialect.counts_keys() {
            parts.push(self.count_one_less(&old.org)?);
        }
        Ok(parts)
    }

    /// Refuses an item that is larger than a key may be.
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
