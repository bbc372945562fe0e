//! The parts of transactions that replace a key, move it to another organisation, or delete it.

use aws_sdk_dynamodb::types::TransactWriteItem;

use super::naming::Naming;
use super::new_key::{NewKey, token_flag};
use super::rows::live_row;
use crate::access::Scope;
use crate::clock::Millis;
use crate::keys::{Key, KeyConfig};
use crate::orgs::OrgId;
use crate::store::audit::Audited;
use crate::store::items::attributes::{name, s};
use crate::store::items::primary_key::{RowGroup, item_key, row_key};
use crate::store::write::replace_config::{self, Counters};
use crate::store::write::update::Update;
use crate::store::{Store, StoreError, Table};

impl Store {
    /// The parts that give a key other settings, and perhaps another organisation.
    pub(super) fn replace_parts(
        &self,
        scope: &Scope,
        old: &Key,
        new: &NewKey,
        counters: Counters,
        now: Millis,
    ) -> Result<Vec<TransactWriteItem>, StoreError> {
        let limits = &old.config.limits;
        self.check_size(&replace_config::replaced_item(&new.config, limits, counters, now))?;
        let mut update = Update::revise(old.revision);
        replace_config::replace(&mut update, &new.config, (old.revision, limits), counters, now);
        update.set_or_remove(name::TOKEN, token_flag(new));
        let rows = if old.org == new.org { Vec::new() } else { self.move_key(&mut update, old, &new.org)? };
        let mut parts = vec![self.update(Table::Keys, item_key(old.id), update)?];
        parts.extend(rows);
        let listed = |config: &KeyConfig| (config.kept_until, config.access.apis().cloned().collect::<Vec<_>>());
        let token_changed = old.token_kept != new.token.is_some();
        if token_changed || new.apis.is_some() || listed(&old.config) != listed(&new.config) {
            parts.push(self.put(Table::OrgKeys, live_row(old.dialect, &old.home, new, old.made, old.id))?);
        }
        let change = (Some(&old.config), Some(&new.config));
        let audited = Audited::key("key.replace", old.id, old.revision + 1, &new.org, change);
        parts.push(self.audit(scope, now, &audited.of_key_from(&old.org))?);
        let before = Some((&old.org, old.config.policies.as_slice()));
        let after = Some((&new.org, new.config.policies.as_slice()));
        let naming = Naming { dialect: old.dialect, id: old.id, made: old.made, before, after };
        parts.extend(self.naming_parts(naming)?);
        Ok(parts)
    }

    /// Moves a key to `org`, by `update` and the parts returned. Its row in the list stays where it
    /// is, so that whoever reads the list page by page meets it once. Another row leads from its
    /// new organisation to its use.
    fn move_key(&self, update: &mut Update, old: &Key, org: &OrgId) -> Result<Vec<TransactWriteItem>, StoreError> {
        let mut parts = self.move_own_use(update, old.into(), org)?;
        update.set(name::OWNER, s(org.as_str()));
        // Another organisation has another epoch.
        update.remove(name::FOLLOWED);
        let row = |org: &OrgId| row_key(old.dialect, org, RowGroup::Moved, old.made, old.id);
        if old.org != old.home {
            parts.push(self.delete(Table::OrgKeys, row(&old.org))?);
        }
        if *org == old.home {
            update.remove(name::HOME);
        } else {
            update.set(name::HOME, s(old.home.as_str()));
            parts.push(self.put(Table::OrgKeys, row(org))?);
        }
        Ok(parts)
    }

    /// The parts that make a key a tombstone and move its row aside.
    pub(super) fn delete_parts(
        &self,
        scope: &Scope,
        old: &Key,
        now: Millis,
    ) -> Result<Vec<TransactWriteItem>, StoreError> {
        let mut update = Update::revise(old.revision);
        replace_config::bury(&mut update);
        let [live, gone] =
            [RowGroup::Live, RowGroup::Gone].map(|group| row_key(old.dialect, &old.home, group, old.made, old.id));
        let change = (Some(&old.config), None);
        let audited = Audited::key("key.delete", old.id, old.revision + 1, &old.org, change);
        let mut parts = vec![
            self.update(Table::Keys, item_key(old.id), update)?,
            self.delete(Table::OrgKeys, live)?,
            self.put(Table::OrgKeys, gone)?,
            self.audit(scope, now, &audited)?,
        ];
        if old.dialect.counts_keys() {
            parts.push(self.count_one_less(&old.org)?);
        }
        let before = Some((&old.org, old.config.policies.as_slice()));
        let naming = Naming { dialect: old.dialect, id: old.id, made: old.made, before, after: None };
        parts.extend(self.naming_parts(naming)?);
        Ok(parts)
    }
}
