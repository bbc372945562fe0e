//! A key as items: its own, and its row in the list of its organisation's keys.

use aws_sdk_dynamodb::types::AttributeValue;

use super::attributes::{self, Item, b, n, name, s};
use super::key_config;
use crate::clock::Millis;
use crate::keys::{Dialect, Key, KeyId};
use crate::orgs::OrgId;
use crate::rights::Access;
use crate::store::keys::list::{LIVE, partition};
use crate::store::{NewKey, StoreError};

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
        config: key_config::config(item, known)?,
    })
}

/// The dialect and the organisation of a key.
pub(in crate::store) fn owner_of(item: &Item) -> Result<(Dialect, OrgId), StoreError> {
    let dialect = Dialect::from_stored(attributes::text(item, name::DIALECT)?);
    let org = OrgId::from_stored(attributes::text(item, name::OWNER)?);
    Ok((dialect.ok_or(StoreError::Damaged(name::DIALECT))?, org))
}

/// The key of a key's item.
pub(in crate::store) fn item_key(id: KeyId) -> Item {
    Item::from([("id".into(), s(format!("key#{id}")))])
}

/// The id of the key that has this item.
pub(in crate::store) fn id_of(item: &Item) -> Result<KeyId, StoreError> {
    let id = attributes::text(item, "id")?.strip_prefix("key#").and_then(KeyId::parse);
    id.ok_or(StoreError::Damaged("id"))
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

/// The key of a row in the list of `org`. Rows are in the order of creation, grouped into live,
/// moved and deleted ones.
pub(in crate::store) fn row_key(dialect: Dialect, org: &OrgId, group: &str, made: Millis, id: KeyId) -> Item {
    Item::from([("org".into(), s(partition(dialect, org))), ("sk".into(), s(format!("{group}{made:013}#{id}")))])
}

/// The row of a key that is listed in its organisation `home`.
pub(in crate::store) fn live_row(dialect: Dialect, home: &OrgId, new: &NewKey, made: Millis, id: KeyId) -> Item {
    let mut row = row_key(dialect, home, LIVE, made, id);
    row.extend(new.token.as_ref().map(|token| (name::TOKEN.into(), b(token.as_bytes()))));
    row.extend(new.config.kept_until.map(|until| (name::KEPT_UNTIL.into(), n(until))));
    let apis: Vec<_> = new.config.access.apis().map(s).collect();
    if !apis.is_empty() {
        row.insert(name::APIS.into(), AttributeValue::L(apis));
    }
    row
}
