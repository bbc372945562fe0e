//! A configuration and its limits as attributes of an item, the same in `Keys` and in
//! `Organizations`.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::{Map, Value};

use super::attributes::{self, Item, b, n, name, s};
use super::limits;
use crate::keys::KeyConfig;
use crate::rights::Access;
use crate::secrets::Sealed;
use crate::store::StoreError;

/// The value of `off` in an inactive item.
const INACTIVE: &str = "inactive";
/// The value of `off` in a tombstone.
pub(in crate::store) const DELETED: &str = "deleted";

/// The attributes of a new item: revision 1, fresh counters, nothing used.
pub(in crate::store) fn new_item(config: &KeyConfig) -> Item {
    let mut item = Item::from([
        (name::REVISION.into(), n(1)),
        (name::USABLE_UNTIL.into(), n(config.usable_until)),
        (name::GENERATION.into(), n(1)),
        (name::USED.into(), AttributeValue::M(Item::new())),
    ]);
    item.extend(limits::attributes(&config.limits));
    item.extend(optional(config).into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))));
    item
}

/// Whether the item is a tombstone.
pub(in crate::store) fn is_deleted(item: &Item) -> bool {
    item.get(name::OFF).and_then(|off| off.as_s().ok()).is_some_and(|off| off == DELETED)
}

/// Reads an item that is not a tombstone. Its access rights are shared with `known` if they are the
/// same.
pub(in crate::store) fn config(item: &Item, known: Option<&Access>) -> Result<KeyConfig, StoreError> {
    Ok(KeyConfig {
        inactive: item.contains_key(name::OFF),
        policies: policies(item)?,
        usable_until: attributes::number(item, name::USABLE_UNTIL)?,
        kept_until: attributes::optional_number(item, name::KEPT_UNTIL)?,
        any_api: item.contains_key(name::ANY_API),
        access: access(item, known)?,
        limits: limits::limits(item)?,
        document: json(item, name::DOCUMENT)?,
        secrets: attributes::bytes(item, name::SECRETS).map(Sealed::from_bytes),
    })
}

/// Reads what was used in each hour.
pub(in crate::store) fn used(item: &Item) -> Result<BTreeMap<i64, i64>, StoreError> {
    let damaged = || StoreError::Damaged(name::USED);
    let hours = item.get(name::USED).and_then(|map| map.as_m().ok()).ok_or_else(damaged)?;
    let used = hours.iter().map(|(hour, used)| {
        let used = used.as_n().map_err(|_| damaged())?;
        Ok((hour.parse().map_err(|_| damaged())?, used.parse().map_err(|_| damaged())?))
    });
    used.collect()
}

/// The attributes that exist only if they have something to say.
pub(in crate::store) fn optional(config: &KeyConfig) -> [(&'static str, Option<AttributeValue>); 7] {
    let object = |map: &Map<String, Value>| (!map.is_empty()).then(|| s(Value::Object(map.clone()).to_string()));
    [
        (name::OFF, config.inactive.then(|| s(INACTIVE))),
        (name::POLICIES, (!config.policies.is_empty()).then(|| list(&config.policies))),
        (name::KEPT_UNTIL, config.kept_until.map(n)),
        (name::ANY_API, config.any_api.then_some(AttributeValue::Bool(true))),
        (name::ACCESS, (!config.access.is_empty()).then(|| s(config.access.text()))),
        (name::DOCUMENT, object(&config.document)),
        (name::SECRETS, config.secrets.as_ref().map(|sealed| b(sealed.as_bytes()))),
    ]
}

/// The policies that a key names.
pub(in crate::store) fn policies(item: &Item) -> Result<Vec<String>, StoreError> {
    let damaged = || StoreError::Damaged(name::POLICIES);
    let Some(names) = item.get(name::POLICIES) else { return Ok(Vec::new()) };
    let names = names.as_l().map_err(|_| damaged())?.iter();
    names.map(|name| name.as_s().cloned().map_err(|_| damaged())).collect()
}

fn list(names: &[String]) -> AttributeValue {
    AttributeValue::L(names.iter().map(s).collect())
}

fn access(item: &Item, known: Option<&Access>) -> Result<Access, StoreError> {
    let Some(text) = item.get(name::ACCESS) else { return Ok(Access::default()) };
    let text = text.as_s().map_err(|_| StoreError::Damaged(name::ACCESS))?;
    Access::read(text, known).map_err(|_| StoreError::Damaged(name::ACCESS))
}

fn json(item: &Item, name: &'static str) -> Result<Map<String, Value>, StoreError> {
    let Some(text) = item.get(name) else { return Ok(Map::new()) };
    let text = text.as_s().map_err(|_| StoreError::Damaged(name))?;
    serde_json::from_str(text).map_err(|_| StoreError::Damaged(name))
}
