//! Ranges of time as the whole hours since 1970 in which usage is counted. Nothing was used before
//! 1970.

use std::ops::Range;

use jiff::Timestamp;
use jiff::civil::Date;
use latchkey_shared::limits::spend::month_end;
use latchkey_shared::store::HOUR;

const NANOS_OF_HOUR: i128 = 3_600_000_000_000;

/// The hours of the UTC days from `start` until before `end`.
pub(crate) fn of_days(start: Date, end: Date) -> Range<i64> {
    let midnight = |date: Date| date.duration_since(Date::constant(1970, 1, 1)).as_hours();
    since_1970(midnight(start)..midnight(end))
}

/// The hours that overlap with the time from `start` until `end`.
pub(crate) fn around(start: Timestamp, end: Timestamp) -> Range<i64> {
    let hour = |nanos: i128| i64::try_from(nanos.div_euclid(NANOS_OF_HOUR)).unwrap_or_default();
    since_1970(hour(start.as_nanosecond())..hour(end.as_nanosecond() + NANOS_OF_HOUR - 1))
}

/// The part of `hours` in the month of the first one.
pub(crate) fn in_first_month(hours: &Range<i64>) -> Range<i64> {
    hours.start..hours.end.min(month_end(hours.start * HOUR) / HOUR)
}

/// `hours`, or the first one if there are none.
pub(crate) fn at_least_one(hours: Range<i64>) -> Range<i64> {
    hours.start..hours.end.max(hours.start + 1)
}

fn since_1970(hours: Range<i64>) -> Range<i64> {
    let start = hours.start.max(0);
    start..hours.end.max(start)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap_or_else(|_| panic!("{text}"))
    }

    #[test]
    fn a_range_is_widened_to_whole_hours() {
        let hour = at("2026-01-15T12:00:00Z").as_second() / 3600;
        let around = |start, end| around(at(start), at(end));
        assert_eq!(around("2026-01-15T12:00:00Z", "2026-01-15T13:00:00Z"), hour..hour + 1);
        assert_eq!(around("2026-01-15T12:59:59Z", "2026-01-15T13:00:00.000000001Z"), hour..hour + 2);
    }

    #[test]
    fn nothing_was_used_before_1970() {
        let before = around(at("0000-01-01T00:00:00Z"), at("0000-01-02T00:00:00Z"));
        assert_eq!((before.clone(), at_least_one(before)), (0..0, 0..1));
        assert_eq!(of_days(Date::constant(0, 1, 1), Date::constant(0, 1, 3)), 0..0);
        assert_eq!(of_days(Date::constant(1969, 12, 31), Date::constant(1970, 1, 2)), 0..24);
    }

    #[test]
    fn days_are_24_hours_each() {
        assert_eq!(of_days(Date::constant(1970, 1, 2), Date::constant(1970, 1, 4)), 24..72);
    }

    #[test]
    fn the_first_month_ends_with_the_range_or_with_the_month() {
        let january = 31 * 24;
        assert_eq!(in_first_month(&(5..january + 9)), 5..january);
        assert_eq!(in_first_month(&(5..9)), 5..9);
        assert_eq!(in_first_month(&(january..january + 1)), january..january + 1);
    }

    proptest! {
        #[test]
        fn months_split_a_range_without_gaps(start in 0..600_000_i64, length in 0..20_000_i64) {
            let (mut rest, mut months) = (start..start + length, 0);
            while !rest.is_empty() {
                let month = in_first_month(&rest);
                prop_assert!(month.start == rest.start && !month.is_empty() && month.end <= rest.end);
                rest.start = month.end;
                months += 1;
            }
            prop_assert!(months <= length / (28 * 24) + 2);
        }

        #[test]
        fn the_hours_around_a_range_cover_it(start in 0..2_000_000_000_i64, length in 1..10_000_000_i64) {
            let end = start + length;
            let [from, to] = [start, end].map(|second| Timestamp::from_second(second).unwrap());
            let hours = around(from, to);
            prop_assert!(hours.start * 3600 <= start && start < (hours.start + 1) * 3600);
            prop_assert!((hours.end - 1) * 3600 < end && end <= hours.end * 3600);
        }
    }
}
