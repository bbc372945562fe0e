//! How finely use is told: the same to the gate's callers and to Requesty's.

use latchkey_shared::clock::Millis;
use latchkey_shared::limits::spend::month_start;
use latchkey_shared::store::HOUR;

/// How long a period is, in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Resolution {
    Hour,
    Day,
    Month,
}

impl Resolution {
    /// What a name must be that is none of them.
    pub(crate) const PROBLEM: &str = "must be hour, day or month";

    /// The one of this name; days where none is said.
    pub(crate) fn read(name: Option<&str>) -> Option<Self> {
        let Some(name) = name else { return Some(Self::Day) };
        [Self::Hour, Self::Day, Self::Month].into_iter().find(|resolution| resolution.name() == name)
    }

    /// The name.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Hour => "hour",
            Self::Day => "day",
            Self::Month => "month",
        }
    }

    /// The first instant of the period that this hour since 1970 lies in.
    pub(crate) fn start_of(self, hour: i64) -> Millis {
        match self {
            Self::Hour => hour * HOUR,
            Self::Day => hour.div_euclid(24) * 24 * HOUR,
            Self::Month => month_start(hour * HOUR),
        }
    }
}
