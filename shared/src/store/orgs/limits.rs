//! The limits of organisations: one item each, and a list of those that have any.

use aws_sdk_dynamodb::types::TransactWriteItem;

use crate::access::Scope;
use crate::clock::Millis;
use crate::keys::{KeyConfig, OrgLimits};
use crate::limits::Limits;
use crate::orgs::OrgId;
use crate::rights::Access;
use crate::store::audit::Audited;
use crate::store::items::attributes::{self, Item, name, s};
use crate::store::items::key_config;
use crate::store::items::limits;
use crate::store::keys::list::place;
use crate::store::write::replace_config::{self, Counters};
use crate::store::write::retry::Retry;
use crate::store::write::transaction::Outcome;
use crate::store::write::update::Update;
use crate::store::{Page, Place, Store, StoreError, Table};

/// The partition that lists the organisations with limits.
const LISTED: &str = "limited";
/// Begins each sort key in it: an organisation id may be empty, a sort key may not.
const LISTED_ORG: &str = "org#";

/// What the store has for an organisation.
enum Slot {
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
    /// The limits of `org`, if it has any. One read.
    pub async fn org_limits(&self, _scope: &Scope, org: &OrgId) -> Result<Option<OrgLimits>, StoreError> {
        Ok(match self.org_slot(org).await? {
            Slot::Live(limits) => Some(limits),
            Slot::Empty | Slot::Gone(..) => None,
        })
    }

    /// Changes the limits of `org` as `decide` says on seeing them; it sees `None` if there are
    /// none. This costs one read and one transaction, and again if another change came first.
    ///
    /// # Errors
    /// What `decide` refuses, or when the limits are too large, or the store fails.
    pub async fn change_org_limits<E: From<StoreError>>(
        &self,
        scope: &Scope,
        org: &OrgId,
        now: Millis,
        mut decide: impl FnMut(Option<&OrgLimits>) -> Result<OrgChange, E>,
    ) -> Result<(), E> {
        let mut retry = Retry::of_change();
        loop {
            let slot = self.org_slot(org).await?;
            let found = if let Slot::Live(limits) = &slot { Some(limits) } else { None };
            let parts = match (decide(found)?, &slot) {
                (OrgChange::Put(config, counters), _) => self.put_parts(scope, org, &slot, &config, counters, now),
                (OrgChange::Delete, Slot::Live(old)) => self.delete_org_parts(scope, org, old, now),
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
        _scope: &Scope,
        prefix: &str,
        after: Option<Place>,
    ) -> Result<Page<(String, Place)>, StoreError> {
        let query = self
            .client
            .query()
            .table_name(self.table(Table::Organizations))
            .key_condition_expression("#org = :listed AND begins_with(#sk, :prefix)")
            .expression_attribute_names("#org", "org")
            .expression_attribute_names("#sk", "sk")
            .expression_attribute_values(":listed", s(LISTED))
            .expression_attribute_values(":prefix", s(format!("{LISTED_ORG}{prefix}")))
            .set_exclusive_start_key(after.map(Item::from))
            .consistent_read(true);
        let read = query.send().await.map_err(StoreError::failed("Query"))?;
        let items = read.items.unwrap_or_default();
        let ids = items.iter().map(|row| {
            let id = attributes::text(row, "sk")?.strip_prefix(LISTED_ORG).ok_or(StoreError::Damaged("sk"))?;
            Ok((id.to_owned(), place(row)?))
        });
        let rows = ids.collect::<Result<_, StoreError>>()?;
        Ok(Page { rows, next: read.last_evaluated_key.as_ref().map(place).transpose()? })
    }

    async fn org_slot(&self, org: &OrgId) -> Result<Slot, StoreError> {
        let read = self.client.get_item().table_name(self.table(Table::Organizations)).set_key(Some(limits_key(org)));
        let read = read.consistent_read(true).send().await.map_err(StoreError::failed("GetItem"))?;
        let Some(item) = read.item else { return Ok(Slot::Empty) };
        let revision = attributes::number(&item, name::REVISION)?;
        if key_config::is_deleted(&item) {
            return Ok(Slot::Gone(revision, limits::limits(&item)?));
        }
        Ok(Slot::Live(from_item(&item)?))
    }

    fn put_parts(
        &self,
        scope: &Scope,
        org: &OrgId,
        slot: &Slot,
        config: &KeyConfig,
        counters: Counters,
        now: Millis,
    ) -> Result<Vec<TransactWriteItem>, StoreError> {
        let mut item = key_config::new_item(config);
        item.extend(limits_key(org));
        self.check_size(&item)?;
        let old = match slot {
            Slot::Empty => None,
            Slot::Gone(revision, limits) => Some((*revision, limits)),
            Slot::Live(old) => Some((old.revision, &old.config.limits)),
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
        let before = if let Slot::Live(old) = slot { Some(&old.config) } else { None };
        let what = if before.is_some() { "org_limits.replace" } else { "org_limits.create" };
        let subject = format!("org:{org}");
        let mut parts = vec![write];
        if before.is_none() {
            parts.push(self.put(Table::Organizations, listed_key(org))?);
        }
        parts.push(self.audit(scope, now, &Audited { what, subject, org, revision, before, after: Some(config) })?);
        Ok(parts)
    }

    fn delete_org_parts(
        &self,
        scope: &Scope,
        org: &OrgId,
        old: &OrgLimits,
        now: Millis,
    ) -> Result<Vec<TransactWriteItem>, StoreError> {
        let mut update = Update::revise(old.revision);
        replace_config::bury(&mut update);
        let (before, revision) = (Some(&old.config), old.revision + 1);
        let subject = format!("org:{org}");
        Ok(vec![
            self.update(Table::Organizations, limits_key(org), update)?,
            self.delete(Table::Organizations, listed_key(org))?,
            self.audit(
                scope,
                now,
                &Audited { what: "org_limits.delete", subject, org, revision, before, after: None },
            )?,
        ])
    }
}

/// Reads limits that are not deleted.
pub(in crate::store) fn from_item(item: &Item) -> Result<OrgLimits, StoreError> {
    read_again(item, None)
}

/// Reads limits that are not deleted, and shares their access rights with `known` if they are the
/// same.
pub(in crate::store) fn read_again(item: &Item, known: Option<&Access>) -> Result<OrgLimits, StoreError> {
    Ok(OrgLimits { revision: attributes::number(item, name::REVISION)?, config: key_config::config(item, known)? })
}

/// The key of the item that holds an organisation's limits.
pub(in crate::store) fn limits_key(org: &OrgId) -> Item {
    Item::from([("org".into(), s(format!("org#{org}"))), ("sk".into(), s("limits"))])
}

fn listed_key(org: &OrgId) -> Item {
    Item::from([("org".into(), s(LISTED)), ("sk".into(), s(format!("{LISTED_ORG}{org}")))])
}
