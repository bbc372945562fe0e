//! A key as the store keeps it, whatever dialect it was made in.

use std::collections::BTreeMap;

use super::{Dialect, KeyConfig, KeyId};
use crate::clock::Millis;
use crate::orgs::OrgId;

/// A key that exists. Only the store makes one, of an item that a scope or an authentication let it
/// read.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Key {
    /// Its id.
    pub id: KeyId,
    /// Rises with every change of anything but counters and usage.
    pub revision: i64,
    /// The dialect it was made in.
    pub dialect: Dialect,
    /// Whose it is.
    pub org: OrgId,
    /// In whose list it stands: that of the organisation that it was made in. So a key that moves meanwhile is in a list
    /// that is read page by page once.
    pub home: OrgId,
    /// When it was made: its place in that list.
    pub made: Millis,
    /// Hours since 1970 → requests admitted in that hour, as far as they are not rolled up.
    pub used: BTreeMap<i64, i64>,
    /// The revision at which its counters were last reset.
    pub generation: i64,
    /// How often hours were rolled up.
    pub rolled: i64,
    /// Whether its row in the list holds its sealed token.
    pub token_kept: bool,
    /// What it is set to.
    pub config: KeyConfig,
}

/// Whether what is kept until `until` is still there at `now`.
#[must_use]
pub fn kept(until: Option<Millis>, now: Millis) -> bool {
    until.is_none_or(|until| now < until)
}
