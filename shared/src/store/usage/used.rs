//! What was used in an hour, and how it is named in a row of `Usage`.

use std::collections::BTreeMap;
use std::ops::{AddAssign, Range};

use aws_sdk_dynamodb::types::AttributeValue;

use crate::keys::KeyId;
use crate::store::StoreError;
use crate::store::items::attributes::Item;
use crate::store::items::usage_key::midnight_of;

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
