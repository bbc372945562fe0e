//! Periods of usage, for the gate and the Requesty dialect: which hours a request means, and how
//! they add up.

pub(crate) mod hours;
mod resolution;

use std::collections::BTreeMap;

pub(crate) use resolution::Resolution;

use jiff::Timestamp;
use latchkey_shared::clock::Millis;
use latchkey_shared::store::{Used, UsedByHour};

/// What was used in each period, by its start. Periods without usage are left out.
pub(crate) fn by_period(resolution: Resolution, hours: UsedByHour) -> BTreeMap<Millis, Used> {
    let mut periods = added_up(hours.into_iter().map(|(hour, used)| (resolution.start_of(hour), used)));
    periods.retain(|_, used| *used != Used::default());
    periods
}

/// The sum of several usages.
pub(crate) fn total(parts: impl IntoIterator<Item = Used>) -> Used {
    parts.into_iter().fold(Used::default(), |mut total, used| {
        total += used;
        total
    })
}

/// An instant in RFC 3339, as both APIs write the start of a period.
pub(crate) fn rfc_3339(instant: Millis) -> String {
    Timestamp::from_millisecond(instant).unwrap_or_default().to_string()
}

fn added_up(parts: impl Iterator<Item = (i64, Used)>) -> BTreeMap<i64, Used> {
    let mut sums = BTreeMap::<i64, Used>::new();
    for (at, used) in parts {
        *sums.entry(at).or_default() += used;
    }
    sums
}

#[cfg(test)]
mod tests {
    use proptest::collection::btree_map;
    use proptest::prelude::*;

    use super::*;

    fn requests(requests: i64) -> Used {
        Used { requests, ..Used::default() }
    }

    #[test]
    fn hours_add_up_to_the_periods_they_lie_in() {
        let hours =
            || UsedByHour::from([(0, requests(1)), (23, requests(2)), (24, requests(4)), (31 * 24, requests(8))]);
        let at = |text: &str| text.parse::<Timestamp>().unwrap().as_millisecond();
        let [first, second, february] =
            ["1970-01-01T00:00:00Z", "1970-01-02T00:00:00Z", "1970-02-01T00:00:00Z"].map(at);
        let days = by_period(Resolution::Day, hours());
        assert_eq!(days, [(first, requests(3)), (second, requests(4)), (february, requests(8))].into());
        let months = by_period(Resolution::Month, hours());
        assert_eq!(months, [(first, requests(7)), (february, requests(8))].into());
    }

    #[test]
    fn a_period_without_usage_is_left_out() {
        assert_eq!(by_period(Resolution::Hour, [(1, Used::default()), (2, requests(1))].into()).len(), 1);
    }

    proptest! {
        #[test]
        fn no_resolution_loses_or_adds_usage(hours in btree_map(0..600_000_i64, 0..1000_i64, 0..50)) {
            let hours: UsedByHour = hours.into_iter().map(|(hour, count)| (hour, requests(count))).collect();
            for resolution in [Resolution::Hour, Resolution::Day, Resolution::Month] {
                let periods = by_period(resolution, hours.clone());
                prop_assert_eq!(total(periods.into_values()), total(hours.values().copied()));
            }
        }
    }
}
