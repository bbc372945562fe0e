//! Limits as they stand on the command line: so many units in so long.

use std::str::FromStr;

use super::time::Span;

/// So many units in so many seconds, or no limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Limit {
    /// 0 for no limit.
    pub(super) units: u64,
    pub(super) seconds: i64,
}

impl FromStr for Limit {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "none" {
            return Ok(Self { units: 0, seconds: 0 });
        }
        let problem = || "must be a number and a time, such as 100/60s or 10000/30d, or none".to_owned();
        let (units, span) = text.split_once('/').ok_or_else(problem)?;
        let units = units.parse().ok().filter(|units| (1..=i64::MAX as u64).contains(units)).ok_or_else(problem)?;
        let seconds = span.parse::<Span>().map_err(|_| problem())?.seconds();
        Ok(Self { units, seconds })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_a_number_in_a_time() {
        let limit = |text: &str| text.parse::<Limit>();
        assert_eq!(limit("100/60s"), Ok(Limit { units: 100, seconds: 60 }));
        assert_eq!(limit("5/m"), Ok(Limit { units: 5, seconds: 60 }));
        assert_eq!(limit("10000/30d"), Ok(Limit { units: 10_000, seconds: 2_592_000 }));
        assert_eq!(limit("none"), Ok(Limit { units: 0, seconds: 0 }));
        for wrong in
            ["", "100", "100/", "/60s", "0/60s", "-1/60s", "1/0s", "1.5/s", "1/60", "1/60x", "99999999999999999999/s"]
        {
            assert!(limit(wrong).is_err(), "{wrong}");
        }
    }
}
