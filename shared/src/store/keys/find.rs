//! Finds keys by their ids.

use std::collections::BTreeMap;

use super::naming::naming_rows;
use crate::access::{DialectScope, GateScope, Scope};
use crate::clock::Millis;
use crate::keys::{Dialect, Key, KeyId, kept};
use crate::orgs::OrgId;
use crate::secrets::Sealed;
use crate::store::items::attributes::{self, Item, name};
use crate::store::items::key::{self, owner_of};
use crate::store::items::key_config;
use crate::store::items::primary_key::{RowGroup, id_of, item_key, row_key};
use crate::store::lookup::MOST;
use crate::store::write::own_use::OwnUse;
use crate::store::{Store, StoreError, Table};
use crate::telemetry;

/// Where to look for a key.
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

/// A key, and which of several places it was found in.
#[derive(Debug)]
pub struct Found {
    /// The index of the place.
    pub index: usize,
    /// The key.
    pub key: Key,
}

/// What the store has at an id.
pub(in crate::store) enum Slot {
    Empty,
    /// A key that was deleted, or that expired from the store.
    Gone(Tombstone),
    Live(Box<Key>),
    /// A key outside the caller's scope, live or deleted.
    Foreign,
    /// A key of another organisation than the one the name was given in, live or deleted.
    Namesake,
}

/// What a key that is made again must know of its former life.
pub(in crate::store) struct Tombstone {
    pub(in crate::store) revision: i64,
    id: KeyId,
    dialect: Dialect,
    pub(in crate::store) org: OrgId,
    used: BTreeMap<i64, i64>,
    rolled: i64,
    /// Its rows in lists of keys.
    pub(in crate::store) rows: Vec<Item>,
}

impl Store {
    /// The key with this id, if `scope` covers it. One read.
    pub async fn find(&self, scope: &Scope, id: KeyId, now: Millis) -> Result<Option<Key>, StoreError> {
        Ok(self.find_first(scope, &[id.into()], now).await?.map(|found| found.key))
    }

    /// The key in the first of `places` that has one within `scope`. One read for each place that
    /// is tried.
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

    pub(in crate::store) async fn slot(
        &self,
        scope: &Scope,
        sought: Sought<'_>,
        now: Millis,
    ) -> Result<Slot, StoreError> {
        let id = sought.id;
        let Some(item) = self.get(Table::Keys, item_key(id)).await? else { return Ok(Slot::Empty) };
        let (dialect, org) = owner_of(&item)?;
        if !scope.covers(dialect, &org, id) {
            return Ok(Slot::Foreign);
        }
        if sought.within.is_some_and(|within| *within != org) {
            return Ok(Slot::Namesake);
        }
        let kept = kept(attributes::optional_number(&item, name::KEPT_UNTIL)?, now);
        if key_config::is_deleted(&item) || !kept {
            return Ok(Slot::Gone(Tombstone::of(id, &item)?));
        }
        telemetry::about_key(id, &org);
        Ok(Slot::Live(Box::new(key::read(id, &item)?)))
    }

    /// The views of those keys of `ids` that exist within `scope`, in no order, without keys that
    /// have no view. This costs one strongly consistent read for each 100, so that no more keys are
    /// in memory at once, and other requests get a turn between reads.
    ///
    /// # Errors
    /// When the store fails, or what `view` refuses.
    pub async fn view_all<T, E: From<StoreError>>(
        &self,
        scope: &Scope,
        ids: &[KeyId],
        now: Millis,
        mut view: impl FnMut(&Key) -> Result<Option<T>, E>,
    ) -> Result<Vec<T>, E> {
        let mut views = Vec::new();
        for ids in ids.chunks(MOST) {
            let items = self.batch_get(Table::Keys, ids.iter().map(|id| item_key(*id)).collect()).await?;
            for key in live_keys(&items, now)?.iter().filter(|key| scope.covers(key.dialect, &key.org, key.id)) {
                views.extend(view(key)?);
            }
        }
        Ok(views)
    }

    /// The dialect of a key, live or deleted. One read.
    pub async fn dialect_of(&self, _gate: GateScope, id: KeyId) -> Result<Option<Dialect>, StoreError> {
        let item = self.get(Table::Keys, item_key(id)).await?;
        item.map(|item| owner_of(&item).map(|(dialect, _)| dialect)).transpose()
    }

    /// The sealed token in the row of a key, which lists show. One read.
    pub async fn listed_token(&self, _everywhere: &DialectScope, key: &Key) -> Result<Option<Sealed>, StoreError> {
        let row = self.get(Table::OrgKeys, row_key(key.dialect, &key.home, RowGroup::Live, key.made, key.id)).await?;
        Ok(row.and_then(|row| attributes::bytes(&row, name::TOKEN)).map(Sealed::from_bytes))
    }

    /// Whether any of `ids` is a key that exists. One strongly consistent read for each 100.
    pub(in crate::store) async fn any_exists(&self, ids: &[KeyId], now: Millis) -> Result<bool, StoreError> {
        let items = self.batch_get(Table::Keys, ids.iter().map(|id| item_key(*id)).collect()).await?;
        Ok(!live_keys(&items, now)?.is_empty())
    }

    /// The keys of `ids` that exist, of any organisation and dialect, which only authentication may
    /// see. One strongly consistent read.
    pub(crate) async fn read_for_auth(&self, ids: &[KeyId], now: Millis) -> Result<Vec<Key>, StoreError> {
        let items = match ids {
            [id] => self.get(Table::Keys, item_key(*id)).await?.into_iter().collect(),
            ids => self.batch_get(Table::Keys, ids.iter().map(|id| item_key(*id)).collect()).await?,
        };
        live_keys(&items, now)
    }
}

impl Tombstone {
    fn of(id: KeyId, item: &Item) -> Result<Self, StoreError> {
        let (dialect, org) = owner_of(item)?;
        let (revision, made) = (attributes::number(item, name::REVISION)?, attributes::number(item, name::MADE)?);
        let home = key::home_of(item, &org)?;
        let group = if key_config::is_deleted(item) { RowGroup::Gone } else { RowGroup::Live };
        let mut rows = vec![row_key(dialect, &home, group, made, id)];
        if home != org {
            rows.push(row_key(dialect, &org, RowGroup::Moved, made, id));
        }
        // A key that expired still has the rows of its policies.
        rows.extend(naming_rows(&key_config::policies(item)?, &org, made, id));
        let (used, rolled) = (key_config::used(item)?, attributes::count(item, name::ROLLED)?);
        Ok(Self { revision, id, dialect, org, used, rolled, rows })
    }

    /// The use that its item still has.
    pub(in crate::store) fn own_use(&self) -> OwnUse<'_> {
        OwnUse { id: self.id, dialect: self.dialect, org: &self.org, hours: &self.used, rolled: self.rolled }
    }
}

/// The keys in `items` that are neither deleted nor expired from the store.
pub(super) fn live_keys(items: &[Item], now: Millis) -> Result<Vec<Key>, StoreError> {
    let live = items.iter().filter(|item| !key_config::is_deleted(item));
    let keys = live.map(|item| key::read(id_of(item)?, item)).collect::<Result<Vec<_>, _>>()?;
    Ok(keys.into_iter().filter(|key| kept(key.config.kept_until, now)).collect())
}
