//! A key as an item.

use std::collections::BTreeMap;

use super::attributes::{self, Item, name, s};
use super::usage_key::HOUR;
use super::{key_config, limits};
use crate::clock::Millis;
use crate::keys::{Dialect, Key, KeyId};
use crate::orgs::OrgId;
use crate::rights::Access;
use crate::store::StoreError;

/// Reads a key that is not deleted.
pub(in crate::store) fn read(id: KeyId, item: &Item) -> Result<Key, StoreError> {
    read_again(id, item, None)
}

/// Reads a key that is not deleted, and shares its access rights with `known` if they are the same.
pub(in crate::store) fn read_again(id: KeyId, item: &Item, known: Option<&Access>) -> Result<Key, StoreError> {
    let (dialect, org) = owner_of(item)?;
    let home = home_of(item, &org)?;
    Ok(Key {
        id,
        revision: attributes::number(item, name::REVISION)?,
        dialect,
        org,
        home,
        made: attributes::number(item, name::MADE)?,
        used: key_config::used(item)?,
        generation: attributes::number(item, name::GENERATION)?,
        rolled: attributes::count(item, name::ROLLED)?,
        rolled_to: attributes::optional_number(item, name::ROLLED_TO)?,
        token_kept: item.contains_key(name::TOKEN),
        followed: attributes::count(item, name::FOLLOWED)?,
        config: key_config::config(item, known)?,
        plan: None,
    })
}

/// The key `known` with the counters of `item`, which has the same configuration.
pub(in crate::store) fn counted(known: &Key, item: &Item) -> Result<Key, StoreError> {
    let mut key = known.clone();
    key.revision = attributes::number(item, name::REVISION)?;
    key.used = key_config::used(item)?;
    key.generation = attributes::number(item, name::GENERATION)?;
    key.rolled = attributes::count(item, name::ROLLED)?;
    key.rolled_to = attributes::optional_number(item, name::ROLLED_TO)?;
    key.followed = attributes::count(item, name::FOLLOWED)?;
    key.config.limits = limits::limits(item)?;
    Ok(key)
}

impl Key {
    /// The start of the hour in which its last call was admitted; `None` if none was since it was made.
    #[must_use]
    pub fn last_used(&self) -> Option<Millis> {
        let last = newest_used(&self.used).max(self.rolled_to);
        // A key that was made again has the use of its former life.
        last.filter(|hour| *hour >= self.made.div_euclid(HOUR)).map(|hour| hour.saturating_mul(HOUR))
    }
}

/// The newest hour in which requests were admitted and not given back.
pub(in crate::store) fn newest_used(used: &BTreeMap<i64, i64>) -> Option<i64> {
    used.iter().rev().find(|(_, requests)| **requests > 0).map(|(hour, _)| *hour)
}

/// The dialect and the organisation of a key.
pub(in crate::store) fn owner_of(item: &Item) -> Result<(Dialect, OrgId), StoreError> {
    let dialect = Dialect::named(attributes::text(item, name::DIALECT)?);
    let org = OrgId::from_stored(attributes::text(item, name::OWNER)?);
    Ok((dialect.ok_or(StoreError::Damaged(name::DIALECT))?, org))
}

/// The attributes of a dialect and an organisation.
pub(in crate::store) fn owner(dialect: Dialect, org: &OrgId) -> Item {
    Item::from([(name::DIALECT.into(), s(dialect.as_str())), (name::OWNER.into(), s(org.as_str()))])
}

/// The organisation whose list has the key of this item, which belongs to `org`.
pub(in crate::store) fn home_of(item: &Item, org: &OrgId) -> Result<OrgId, StoreError> {
    match item.contains_key(name::HOME) {
        true => Ok(OrgId::from_stored(attributes::text(item, name::HOME)?)),
        false => Ok(org.clone()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::Limits;
    use crate::store::items::example;

    #[test]
    fn the_last_use_is_the_newest_hour_that_was_not_given_back_since_the_key_was_made() {
        let last = |made: i64, used: &[(i64, i64)], rolled_to: Option<i64>| {
            let mut key = example::key(Limits::default());
            (key.made, key.used, key.rolled_to) = (made * HOUR + 1, used.iter().copied().collect(), rolled_to);
            key.last_used().map(|at| at / HOUR)
        };
        assert_eq!(last(1, &[], None), None);
        assert_eq!(last(1, &[(5, 1), (7, 2), (9, 0), (10, -1)], None), Some(7));
        assert_eq!(last(1, &[(9, 0)], Some(6)), Some(6));
        assert_eq!(last(1, &[(9, 1)], Some(6)), Some(9));
        assert_eq!(last(9, &[(9, 1)], Some(6)), Some(9), "it may be used in the hour that made it");
        assert_eq!(last(10, &[(9, 1)], Some(6)), None, "the use of its former life");
    }
}
