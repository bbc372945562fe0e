//! A fixed window: how much is left, until when, and how large the next one is.

use crate::clock::Millis;

/// Means unlimited, or never, so that one expression checks limited and unlimited keys.
pub const BIG: i64 = 9_000_000_000_000_000;

/// How far apart the clocks of two instances may be before one of them considers the other's
/// windows impossible.
pub const CLOCK_TOLERANCE: Millis = 5 * 60 * 1000;

/// A limit of `max` units per `period`, and the state of the current window.
///
/// A window starts with the first use after the one before it ended. Fresh: `left = max`,
/// `end = 0`. Unlimited: `left`, `max` and `end` are [`BIG`]. Never renewed: `end` is [`BIG`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// Units left in the current window; negative after the limit was lowered below what is used.
    pub left: i64,
    /// When the current window ends; 0 = none has begun.
    pub end: Millis,
    /// Units of a whole window.
    pub max: i64,
    /// The length of a window in milliseconds.
    pub period: Millis,
}

impl Window {
    /// No limit.
    pub const UNLIMITED: Self = Self { left: BIG, end: BIG, max: BIG, period: BIG };

    /// A fresh window of `max` units per `period`; a period of [`BIG`] is one window for ever.
    #[must_use]
    pub fn fresh(max: i64, period: Millis) -> Self {
        if max >= BIG {
            return Self::UNLIMITED;
        }
        let period = period.clamp(1, BIG);
        let end = if period == BIG { BIG } else { 0 };
        Self { left: max, end, max, period }
    }

    /// `rate` requests per `per` seconds. There is no limit unless both are positive.
    ///
    /// Units are whole: 0.5 per 1 s becomes 1 per 2 s, 2.5 per 1 s becomes 2 per 0.8 s.
    ///
    /// ```
    /// use latchkey_shared::limits::Window;
    ///
    /// assert_eq!(Window::rate(0.5, 1.0), Window::fresh(1, 2000));
    /// assert_eq!(Window::rate(2.5, 1.0), Window::fresh(2, 800));
    /// // A rate without a period limits nothing.
    /// assert!(Window::rate(100.0, 0.0).is_unlimited());
    /// ```
    #[must_use]
    pub fn rate(rate: f64, per: f64) -> Self {
        if rate <= 0.0 || per <= 0.0 {
            return Self::UNLIMITED;
        }
        let whole = rate.floor().max(1.0);
        // A cast from float saturates, so that absurd numbers become BIG.
        Self::fresh(whole as i64, ((per * whole / rate * 1000.0).ceil() as i64).min(BIG))
    }

    /// `max` requests per `renewal` seconds. There is no limit unless `max` is positive; the quota
    /// never renews unless `renewal` is.
    #[must_use]
    pub fn quota(max: i64, renewal: i64) -> Self {
        if max <= 0 {
            return Self::UNLIMITED;
        }
        let period = if renewal <= 0 { BIG } else { renewal.saturating_mul(1000) };
        Self::fresh(max, period)
    }

    /// Whether both are windows of one limit, whatever was used.
    #[must_use]
    pub fn is_same_limit(&self, other: &Self) -> bool {
        (self.max, self.period) == (other.max, other.period)
    }

    /// Whether there is no limit.
    #[must_use]
    pub fn is_unlimited(&self) -> bool {
        self.max >= BIG
    }

    /// The Unix second by which the window has ended; `None` when it never ends or has not begun.
    #[must_use]
    pub fn resets_at(&self) -> Option<i64> {
        (1..BIG).contains(&self.end).then(|| self.end.saturating_add(999) / 1000)
    }

    /// Whether a window has begun and is over at `now`.
    #[must_use]
    pub fn has_ended(&self, now: Millis) -> bool {
        self.end > 0 && self.is_over(now)
    }

    /// Whether the window is over at `now`, so that the next use begins another. A window that ends
    /// later than any clock near `now` can have set was begun by a wrong clock, and counts as over.
    #[must_use]
    pub fn is_over(&self, now: Millis) -> bool {
        self.end <= now || self.end > self.latest_end(now)
    }

    /// The latest end of a window that a clock within [`CLOCK_TOLERANCE`] of `now` began.
    #[must_use]
    pub fn latest_end(&self, now: Millis) -> Millis {
        now.saturating_add(self.period).saturating_add(CLOCK_TOLERANCE)
    }

    /// Whether units of the running window are used at `now`.
    #[must_use]
    pub fn is_in_use(&self, now: Millis) -> bool {
        !self.is_unlimited() && !self.is_over(now) && self.left != self.max
    }

    /// Whether `cost` units are left at `now`, in the running window or in the one that they begin.
    #[must_use]
    pub fn admits(&self, cost: i64, now: Millis) -> bool {
        self.is_unlimited() || if self.is_over(now) { self.max >= cost } else { self.left >= cost }
    }

    /// Units left at `now`, at least 0; `None` while no limited window is running.
    #[must_use]
    pub fn remaining(&self, now: Millis) -> Option<i64> {
        let untouched = self.left == self.max && (self.end == 0 || self.end == BIG);
        (!self.is_unlimited() && !untouched && !self.is_over(now)).then(|| self.left.max(0))
    }

