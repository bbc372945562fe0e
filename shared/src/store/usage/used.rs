//! What was used: of a key, in an hour, and how it is named in a row of `Usage`.

use std::collections::BTreeMap;
use std::ops::AddAssign;

use crate::clock::Millis;
use crate::keys::{Dialect, Key, KeyId};
use crate::limits::Spend;
use crate::orgs::OrgId;

/// Milliseconds of an hour.
pub const HOUR: i64 = 60 * 60 * 1000;

/// In a row: how often its key was rolled up until then.
pub(in crate::store) const ROLLED_UP: &str = "n";

/// What is counted by the hour.
#[derive(Clone, Copy, Debug)]
pub(in crate::store) enum Counted {
    Requests,
    Spend,
    InputTokens,
    OutputTokens,
}

/// What was used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Used {
    /// Requests: the units that the gate admitted, and those that were reported.
    pub requests: i64,
    /// Money that was reported, in billionths.
    pub spend: i128,
    /// Tokens of a language model that were sent, as reported.
    pub input_tokens: i64,
    /// Tokens that came back, as reported.
    pub output_tokens: i64,
}

/// What was used in each hour since 1970 that something was used in.
pub type UsedByHour = BTreeMap<i64, Used>;

/// What each of several keys used.
pub type UsedByKey = BTreeMap<KeyId, UsedByHour>;

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
    pub(super) rolled: i64,
}

impl AddAssign for Used {
    fn add_assign(&mut self, more: Self) {
        self.requests = self.requests.saturating_add(more.requests);
        self.spend += more.spend;
        self.input_tokens = self.input_tokens.saturating_add(more.input_tokens);
        self.output_tokens = self.output_tokens.saturating_add(more.output_tokens);
    }
}

impl From<&Key> for KeyUse {
    fn from(key: &Key) -> Self {
        let (org, used) = (key.org.clone(), key.used.clone());
        let spend = key.config.limits.spend;
        Self { id: key.id, dialect: key.dialect, org, made: key.made, spend, used, rolled: key.rolled }
    }
}

/// The attribute of a row that counts in this hour of the day: `h07` for requests.
pub(in crate::store) fn attribute(counted: Counted, hour: i64) -> String {
    let letter = match counted {
        Counted::Requests => 'h',
        Counted::Spend => 's',
        Counted::InputTokens => 'i',
        Counted::OutputTokens => 'o',
    };
    format!("{letter}{:02}", hour.rem_euclid(24))
}
