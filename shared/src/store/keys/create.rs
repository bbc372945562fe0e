//! Makes keys: where there never was one, or in the place of a deleted one.

use aws_sdk_dynamodb::types::TransactWriteItem;

use super::find::{Slot, Tombstone};
use super::naming::Naming;
use super::new_key::{NewKey, token_flag};
use super::repeat::Earlier;
use super::rows::live_row;
use crate::access::{OrgScope, Scope};
use crate::clock::Millis;
use crate::keys::{Dialect, KeyId, Repeatable};
use crate::store::audit::Audited;
use crate::store::items::attributes::{n, name};
use crate::store::items::key::owner;
use crate::store::items::key_config;
use crate::store::items::primary_key::item_key;
use crate::store::write::replace_config;
use crate::store::write::retry::Retry;
use crate::store::write::transaction::Outcome;
use crate::store::write::update::Update;
use crate::store::{Store, StoreError, Table};
use crate::telemetry;

/// Conditions under which a key is made.
#[derive(Clone, Copy, Default)]
pub struct Terms<'a> {
    /// The request, if it can be repeated: a repetition makes no second key.
    pub request: Option<&'a Repeatable>,
    /// The most keys that the organisation may have, if they are counted.
    pub cap: Option<usize>,
}

/// What became of a request to make a key.
#[derive(Debug)]
pub enum Created {
    /// The key was made.
    Made,
    /// The same request made one before.
    Earlier(Earlier),
    /// A key with this id exists, or existed.
    Taken,
    /// The organisation has as many keys as it may have.
    CapReached,
}

impl Store {
    /// Makes a key with an id that nobody can have used: one transaction, no read.
    ///
    /// # Errors
    /// When the key is too large, or the store fails.
    pub async fn create(
        &self,
        scope: &OrgScope,
        id: KeyId,
        new: &NewKey,
        terms: Terms<'_>,
        now: Millis,
    ) -> Result<Created, StoreError> {
        let mut retry = Retry::of_change();
        loop {
            let mut parts = self.create_parts(scope, id, new, now)?;
            let counted = parts.len();
            if let Some(cap) = terms.cap {
                parts.push(self.count_one_more(&new.org, cap)?);
            }
            if let Some(request) = terms.request {
                parts.push(self.note_request(request, id, now)?);
            }
            let Outcome::Lost(failed) = self.transact_as(scope, None, parts).await? else {
                return Ok(Created::Made);
            };
            // Was it a repetition, was the id taken, or did it only meet another transaction?
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
            retry.after_pause().await?;
        }
    }

    /// The parts that make a key where there never was one.
    pub(super) fn create_parts(
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
        item.extend(token_flag(new).map(|flag| (name::TOKEN.into(), flag)));
        self.check_size(&item)?;
        let mut parts = vec![
            self.put_new(Table::Keys, item)?,
            self.put(Table::OrgKeys, live_row(scope.dialect, &new.org, new, now, id))?,
            self.audit(scope, now, &Audited::key("key.create", id, 1, &new.org, (None, Some(&new.config))))?,
        ];
        parts.extend(self.naming_parts(named_by(scope.dialect, id, new, now))?);
        telemetry::about_key(id, &new.org);
        Ok(parts)
    }

    /// The parts that make a key in the place of one that was deleted or expired. Counters start
    /// afresh, usage goes on.
    pub(super) fn revive_parts(
        &self,
        scope: &Scope,
        id: KeyId,
        old: Tombstone,
        new: &NewKey,
        now: Millis,
    ) -> Result<Vec<TransactWriteItem>, StoreError> {
        self.check_size(&key_config::new_item(&new.config))?;
        let mut update = Update::revise(old.revision);
        replace_config::revive(&mut update, &new.config, old.revision);
        let moved = self.move_own_use(&mut update, old.own_use(), &new.org)?;
        update.set_all(owner(scope.dialect, &new.org));
        update.remove(name::HOME);
        update.set(name::MADE, n(now));
        update.set_or_remove(name::TOKEN, token_flag(new));
        let audited = Audited::key("key.create", id, old.revision + 1, &new.org, (None, Some(&new.config)));
        let mut parts = vec![
            self.update(Table::Keys, item_key(id), update)?,
            self.put(Table::OrgKeys, live_row(scope.dialect, &new.org, new, now, id))?,
            self.audit(scope, now, &audited.of_key_from(&old.org))?,
        ];
        parts.extend(moved);
        for row in old.rows {
            parts.push(self.delete(Table::OrgKeys, row)?);
        }
        parts.extend(self.naming_parts(named_by(scope.dialect, id, new, now))?);
        telemetry::about_key(id, &new.org);
        Ok(parts)
    }
}

/// The policies that a key comes to name when it is made.
fn named_by(dialect: Dialect, id: KeyId, new: &NewKey, made: Millis) -> Naming<'_> {
    Naming { dialect, id, made, before: None, after: Some((&new.org, &new.config.policies)) }
}