    /// How the stored window `old` becomes this one and keeps its use: what to add to its `left`,
    /// and its new `end` if that changes. `None` when there is no use to keep, so that the window
    /// starts fresh.
    ///
    /// If the new period is so short that the running window would look like one of a wrong clock,
    /// it ends a period from now.
    #[must_use]
    pub fn carry_from(&self, old: &Self, now: Millis) -> Option<(i64, Option<Millis>)> {
        if self.is_unlimited() || old.is_unlimited() || old.has_ended(now) {
            return None;
        }
        let end = match (old.period == BIG, self.period == BIG) {
            (false, true) => Some(BIG),
            (true, false) => Some(now.saturating_add(self.period).min(BIG)),
            (false, false) if old.end > self.latest_end(now) => Some(now.saturating_add(self.period)),
            _ => None,
        };
        Some((self.max - old.max, end))
    }

    /// This limit with the use of the window `old`, as [`Window::carry_from`] says, or fresh if
    /// there is none to keep.
    #[must_use]
    pub fn carrying(self, old: &Self, now: Millis) -> Self {
        match self.carry_from(old, now) {
            Some((add, end)) => Self { left: old.left + add, end: end.unwrap_or(old.end), ..self },
            None => self,
        }
    }
}

impl Default for Window {
    fn default() -> Self {
        Self::UNLIMITED
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_fraction_becomes_whole_units_of_a_longer_window() {
        assert_eq!(Window::rate(0.5, 1.0), Window::fresh(1, 2000));
        assert_eq!(Window::rate(2.5, 1.0), Window::fresh(2, 800));
        assert_eq!(Window::rate(1000.0, 60.0), Window::fresh(1000, 60_000));
    }

    #[test]
    fn nothing_positive_is_no_limit() {
        for (rate, per) in [(0.0, 1.0), (-1.0, 1.0), (5.0, 0.0), (5.0, -1.0)] {
            assert!(Window::rate(rate, per).is_unlimited(), "{rate} per {per}");
        }
        assert!(Window::quota(0, 60).is_unlimited());
        assert!(Window::quota(-1, 60).is_unlimited());
    }

    #[test]
    fn a_quota_without_a_renewal_never_turns() {
        assert_eq!(Window::quota(5, 0), Window { left: 5, end: BIG, max: 5, period: BIG });
    }

    #[test]
    fn a_fresh_window_shows_no_remainder_until_it_is_used() {
        assert_eq!(Window::quota(5, 60).remaining(1), None);
        assert_eq!(Window::quota(5, 0).remaining(1), None);
        assert_eq!(Window { left: 4, end: BIG, max: 5, period: BIG }.remaining(1), Some(4));
        assert_eq!(Window { left: -3, end: 100, max: 5, period: 100 }.remaining(1), Some(0));
        assert_eq!(Window { left: 4, end: 100, max: 5, period: 100 }.remaining(100), None);
    }

    #[test]
    fn a_window_that_a_clock_ahead_of_time_began_is_over() {
        let of_ending_at = |end| Window { left: 0, end, max: 5, period: 1000 };
        let latest = 50 + 1000 + CLOCK_TOLERANCE;
        assert!(!of_ending_at(latest).is_over(50) && of_ending_at(latest + 1).is_over(50));
        assert!(of_ending_at(latest + 1).admits(5, 50) && of_ending_at(latest + 1).has_ended(50));
        assert!(!Window { left: 0, end: BIG, max: 5, period: BIG }.is_over(50), "a window for ever is none");
        assert!(!Window::UNLIMITED.is_over(50));
    }

    #[test]
    fn a_shorter_period_forgets_no_use() {
        const YEAR: i64 = 365 * 24 * 60 * 60 * 1000;
        let old = Window { left: 1, end: YEAR, max: 5, period: YEAR };
        let carried = Window::fresh(5, 60_000).carrying(&old, 50);
        assert_eq!(carried, Window { left: 1, end: 60_050, max: 5, period: 60_000 });
    }

    proptest! {
        #[test]
        fn any_numbers_make_a_window_whose_end_cannot_overflow(rate in any::<f64>(), per in any::<f64>(),
                                                               max in any::<i64>(), renewal in any::<i64>()) {
            for window in [Window::rate(rate, per), Window::quota(max, renewal)] {
                prop_assert!(window.max >= 1 && window.max <= BIG);
                prop_assert!(window.period >= 1 && window.period <= BIG);
                prop_assert_eq!(window.left, window.max);
                prop_assert!(2_000_000_000_000_i64.checked_add(window.period).is_some());
            }
        }

        #[test]
        fn a_rate_is_never_looser_than_was_asked_for(rate in 0.001_f64..1e6, per in 0.001_f64..1e6) {
            let window = Window::rate(rate, per);
            let stored = window.max as f64 / window.period as f64;
            prop_assert!(stored <= rate / per / 1000.0 * (1.0 + 1e-9));
        }

        #[test]
        fn a_changed_limit_keeps_what_was_used(used in 0_i64..1000, old_max in 1_i64..1000, new_max in 1_i64..1000) {
            let old = Window { left: old_max - used, end: 100, max: old_max, period: 100 };
            let (add, end) = Window::fresh(new_max, 100).carry_from(&old, 50).unwrap();
            prop_assert_eq!(new_max - (old.left + add), used);
            prop_assert_eq!(end, None);
        }
    }
}
