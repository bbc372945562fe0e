//! What was used: of a key, in an hour, and how it is named in a row of `Usage`.

use std::collections::BTreeMap;
use std::ops::{AddAssign, Range};

use aws_sdk_dynamodb::types::AttributeValue;

use crate::clock::Millis;
use crate::keys::{Dialect, Key, KeyId};
use crate::limits::Spend;
use crate::orgs::OrgId;
use crate::store::StoreError;
use crate::store::items::attributes::{self, Item, name};
use crate::store::items::key::owner_of;
use crate::store::items::primary_key::id_of;
use crate::store::items::usage_key::midnight_of;
use crate::store::items::{key_config, limits};
use crate::store::write::own_use::OwnUse;

/// In a key's row: how often the key was rolled up until then. In a total: how many roll-ups added to
/// it.
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
    pub(in crate::store) rolled: i64,
}

impl Used {
    /// Adds the attribute that begins with `letter`.
    fn add(&mut self, letter: &str, value: &AttributeValue) -> Result<(), StoreError> {
        let damaged = || StoreError::Damaged("usage");
        let number: i128 = value.as_n().ok().and_then(|digits| digits.parse().ok()).ok_or_else(damaged)?;
        let more = match letter {
            "h" => Self { requests: saturated(number), ..Self::default() },
            "s" => Self { spend: number, ..Self::default() },
            "i" => Self { input_tokens: saturated(number), ..Self::default() },
            "o" => Self { output_tokens: saturated(number), ..Self::default() },
            _ => return Err(damaged()),
        };
        *self += more;
        Ok(())
    }
}

impl AddAssign for Used {
    fn add_assign(&mut self, more: Self) {
        self.requests = self.requests.saturating_add(more.requests);
        self.spend += more.spend;
        self.input_tokens = self.input_tokens.saturating_add(more.input_tokens);
        self.output_tokens = self.output_tokens.saturating_add(more.output_tokens);
    }
}

impl KeyUse {
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

/// The number, or the one closest to it.
fn saturated(number: i128) -> i64 {
    i64::try_from(number).unwrap_or(if number < 0 { i64::MIN } else { i64::MAX })
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

/// What a row of `day` counts in those of its hours that lie within `hours`.
pub(super) fn used_by_hour(row: &Item, day: &str, hours: &Range<i64>) -> Result<UsedByHour, StoreError> {
    let midnight = midnight_of(day)?;
    let mut by_hour = UsedByHour::new();
    for (attribute, value) in row {
        let Some((letter, hour)) = attribute.split_at_checked(1) else { continue };
        let Some(hour) = hour.parse().ok().map(|hour: i64| midnight + hour) else { continue };
        if hours.contains(&hour) {
            by_hour.entry(hour).or_default().add(letter, value)?;
        }
    }
    by_hour.retain(|_, used| *used != Used::default());
    Ok(by_hour)
}
