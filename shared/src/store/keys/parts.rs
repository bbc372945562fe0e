//! What each change of a key consists of: the item, its row in the list, and the audit record, all or nothing.

use aws_sdk_dynamodb::types::{AttributeValue, TransactWriteItem};

use super::list::{GONE, LIVE, MOVED};
use crate::access::Scope;
use crate::clock::Millis;
use crate::keys::{Key, KeyConfig, KeyId};
use crate::orgs::OrgId;
use crate::store::audit::Audited;
use crate::store::items::attributes::{self, Item, n, name, s};
use crate::store::items::key::{item_key, live_row, owner, row_key};
use crate::store::items::key_config::{self, Counters};
use crate::store::write::transaction::Changes;
use crate::store::{NewKey, Store, StoreError, Table};

/// What a key that is made again must know of its former life.
pub(in crate::store) struct Tombstone {
    pub(in crate::store) revision: i64,
    /// Its rows in lists of keys.
    pub(in crate::store) rows: Vec<Item>,
}

impl Store {
    /// A key where there never was one.
    pub(in crate::store) fn create_parts(
        &self,
        scope: &Scope,
        id: KeyId,
        new: &NewKey,
        now: Millis,
    ) -> Result<Vec<TransactWriteItem>, StoreError> {
        let mut item = key_config::new_item(&new.config);
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
    pub(in crate::store) fn revive_parts(
        &self,
        scope: &Scope,
        id: KeyId,
        old: Tombstone,
        new: &NewKey,
        now: Millis,
    ) -> Result<Vec<TransactWriteItem>, StoreError> {
        self.check_size(&key_config::new_item(&new.config))?;
        let mut changes = Changes::of_revision(old.revision);
        key_config::revive(&mut changes, &new.config, old.revision);
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
    pub(in crate::store) fn replace_parts(
        &self,
        scope: &Scope,
        old: &Key,
        new: &NewKey,
        counters: Counters,
        now: Millis,
    ) -> Result<Vec<TransactWriteItem>, StoreError> {
        let limits = &old.config.limits;
        self.check_size(&key_config::replaced_item(&new.config, limits, counters, now))?;
        let mut changes = Changes::of_revision(old.revision);
        key_config::replace(&mut changes, &new.config, (old.revision, limits), counters, now);
        note_token(&mut changes, new);
        let rows = if old.org == new.org { Vec::new() } else { self.move_key(&mut changes, old, &new.org)? };
        let mut parts = vec![self.update(Table::Keys, item_key(old.id), changes)?];
        parts.extend(rows);
        let listed = |config: &KeyConfig| (config.kept_until, config.access.apis().cloned().collect::<Vec<_>>());
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
    pub(in crate::store) fn delete_parts(
        &self,
        scope: &Scope,
        old: &Key,
        now: Millis,
    ) -> Result<Vec<TransactWriteItem>, StoreError> {
        let mut changes = Changes::of_revision(old.revision);
        key_config::bury(&mut changes);
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
    pub(in crate::store) fn check_size(&self, item: &Item) -> Result<(), StoreError> {
        let max_bytes = self.max_key_bytes;
        if attributes::size(item) > max_bytes { Err(StoreError::TooLarge { max_bytes }) } else { Ok(()) }
    }
}

fn audited<'a>(
    what: &'static str,
    id: KeyId,
    revision: i64,
    org: &'a OrgId,
    before: Option<&'a KeyConfig>,
    after: Option<&'a KeyConfig>,
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
