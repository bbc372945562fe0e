//! Items and attribute values: their names, and how they are read back.

use std::collections::HashMap;

use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;

use crate::store::StoreError;

/// An item, as in the SDK.
pub(in crate::store) type Item = HashMap<String, AttributeValue>;

/// The attribute names. They are short because every check of a key pays for its item's size.
pub(in crate::store) mod name {
    /// Revision: +1 with every change of anything but counters and usage.
    pub(in crate::store) const REVISION: &str = "v";
    /// Present: `inactive`, or `deleted` for a tombstone.
    pub(in crate::store) const OFF: &str = "off";
    /// List: the policies that it names.
    pub(in crate::store) const POLICIES: &str = "pol";
    /// The epoch of the policies that its limits follow from.
    pub(in crate::store) const FOLLOWED: &str = "pe";
    /// Usable until (ms).
    pub(in crate::store) const USABLE_UNTIL: &str = "x";
    /// Reads as absent from then on (ms).
    pub(in crate::store) const KEPT_UNTIL: &str = "k";
    /// Present: may call every API.
    pub(in crate::store) const ANY_API: &str = "any";
    /// JSON text: API id → rules. A text, since an API id may be one that no attribute can be
    /// named.
    pub(in crate::store) const ACCESS: &str = "ar";
    /// Map: limit scope → windows of its own.
    pub(in crate::store) const SCOPED: &str = "c";
    /// Map: limit scope → windows whose limit is lifted. They have a map of their own, so
    /// that no check takes from them.
    pub(in crate::store) const PARKED_SCOPED: &str = "pc";
    /// The revision at which all counters were last reset.
    pub(in crate::store) const GENERATION: &str = "g";
    /// Map: hour number → what was admitted in that hour.
    pub(in crate::store) const USED: &str = "u";
    /// How often hours of use were moved to `Usage`; absent for never.
    pub(in crate::store) const ROLLED: &str = "w";
    /// The newest hour with use when hours were last moved.
    pub(in crate::store) const ROLLED_TO: &str = "wh";
    /// JSON text: the vendor's other fields.
    pub(in crate::store) const DOCUMENT: &str = "doc";
    /// The document's secrets, sealed.
    pub(in crate::store) const SECRETS: &str = "sec";
    /// The organisation's id.
    pub(in crate::store) const OWNER: &str = "o";
    /// The dialect.
    pub(in crate::store) const DIALECT: &str = "d";
    /// The organisation whose list has its row; absent if that is its own.
    pub(in crate::store) const HOME: &str = "h";
    /// When it was made (ms).
    pub(in crate::store) const MADE: &str = "m";
    /// In a list's row: the sealed token. In a key's item: present when its row has one.
    pub(in crate::store) const TOKEN: &str = "t";
    /// In a list's row: the APIs the key may call.
    pub(in crate::store) const APIS: &str = "a";
}

/// An attribute, or an entry of a map that is one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::store) struct Path<'a>(Vec<&'a str>);

impl<'a> Path<'a> {
    /// The names from the attribute down.
    pub(in crate::store) fn names(&self) -> &[&'a str] {
        &self.0
    }
}

impl<'a> From<&Self> for Path<'a> {
    fn from(path: &Self) -> Self {
        path.clone()
    }
}

impl<'a> From<&'a str> for Path<'a> {
    fn from(name: &'a str) -> Self {
        Self(vec![name])
    }
}

impl<'a> From<&'a String> for Path<'a> {
    fn from(name: &'a String) -> Self {
        Self(vec![name])
    }
}

impl<'a, const N: usize> From<[&'a str; N]> for Path<'a> {
    fn from(names: [&'a str; N]) -> Self {
        Self(names.to_vec())
    }
}

/// A string value.
pub(in crate::store) fn s(text: impl Into<String>) -> AttributeValue {
    AttributeValue::S(text.into())
}

/// A number value.
pub(in crate::store) fn n(number: impl Into<i128>) -> AttributeValue {
    AttributeValue::N(number.into().to_string())
}

/// A binary value.
pub(in crate::store) fn b(bytes: &[u8]) -> AttributeValue {
    AttributeValue::B(Blob::new(bytes))
}

/// The string `name` of `item`.
pub(in crate::store) fn text<'a>(item: &'a Item, name: &'static str) -> Result<&'a str, StoreError> {
    item.get(name).and_then(|value| value.as_s().ok()).map(String::as_str).ok_or(StoreError::Damaged(name))
}

/// The whole number `name` of `item`.
pub(in crate::store) fn number(item: &Item, name: &'static str) -> Result<i64, StoreError> {
    optional_number(item, name)?.ok_or(StoreError::Damaged(name))
}

/// The whole number `name` of `item`, if it has one.
pub(in crate::store) fn optional_number(item: &Item, name: &'static str) -> Result<Option<i64>, StoreError> {
    optional_amount(item, name)?.map(i64::try_from).transpose().map_err(|_| StoreError::Damaged(name))
}

/// The amount `name` of `item`, if it has one: a whole number of any size.
pub(in crate::store) fn optional_amount(item: &Item, name: &'static str) -> Result<Option<i128>, StoreError> {
    let Some(value) = item.get(name) else { return Ok(None) };
    let number = value.as_n().ok().and_then(|digits| digits.parse().ok());
    number.map(Some).ok_or(StoreError::Damaged(name))
}

/// The whole number `name` of `item`, 0 where it has none.
pub(in crate::store) fn count(item: &Item, name: &'static str) -> Result<i64, StoreError> {
    Ok(optional_number(item, name)?.unwrap_or_default())
}

/// The bytes `name` of `item`, if it has them.
pub(in crate::store) fn bytes(item: &Item, name: &str) -> Option<Vec<u8>> {
    item.get(name).and_then(|value| value.as_b().ok()).map(|blob| blob.as_ref().to_vec())
}

/// What DynamoDB counts as the item's size, in bytes.
pub(in crate::store) fn size(item: &Item) -> usize {
    item.iter().map(|(name, value)| name.len() + value_size(value)).sum()
}

fn value_size(value: &AttributeValue) -> usize {
    match value {
        AttributeValue::S(text) => text.len(),
        AttributeValue::N(digits) => digits.len().div_ceil(2) + 1,
        AttributeValue::B(bytes) => bytes.as_ref().len(),
        AttributeValue::M(map) => 3 + map.iter().map(|(name, value)| 1 + name.len() + value_size(value)).sum::<usize>(),
        AttributeValue::L(list) => 3 + list.iter().map(|value| 1 + value_size(value)).sum::<usize>(),
        _ => 1,
    }
}
