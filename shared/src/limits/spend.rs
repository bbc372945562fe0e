//! What a key may spend in a UTC calendar month, and what it has spent in the current one.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

use super::BIG;
use super::window::CLOCK_TOLERANCE;
use crate::clock::Millis;

/// More than any key can spend in a month: a million units, a thousand times a second, are some
/// 10^24 billionths.
const NO_LIMIT: i128 = 1_000_000_000_000_000_000_000_000_000;

/// A limit of `max` billionths of money in a month, and the state of the current month.
///
/// A month in which nothing was spent has not begun: its `end` is in the past. When there is no
/// limit, `max` is that of [`Spend::UNLIMITED`], which cannot be used up; what is spent is still
/// counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spend {
    /// Billionths left; negative when costs that were known only afterwards exceeded the limit.
    pub left: i128,
    /// The first instant of the next month, once the month has begun.
    pub end: Millis,
    /// Billionths for a whole month.
    pub max: i128,
}

impl Spend {
    /// No limit, and nothing spent.
    pub const UNLIMITED: Self = Self { left: NO_LIMIT, end: 0, max: NO_LIMIT };

    /// At most `max` billionths a month; nothing spent.
    #[must_use]
    pub fn limited(max: i128) -> Self {
        Self { left: max, end: 0, max }
    }

    /// Whether there is no limit.
    #[must_use]
    pub fn is_unlimited(&self) -> bool {
        self.max >= NO_LIMIT
    }

    /// Whether nothing was spent yet in the month of `now`. A month that lies in the future was
    /// begun by a wrong clock, and counts as over.
    #[must_use]
    pub fn is_over(&self, now: Millis) -> bool {
        self.end <= now || self.end > Self::latest_end(now)
    }

    /// The latest end of a month that a clock within [`CLOCK_TOLERANCE`] of `now` began.
    #[must_use]
    pub fn latest_end(now: Millis) -> Millis {
        month_end(now.saturating_add(CLOCK_TOLERANCE))
    }

    /// Whether `amount` is left at `now`; for 0, whether anything is.
    #[must_use]
    pub fn admits(&self, amount: i128, now: Millis) -> bool {
        self.left_at(now) >= amount.max(1)
    }

    /// Billionths left at `now`.
    #[must_use]
    pub fn left_at(&self, now: Millis) -> i128 {
        if self.is_over(now) { self.max } else { self.left }
    }

    /// Billionths spent in the month of `now`.
    #[must_use]
    pub fn spent(&self, now: Millis) -> i128 {
        self.max - self.left_at(now)
    }

    /// The state after `amount` was spent at `now`, or returned if it is negative. It begins the
    /// month of `now` if need be.
    #[must_use]
    pub fn with(&self, amount: i128, now: Millis) -> Self {
        let end = if self.is_over(now) { month_end(now) } else { self.end };
        Self { left: self.left_at(now) - amount, end, max: self.max }
    }
}

/// The first instant of the UTC month after the one of `now`.
///
/// ```
/// use latchkey_shared::limits::spend::{month_end, month_start};
///
/// let at = |time: &str| time.parse().map(|time: jiff::Timestamp| time.as_millisecond());
/// let now = at("2026-12-31T23:59:59Z")?;
/// assert_eq!(month_start(now), at("2026-12-01T00:00:00Z")?);
/// assert_eq!(month_end(now), at("2027-01-01T00:00:00Z")?);
/// # Ok::<(), jiff::Error>(())
/// ```
#[must_use]
pub fn month_end(now: Millis) -> Millis {
    let next = first_day(now).checked_add(1.month());
    next.ok().and_then(midnight).unwrap_or(BIG)
}

/// The first instant of the UTC month of `now`.
#[must_use]
pub fn month_start(now: Millis) -> Millis {
    midnight(first_day(now)).unwrap_or_default()
}

fn first_day(now: Millis) -> Date {
    Timestamp::from_millisecond(now).unwrap_or_default().to_zoned(TimeZone::UTC).date().first_of_month()
}

fn midnight(day: Date) -> Option<Millis> {
    Some(day.to_zoned(TimeZone::UTC).ok()?.timestamp().as_millisecond())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn millis(time: &str) -> Millis {
        time.parse::<Timestamp>().unwrap().as_millisecond()
    }

    #[test]
    fn a_month_ends_with_its_last_millisecond() {
        for (now, end) in [
            ("2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z"),
            ("2026-01-31T23:59:59.999Z", "2026-02-01T00:00:00Z"),
            ("2026-12-15T12:00:00Z", "2027-01-01T00:00:00Z"),
            ("2028-02-29T00:00:00Z", "2028-03-01T00:00:00Z"),
        ] {
            assert_eq!(month_end(millis(now)), millis(end), "{now}");
            assert_eq!(month_start(millis(end)), millis(end), "{end}");
        }
    }

    #[test]
    fn a_limit_that_is_reached_admits_nothing_until_the_month_is_over() {
        let spend = Spend { left: 0, end: 100, max: 5 };
        assert!(!spend.admits(0, 99) && !spend.admits(1, 99));
        assert!(spend.admits(0, 100) && spend.admits(5, 100) && !spend.admits(6, 100));
        assert_eq!((spend.spent(99), spend.spent(100)), (5, 0));
    }

    #[test]
    fn a_month_that_a_clock_ahead_of_time_began_is_over() {
        let (january, february) = (millis("2026-01-31T23:55:00Z"), millis("2026-02-01T00:00:00Z"));
        let of = |end| Spend { left: 0, end, max: 5 };
        assert!(!of(february).is_over(january) && !of(month_end(february)).is_over(january), "five minutes ahead");
        assert!(of(month_end(february)).is_over(january - 1));
        assert!(of(millis("2036-02-01T00:00:00Z")).admits(5, january));
    }

    #[test]
    fn without_a_limit_what_is_spent_is_counted_and_nothing_refused() {
        let most = 1_000_000 * 1_000_000_000;
        let mut spend = Spend { end: 100, ..Spend::UNLIMITED };
        for _ in 0..1000 {
            assert!(spend.admits(most, 50));
            // The most that a month can hold: thousands of the largest amounts every second.
            spend = spend.with(most * 1_000_000, 50);
        }
        assert!(spend.is_unlimited() && spend.admits(most, 50));
        assert_eq!(spend.spent(50), most * 1_000_000_000);
    }

    #[test]
    fn what_is_spent_later_begins_the_month_that_it_is_spent_in() {
        let (january, february) = (millis("2026-01-31T23:59:59.999Z"), millis("2026-02-01T00:00:00Z"));
        let begun = Spend::limited(5).with(7, january);
        assert_eq!(begun, Spend { left: -2, end: february, max: 5 }, "known only afterwards, and so above the limit");
        assert_eq!(begun.with(-3, january), Spend { left: 1, end: february, max: 5 });
        assert_eq!(begun.with(1, february), Spend { left: 4, end: month_end(february), max: 5 });
    }

    proptest! {
        #[test]
        fn any_time_lies_in_a_month_of_28_to_31_days(now in 0_i64..4_000_000_000_000) {
            let end = month_end(now);
            prop_assert!(end > now && end - now <= 31 * 24 * 3600 * 1000);
            prop_assert_eq!(month_end(end - 1), end);
            prop_assert!(month_start(now) <= now && month_end(month_start(now)) == end);
        }
    }
}
