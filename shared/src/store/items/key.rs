//! A key as an item.

use super::attributes::{self, Item, name, s};
use super::{key_config, limits};
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
    key.followed = attributes::count(item, name::FOLLOWED)?;
    key.config.limits = limits::limits(item)?;
    Ok(key)
}

/// The dialect and the organisation of a key.
pub(in crate::store) fn owner_of(item: &Item) -> Result<(Dialect, OrgId), StoreError> {
    let dialect = Dialect::from_stored(attributes::text(item, name::DIALECT)?);
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
