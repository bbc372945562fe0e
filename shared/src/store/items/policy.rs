//! A policy as an item.

use serde_json::{Map, Value};

use super::attributes::{self, Item, n, name, s};
use super::key_config::{DELETED, is_deleted};
use crate::clock::Millis;
use crate::policies::Policy;
use crate::store::StoreError;

/// A policy, or what a deleted one was.
#[derive(Clone, Debug)]
pub struct StoredPolicy {
    /// Rises with every change.
    pub(in crate::store) revision: i64,
    /// Whether it was deleted. Keys that still name it can be shown, but do not work.
    pub deleted: bool,
    /// When it was last changed.
    pub changed: Millis,
    /// The policy.
    pub policy: Policy,
}

/// The attributes of a policy at this revision.
pub(in crate::store) fn item(policy: &Policy, deleted: bool, revision: i64, now: Millis) -> Item {
    let document = Value::Object(policy.fields().clone()).to_string();
    let mut item = Item::from([
        (name::REVISION.into(), n(revision)),
        (name::MADE.into(), n(now)),
        (name::DOCUMENT.into(), s(document)),
    ]);
    if deleted {
        item.insert(name::OFF.into(), s(DELETED));
    }
    item
}

/// Reads a policy, live or deleted.
pub(in crate::store) fn read(item: &Item) -> Result<StoredPolicy, StoreError> {
    let fields: Map<String, Value> = serde_json::from_str(attributes::text(item, name::DOCUMENT)?)
        .map_err(|_| StoreError::Damaged(name::DOCUMENT))?;
    Ok(StoredPolicy {
        revision: attributes::number(item, name::REVISION)?,
        deleted: is_deleted(item),
        changed: attributes::number(item, name::MADE)?,
        policy: Policy::of(fields),
    })
}
