//! Times and spans as they stand on the command line.

use std::str::FromStr;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

/// A span of time: a number of seconds, minutes, hours or days, at least a second.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Span(i64);

/// When something ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Expiry {
    Never,
    At(Timestamp),
    In(Span),
}

impl Span {
    pub(super) fn seconds(self) -> i64 {
        self.0
    }

    /// The time so long after `now`.
    pub(super) fn after(self, now: Timestamp) -> i64 {
        now.as_second().saturating_add(self.0)
    }
}

impl Expiry {
    /// The Unix second; 0 for never.
    pub(super) fn second(self, now: Timestamp) -> i64 {
        match self {
            Self::Never => 0,
            Self::At(time) => time.as_second(),
            Self::In(span) => span.after(now),
        }
    }
}

impl FromStr for Span {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let problem = || "must be a time such as 90s, 15m, 1h or 30d".to_owned();
        let unit = text.chars().last().ok_or_else(problem)?;
        let seconds = match unit {
            's' => 1,
            'm' => 60,
            'h' => 60 * 60,
            'd' => 24 * 60 * 60,
            _ => return Err(problem()),
        };
        let number = match text.strip_suffix(unit) {
            Some("") => Some(1),
            number => number.and_then(|number| number.parse::<u32>().ok()).filter(|number| *number > 0),
        };
        let number = number.ok_or_else(problem)?;
        Ok(Self(i64::from(number) * seconds))
    }
}

impl FromStr for Expiry {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let day = |text: &str| Some(text.parse::<Date>().ok()?.to_zoned(TimeZone::UTC).ok()?.timestamp());
        let at = || text.parse().ok().or_else(|| day(text)).map(Self::At);
        match text {
            "never" => Ok(Self::Never),
            _ => text.parse().ok().map(Self::In).or_else(at).ok_or_else(|| {
                "must be a time such as 2030-01-15T12:00:00Z, a day such as 2030-01-15, a span such as 30d, or never".into()
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_and_times_are_read() {
        let second = |text: &str| text.parse::<Expiry>().unwrap().second(Timestamp::from_second(1000).unwrap());
        assert_eq!([second("never"), second("90s"), second("2h"), second("1d")], [0, 1090, 8200, 87_400]);
        assert_eq!([second("1970-01-02"), second("1970-01-02T00:00:01Z")], [86_400, 86_401]);
        for wrong in ["", "soon", "1", "-1d", "0d", "1dd", "2030-13-01", "1y"] {
            assert!(wrong.parse::<Expiry>().is_err(), "{wrong}");
        }
    }
}
