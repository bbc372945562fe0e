//! A key as stored, of any dialect.

use std::collections::BTreeMap;

use super::{Dialect, KeyConfig, KeyId, Plan};
use crate::clock::Millis;
use crate::orgs::OrgId;

/// A key that exists. Only the store makes one, of an item that a scope or an authentication let it
/// read.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Key {
    /// The id that follows from its token.
    pub id: KeyId,
    /// Rises with every change other than to counters and usage.
    pub revision: i64,
    /// The dialect it was made in.
    pub dialect: Dialect,
    /// The organisation that it belongs to.
    pub org: OrgId,
    /// The organisation that it was made in and whose list it stays in. So a key that moves while a
    /// list is read page by page appears in that list once.
    pub home: OrgId,
    /// When it was made, which is its place in that list.
    pub made: Millis,
    /// Hours since 1970 → requests admitted in that hour, for hours that are not rolled up.
    pub used: BTreeMap<i64, i64>,
    /// The revision at which its counters were last reset.
    pub generation: i64,
    /// How often hours were rolled up.
    pub rolled: i64,
    /// The newest hour with use when hours were last rolled up.
    pub rolled_to: Option<i64>,
    /// Whether its row in the list has its sealed token.
    pub token_kept: bool,
    /// The epoch of the policies that its limits in the store follow from; 0 without policies.
    pub followed: i64,
    /// Its configuration: as it is stored, or as its policies make it if there is a plan.
    pub config: KeyConfig,
    /// What its policies make of it, if it follows any and was read for a decision.
    pub plan: Option<Box<Plan>>,
}

/// Whether an item that is kept until `until` still exists at `now`.
#[must_use]
pub fn kept(until: Option<Millis>, now: Millis) -> bool {
    until.is_none_or(|until| now < until)
}
