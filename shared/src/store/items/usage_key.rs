//! The primary keys of `Usage`, whose rows each belong to a day: what a key used, what all keys of
//! an organisation used, and which keys have a day open.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::attributes::{self, Item, name};
use super::primary_key::{org_partition, sorted};
use crate::keys::{Dialect, KeyId};
use crate::orgs::OrgId;
use crate::store::StoreError;

/// Milliseconds of an hour.
pub const HOUR: i64 = 60 * 60 * 1000;

const TOTAL: &str = "total#";
const OPEN: &str = "open#";

/// A sixteenth of an organisation's keys. Each slice has totals of its own, so that reports and
/// roll-ups of different keys seldom meet in one row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::store) struct Slice(char);

impl Slice {
    /// All slices.
    pub(in crate::store) fn all() -> BTreeSet<Self> {
        "0123456789abcdef".chars().map(Self).collect()
    }

    /// The slice that this key is in.
    pub(in crate::store) fn of(id: KeyId) -> Self {
        let first = id.as_bytes().first().copied().unwrap_or_default();
        Self(char::from_digit(u32::from(first >> 4), 16).unwrap_or('0'))
    }
}

/// The rows of one kind in `Usage`.
#[derive(Clone, Copy)]
pub(in crate::store) enum UsageRows {
    Key,
    Total,
    Open,
}

impl UsageRows {
    /// The first and the last sort key that a row of these days can have.
    pub(in crate::store) fn range(self, first_day: &str, last_day: &str) -> (String, String) {
        let prefix = match self {
            Self::Key => "",
            Self::Total => TOTAL,
            Self::Open => OPEN,
        };
        // `$` is the character after `#`.
        (format!("{prefix}{first_day}#"), format!("{prefix}{last_day}$"))
    }
}

/// The UTC day of an hour since 1970, such as `2026-01-15`.
pub(in crate::store) fn day_of(hour: i64) -> Result<String, StoreError> {
    let at = Timestamp::from_second(hour.saturating_mul(3600)).map_err(|_| StoreError::Damaged(name::USED))?;
    Ok(at.to_string().chars().take(10).collect())
}

/// The first hour of a day, counted since 1970.
pub(in crate::store) fn midnight_of(day: &str) -> Result<i64, StoreError> {
    let midnight = format!("{day}T00:00:00Z").parse::<Timestamp>().map_err(|_| StoreError::Damaged("sk"))?;
    Ok(midnight.as_second().div_euclid(3600))
}

/// The row of a key's use on a day.
pub(in crate::store) fn usage_key(org: &OrgId, day: &str, id: KeyId) -> Item {
    sorted("sk", org_partition(org), format!("{day}#{id}"))
}

/// The day of a row of a key's use, and the key's id.
pub(in crate::store) fn usage_of(row: &Item) -> Result<(&str, KeyId), StoreError> {
    day_and_key(attributes::text(row, "sk")?)
}

/// The row of what the keys of one slice and dialect used on a day.
pub(in crate::store) fn total_key(org: &OrgId, day: &str, dialect: Dialect, Slice(slice): Slice) -> Item {
    sorted("sk", org_partition(org), format!("{TOTAL}{day}#{}#{slice}", dialect.as_str()))
}

/// The day, the dialect and the slice of a row of totals.
pub(in crate::store) fn total_of(row: &Item) -> Result<(&str, Dialect, Slice), StoreError> {
    let parts = attributes::text(row, "sk")?.strip_prefix(TOTAL).map(|rest| rest.split('#').collect::<Vec<_>>());
    let total = match parts.as_deref() {
        Some([day, dialect, slice]) => Dialect::named(dialect).zip(slice.chars().next()).map(|of| (*day, of)),
        _ => None,
    };
    total.map(|(day, (dialect, slice))| (day, dialect, Slice(slice))).ok_or(StoreError::Damaged("sk"))
}

/// The row that says that a key has a day open.
pub(in crate::store) fn open_key(org: &OrgId, day: &str, id: KeyId) -> Item {
    sorted("sk", org_partition(org), format!("{OPEN}{day}#{id}"))
}

/// The day that this row says is open, and the id of the key that has it open.
pub(in crate::store) fn opened_by(row: &Item) -> Result<(&str, KeyId), StoreError> {
    day_and_key(attributes::text(row, "sk")?.strip_prefix(OPEN).unwrap_or_default())
}

fn day_and_key(text: &str) -> Result<(&str, KeyId), StoreError> {
    let parts = text.split_once('#').and_then(|(day, id)| Some((day, KeyId::parse(id)?)));
    parts.ok_or(StoreError::Damaged("sk"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::items::example;

    const DAY: &str = "2026-01-15";

    #[test]
    fn what_a_key_is_made_of_is_read_back_from_it() {
        let id = example::id(7);
        // An id that is empty, and one that looks like a prefix.
        for org in ["", "acme", "total#open"].map(OrgId::from_stored) {
            assert_eq!(usage_of(&usage_key(&org, DAY, id)).unwrap(), (DAY, id));
            assert_eq!(opened_by(&open_key(&org, DAY, id)).unwrap(), (DAY, id));
            for dialect in Dialect::ALL {
                let row = total_key(&org, DAY, dialect, Slice::of(id));
                assert_eq!(total_of(&row).unwrap(), (DAY, dialect, Slice::of(id)));
                assert!(usage_of(&row).is_err() && opened_by(&row).is_err());
            }
        }
    }

    #[test]
    fn a_range_of_days_has_every_row_of_its_kind_and_no_other() {
        let org = OrgId::default();
        for id in [example::id(0), example::id(255)] {
            let rows = |day| {
                [usage_key(&org, day, id), total_key(&org, day, Dialect::Tyk, Slice::of(id)), open_key(&org, day, id)]
            };
            for (kind, wanted) in [(UsageRows::Key, 0), (UsageRows::Total, 1), (UsageRows::Open, 2)] {
                let (first, last) = kind.range(DAY, "2026-01-16");
                for (day, within) in [("2026-01-14", false), (DAY, true), ("2026-01-16", true), ("2026-01-17", false)] {
                    for (at, row) in rows(day).iter().enumerate() {
                        let sort = row["sk"].as_s().unwrap();
                        assert_eq!(first <= *sort && *sort <= last, within && at == wanted, "{sort}");
                    }
                }
            }
        }
    }

    #[test]
    fn a_day_and_its_hours_lead_to_each_other() {
        let midnight = midnight_of(DAY).unwrap();
        assert_eq!([day_of(midnight).unwrap(), day_of(midnight + 23).unwrap()], [DAY, DAY]);
        assert_eq!(day_of(midnight + 24).unwrap(), "2026-01-16");
    }

    #[test]
    fn every_key_is_in_one_of_sixteen_slices() {
        let slices: BTreeSet<_> = (0..=255).map(|byte| Slice::of(example::id(byte))).collect();
        assert_eq!(slices, Slice::all());
    }
}
