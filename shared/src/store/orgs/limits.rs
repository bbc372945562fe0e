//! The limits of organisations: one item each, and a list of those that have any.

use aws_sdk_dynamodb::types::TransactWriteItem;

use crate::access::{DialectScope, OrgScope};
use crate::clock::Millis;
use crate::keys::{KeyConfig, OrgLimits};
use crate::limits::Limits;
use crate::orgs::OrgId;
use crate::store::audit::Audited;
use crate::store::items::attributes::{self, Item, n, name, s};
use crate::store::items::primary_key::{LIMITED, limited_key, limited_org, limited_prefix, limits_key};
use crate::store::items::{key_config, limits, org_limits};
use crate::store::lookup::{Page, Place, Rows};
use crate::store::write::replace_config::{self, Counters};
use crate::store::write::retry::Retry;
use crate::store::write::transaction::Outcome;
use crate::store::write::update::Update;
use crate::store::{Store, StoreError, Table};

/// What the store has at the key of an organisation's limits.
enum StoredLimits {
    Empty,
    /// Limits that were deleted at this revision; their counters still exist.
    Gone(i64, Limits),
    Live(OrgLimits),
}

/// What is to become of an organisation's limits.
#[derive(Debug)]
pub enum OrgChange {
    /// Makes or replaces them.
    Put(Box<KeyConfig>, Counters),
    /// Deletes those that were found.
    Delete,
}

impl Store {
    /// The limits of the organisation, if it has any. One read.
    pub async fn org_limits(&self, scope: &OrgScope) -> Result<Option<OrgLimits>, StoreError> {
        Ok(match self.stored_limits(scope.org()).await? {
            StoredLimits::Live(limits) => Some(limits),
            StoredLimits::Empty | StoredLimits::Gone(..) => None,
        })
    }

    /// Changes the limits of the organisation as `decide` says on seeing them; it sees `None` if there are
    /// none. This costs one read and one transaction, and again if another change came first.
    ///
    /// # Errors
    /// What `decide` refuses, or when the limits are too large, or the store fails.
    pub async fn change_org_limits<E: From<StoreError>>(
        &self,
        scope: &OrgScope,
        now: Millis,
        mut decide: impl FnMut(Option<&OrgLimits>) -> Result<OrgChange, E>,
    ) -> Result<(), E> {
        let mut retry = Retry::of_change();
        loop {
            let stored = self.stored_limits(scope.org()).await?;
            let found = if let StoredLimits::Live(limits) = &stored { Some(limits) } else { None };
            let parts = match (decide(found)?, &stored) {
                (OrgChange::Put(config, counters), _) => self.put_parts(scope, &stored, &config, counters, now),
                (OrgChange::Delete, StoredLimits::Live(old)) => self.delete_org_parts(scope, old, now),
                (OrgChange::Delete, _) => Err(StoreError::Damaged("nothing to delete")),
            };
            if self.transact_as(scope, None, parts?).await? == Outcome::Done {
                return Ok(());
            }
            retry.after_pause().await?;
        }
    }

    /// The next organisations with limits whose ids begin with `prefix`, in byte order, from
    /// `after` on: one read.
    pub async fn limited_orgs(
        &self,
        _everywhere: &DialectScope,
        prefix: &str,
        after: Option<Place>,
    ) -> Result<Page<(String, Place)>, StoreError> {
        let prefix = limited_prefix(prefix);
        let query = self.query(Table::Organizations, LIMITED, &Rows::BeginningWith(&prefix));
        let query = query.set_exclusive_start_key(after.map(Item::from));
        let read = query.send().await.map_err(StoreError::failed("Query"))?;
        let page = Page::of(read.items, read.last_evaluated_key)?;
        let rows = page.rows.iter().map(|row| Ok((limited_org(row)?.to_string(), Place::of(row)?)));
        Ok(Page { rows: rows.collect::<Result<_, StoreError>>()?, next: page.next })
    }

    async fn stored_limits(&self, org: &OrgId) -> Result<StoredLimits, StoreError> {
        let Some(item) = self.get(Table::Organizations, limits_key(org)).await? else { return Ok(StoredLimits::Empty) };
        let revision = attributes::number(&item, name::REVISION)?;
        if key_config::is_deleted(&item) {
            return Ok(StoredLimits::Gone(revision, limits::limits(&item)?));
        }
        Ok(StoredLimits::Live(org_limits::read(&item)?))
    }

    /// The part that raises the epoch of an organisation's policies, which is the revision of its
    /// limits. One that has no limits gets the item of deleted ones.
    pub(in crate::store) fn raise_epoch(
        &self,
        org: &OrgId,
        epoch: Option<i64>,
    ) -> Result<TransactWriteItem, StoreError> {
        let Some(epoch) = epoch else {
            let mut item = limits::attributes(&Limits::default());
            item.extend(limits_key(org));
            item.extend([(name::REVISION.into(), n(1)), (name::OFF.into(), s(key_config::DELETED))]);
            return self.put_new(Table::Organizations, item);
        };
        self.update(Table::Organizations, limits_key(org), Update::revise(epoch))
    }

    fn put_parts(
        &self,
        scope: &OrgScope,
        stored: &StoredLimits,
        config: &KeyConfig,
        counters: Counters,
        now: Millis,
    ) -> Result<Vec<TransactWriteItem>, StoreError> {
        let org = scope.org();
        let mut item = key_config::new_item(config);
        item.extend(limits_key(org));
        self.check_size(&item)?;
        let old = match stored {
            StoredLimits::Empty => None,
            StoredLimits::Gone(revision, limits) => Some((*revision, limits)),
            StoredLimits::Live(old) => Some((old.revision, &old.config.limits)),
        };
        let (write, revision) = match old {
            None => (self.put_new(Table::Organizations, item)?, 1),
            Some((old, limits)) => {
                self.check_size(&replace_config::replaced_item(config, limits, counters, now))?;
                let mut update = Update::revise(old);
                replace_config::replace(&mut update, config, (old, limits), counters, now);
                (self.update(Table::Organizations, limits_key(org), update)?, old + 1)
            }
        };
        let before = if let StoredLimits::Live(old) = stored { Some(&old.config) } else { None };
        let what = if before.is_some() { "org_limits.replace" } else { "org_limits.create" };
        let subject = format!("org:{org}");
        let mut parts = vec![write];
        if before.is_none() {
            parts.push(self.put(Table::Organizations, limited_key(org))?);
        }
        parts.push(self.audit(
            scope,
            now,
            &Audited { what, subject, org, from: None, revision, before, after: Some(config) },
        )?);
        Ok(parts)
    }

    fn delete_org_parts(
        &self,
        scope: &OrgScope,
        old: &OrgLimits,
        now: Millis,
    ) -> Result<Vec<TransactWriteItem>, StoreError> {
        let org = scope.org();
        let mut update = Update::revise(old.revision);
        replace_config::bury(&mut update);
        let (before, revision) = (Some(&old.config), old.revision + 1);
        let subject = format!("org:{org}");
        Ok(vec![
            self.update(Table::Organizations, limits_key(org), update)?,
            self.delete(Table::Organizations, limited_key(org))?,
            self.audit(
                scope,
                now,
                &Audited { what: "org_limits.delete", subject, org, from: None, revision, before, after: None },
            )?,
        ])
    }
}
