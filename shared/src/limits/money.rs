//! Amounts of money: decimals kept as whole micro-units, read and written without rounding.

use std::fmt;

use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

/// Digits behind the point that are kept.
const DECIMALS: usize = 6;
/// Micro-units of one unit.
const MICROS: i64 = 1_000_000;
/// The largest amount that is read, in micro-units: a billion units.
const MAX: i64 = 1_000_000_000 * MICROS;

/// An amount in micro-units: 1.5 units are 1,500,000. It says nothing of the currency.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Money(i64);

/// Why a text is no amount.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InvalidMoney {
    /// It is no decimal number.
    NoNumber,
    /// It is below zero.
    Negative,
    /// It has more than six digits behind the point.
    TooFine,
    /// It is more than a billion units.
    TooLarge,
}

impl InvalidMoney {
    /// What is wrong, as it follows the field's name.
    #[must_use]
    pub fn problem(self) -> &'static str {
        match self {
            Self::NoNumber => "must be a decimal number",
            Self::Negative => "must not be negative",
            Self::TooFine => "must have at most 6 digits behind the point",
            Self::TooLarge => "must be at most 1000000000",
        }
    }
}

impl Money {
    /// Takes micro-units.
    #[must_use]
    pub fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// The micro-units.
    #[must_use]
    pub fn micros(self) -> i64 {
        self.0
    }

    /// Reads a JSON value as it was sent: a number, or a text that holds one.
    ///
    /// # Errors
    /// When it is neither, or no amount.
    pub fn from_json(json: &RawValue) -> Result<Self, InvalidMoney> {
        let json = json.get();
        match serde_json::from_str::<String>(json) {
            Ok(text) => Self::parse(&text),
            Err(_) => Self::parse(json),
        }
    }

    /// Reads a decimal number such as `12`, `12.5` or `1.25e1`.
    ///
    /// # Errors
    /// When it is none, negative, finer than micro-units or larger than a billion.
    pub fn parse(text: &str) -> Result<Self, InvalidMoney> {
        let (number, exponent) = match text.split_once(['e', 'E']) {
            Some((number, exponent)) => (number, exponent.parse::<i32>().map_err(|_| InvalidMoney::NoNumber)?),
            None => (text, 0),
        };
        let (negative, number) = number.strip_prefix('-').map_or((false, number), |number| (true, number));
        let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
        let is_number = |digits: &str| !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_digit());
        // Longer ones are nobody's money, and would only take time.
        if !is_number(whole) || !is_number(fraction) || number.len() > 64 {
            return Err(InvalidMoney::NoNumber);
        }
        let digits = format!("{whole}{fraction}");
        let digits = digits.trim_start_matches('0');
        if digits.is_empty() {
            return Ok(Self(0));
        }
        if negative {
            return Err(InvalidMoney::Negative);
        }
        // The amount is `digits` × 10^`power` micro-units.
        let trimmed = digits.trim_end_matches('0');
        let zeros = digits.len() - trimmed.len();
        let power = i64::from(exponent) + (DECIMALS + zeros) as i64 - fraction.len() as i64;
        if power < 0 {
            return Err(InvalidMoney::TooFine);
        }
        let unit = u32::try_from(power).ok().and_then(|power| 10_i64.checked_pow(power));
        let micros = unit.zip(trimmed.parse::<i64>().ok()).and_then(|(unit, digits)| digits.checked_mul(unit));
        micros.filter(|micros| *micros <= MAX).map(Self).ok_or(InvalidMoney::TooLarge)
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (sign, micros) = (if self.0 < 0 { "-" } else { "" }, self.0.unsigned_abs());
        let (whole, fraction) = (micros / MICROS.unsigned_abs(), micros % MICROS.unsigned_abs());
        let fraction = format!("{fraction:06}");
        match fraction.trim_end_matches('0') {
            "" => write!(f, "{sign}{whole}"),
            fraction => write!(f, "{sign}{whole}.{fraction}"),
        }
    }
}

/// A JSON number with all its digits; only `serde_json` can write it so.
impl Serialize for Money {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        RawValue::from_string(self.to_string()).map_err(serde::ser::Error::custom)?.serialize(serializer)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn decimals_are_read_exactly() {
        for (text, micros) in [
            ("0", 0),
            ("-0.0", 0),
            ("0e999999", 0),
            ("50", 50_000_000),
            ("123.45", 123_450_000),
            ("0.000001", 1),
            ("1.0000000", 1_000_000),
            ("1.25e1", 12_500_000),
            ("5E-6", 5),
            ("1000000000", MAX),
            ("999999999.999999", MAX - 1),
        ] {
            assert_eq!(Money::parse(text).map(Money::micros), Ok(micros), "{text}");
        }
    }

    #[test]
    fn what_is_no_amount_is_refused_with_a_reason() {
        for (text, reason) in [
            ("", InvalidMoney::NoNumber),
            ("ten", InvalidMoney::NoNumber),
            ("1.", InvalidMoney::NoNumber),
            ("+1", InvalidMoney::NoNumber),
            ("1,5", InvalidMoney::NoNumber),
            ("NaN", InvalidMoney::NoNumber),
            ("null", InvalidMoney::NoNumber),
            ("1e99999999999", InvalidMoney::NoNumber),
            ("-0.01", InvalidMoney::Negative),
            ("0.0000001", InvalidMoney::TooFine),
            ("1e-2147483648", InvalidMoney::TooFine),
            ("1000000000.000001", InvalidMoney::TooLarge),
            ("1e300", InvalidMoney::TooLarge),
            ("99999999999999999999999999999", InvalidMoney::TooLarge),
        ] {
            assert_eq!(Money::parse(text), Err(reason), "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(micros in 0..=MAX) {
            let money = Money::from_micros(micros);
            prop_assert_eq!(Money::parse(&money.to_string()), Ok(money));
            prop_assert_eq!(serde_json::to_string(&money).unwrap(), money.to_string());
        }

        #[test]
        fn any_text_is_answered_without_a_panic(text in "[-+0-9.eE]{0,70}") {
            let _answer = Money::parse(&text);
        }
    }
}
