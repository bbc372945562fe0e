//! A key as far as its use goes: whose it is, its month, and the use that its own item has.

use std::collections::BTreeMap;
use std::ops::Range;

use super::used::{Used, UsedByHour};
use crate::clock::Millis;
use crate::keys::{Dialect, Key, KeyId};
use crate::limits::Spend;
use crate::orgs::OrgId;
use crate::store::StoreError;
use crate::store::items::attributes::{self, Item, name};
use crate::store::items::key::owner_of;
use crate::store::items::primary_key::id_of;
use crate::store::items::{key_config, limits};
use crate::store::write::own_use::OwnUse;

/// A key as far as its use goes, live or deleted. It comes from a [`Key`], or from the scope of a
/// gate.
#[derive(Clone, Debug)]
pub struct KeyUse {
    /// Its id.
    pub id: KeyId,
    /// The dialect it was made in.
    pub dialect: Dialect,
    /// Whose it is, or was.
    pub org: OrgId,
    /// When it was made, or made again.
    pub made: Millis,
    /// What it may spend in a month, and has spent.
    pub spend: Option<Spend>,
    /// What its own item has of its use, by the hour.
    pub(super) used: BTreeMap<i64, i64>,
    /// How often hours were rolled up from there.
    pub(in crate::store) rolled: i64,
}

impl KeyUse {
    /// The attributes that it is read from.
    pub(super) const ATTRIBUTES: [&str; 9] = {
        let [left, end, max] = limits::SPEND;
        ["id", name::DIALECT, name::OWNER, name::MADE, name::USED, name::ROLLED, left, end, max]
    };

    /// Reads the item of a key, live or deleted.
    pub(in crate::store) fn read(item: &Item) -> Result<Self, StoreError> {
        let (dialect, org) = owner_of(item)?;
        let (made, rolled) = (attributes::number(item, name::MADE)?, attributes::count(item, name::ROLLED)?);
        let (id, spend, used) = (id_of(item)?, limits::spend_of(item)?, key_config::used(item)?);
        Ok(Self { id, dialect, org, made, spend, used, rolled })
    }

    /// Whether its item has no use in the `present` hour or later.
    pub(super) fn is_idle(&self, present: i64) -> bool {
        self.used.keys().all(|hour| *hour < present)
    }

    /// What its item has of its use in `hours`.
    pub(super) fn kept_in(&self, hours: &Range<i64>) -> UsedByHour {
        let kept = self.used.iter().filter(|(hour, requests)| hours.contains(hour) && **requests != 0);
        kept.map(|(hour, requests)| (*hour, Used { requests: *requests, ..Used::default() })).collect()
    }

    /// Its hours were rolled up.
    pub(super) fn empty(&mut self) {
        self.used.clear();
        self.rolled += 1;
    }
}

impl From<&Key> for KeyUse {
    fn from(key: &Key) -> Self {
        let (org, used) = (key.org.clone(), key.used.clone());
        let spend = key.config.limits.spend;
        Self { id: key.id, dialect: key.dialect, org, made: key.made, spend, used, rolled: key.rolled }
    }
}

impl<'a> From<&'a KeyUse> for OwnUse<'a> {
    fn from(key: &'a KeyUse) -> Self {
        Self { id: key.id, dialect: key.dialect, org: &key.org, hours: &key.used, rolled: key.rolled }
    }
}
