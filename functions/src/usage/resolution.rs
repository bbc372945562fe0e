//! How long the periods of a usage answer are.

use latchkey_shared::clock::Millis;
use latchkey_shared::limits::spend::month_start;
use latchkey_shared::store::HOUR;

/// The length of a period, in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Resolution {
    Hour,
    Day,
    Month,
}

impl Resolution {
    /// What is wrong with any other name.
    pub(crate) const PROBLEM: &str = "must be hour, day or month";

    /// The resolution of this name. The default is days.
    pub(crate) fn read(name: Option<&str>) -> Option<Self> {
        let Some(name) = name else { return Some(Self::Day) };
        [Self::Hour, Self::Day, Self::Month].into_iter().find(|resolution| resolution.name() == name)
    }

    /// The name in requests.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Hour => "hour",
            Self::Day => "day",
            Self::Month => "month",
        }
    }

    /// The first instant of the period with this hour since 1970.
    pub(crate) fn start_of(self, hour: i64) -> Millis {
        match self {
            Self::Hour => hour * HOUR,
            Self::Day => hour.div_euclid(24) * 24 * HOUR,
            Self::Month => month_start(hour * HOUR),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ALL: [Resolution; 3] = [Resolution::Hour, Resolution::Day, Resolution::Month];

    #[test]
    fn a_resolution_is_read_by_its_exact_name() {
        assert!(ALL.into_iter().all(|resolution| Resolution::read(Some(resolution.name())) == Some(resolution)));
        assert_eq!(Resolution::read(None), Some(Resolution::Day));
        assert!(["", "Day", "days", "week"].into_iter().all(|name| Resolution::read(Some(name)).is_none()));
    }

    proptest! {
        #[test]
        fn a_period_starts_at_its_hour_or_before_and_a_longer_one_no_later(hour in 0..600_000_i64) {
            let [this_hour, day, month] = ALL.map(|resolution| resolution.start_of(hour));
            prop_assert!(month <= day && day <= this_hour && this_hour == hour * HOUR);
            prop_assert!(this_hour - day < 24 * HOUR && day - month < 31 * 24 * HOUR);
            for resolution in ALL {
                let start = resolution.start_of(hour);
                prop_assert_eq!(resolution.start_of(start / HOUR), start);
            }
        }
    }
}
