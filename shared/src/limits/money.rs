//! Amounts of money: decimals kept as whole billionths, so that adding them up never rounds.

use std::fmt;

use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

/// Decimal places that are kept.
const DECIMALS: i64 = 9;
/// Billionths of one unit.
const UNIT: i128 = 1_000_000_000;
/// The largest amount that is read, in billionths: a million units.
const MAX: i128 = 1_000_000 * UNIT;
/// Digits that a binary floating-point number represents exactly. Any further digits are noise.
const FLOAT_DIGITS: usize = 15;

/// An amount in billionths: 1.5 units are 1,500,000,000. It says nothing of the currency.
///
/// One amount that is read is at most a million units, so no sum of them can overflow.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Money(i128);

/// Why a text is not an amount.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.problem())]
pub enum InvalidMoney {
    /// It is not a decimal number.
    NotANumber,
    /// It is below zero.
    Negative,
    /// It is more than a million units.
    TooLarge,
}

impl InvalidMoney {
    /// What is wrong, as it follows the field's name.
    #[must_use]
    pub fn problem(self) -> &'static str {
        match self {
            Self::NotANumber => "must be a decimal number",
            Self::Negative => "must not be negative",
            Self::TooLarge => "must be at most 1000000",
        }
    }
}

impl Money {
    /// Takes billionths.
    #[must_use]
    pub const fn from_nanos(nanos: i128) -> Self {
        Self(nanos)
    }

    /// The billionths.
    #[must_use]
    pub const fn nanos(self) -> i128 {
        self.0
    }

    /// Reads a JSON value as it was sent: a number, or a string that contains one.
    ///
    /// # Errors
    /// When it is not an amount.
    pub fn from_json(json: &RawValue) -> Result<Self, InvalidMoney> {
        let json = json.get();
        match serde_json::from_str::<String>(json) {
            Ok(text) => Self::parse(&text),
            Err(_) => Self::parse(json),
        }
    }

    /// Reads a decimal number such as `12`, `12.5` or `4.5e-06`. Whole billionths are read exactly.
    /// Smaller parts are rounded up, so that no cost becomes 0. Before that, floating-point noise
    /// is dropped, so that 0.30000000000000004 is 0.3.
    ///
    /// ```
    /// use latchkey_shared::limits::Money;
    ///
    /// let cost = Money::parse("0.0125")?;
    /// assert_eq!(cost.nanos(), 12_500_000);
    /// // Too small to count exactly, so it costs the smallest amount there is.
    /// assert_eq!(Money::parse("4.5e-10")?.to_string(), "0.000000001");
    /// // What 0.1 + 0.2 comes to in floating-point numbers.
    /// assert_eq!(Money::parse("0.30000000000000004")?.to_string(), "0.3");
    /// # Ok::<(), latchkey_shared::limits::money::InvalidMoney>(())
    /// ```
    ///
    /// # Errors
    /// When it is not a number, negative, or larger than a million.
    pub fn parse(text: &str) -> Result<Self, InvalidMoney> {
        let (number, exponent) = match text.split_once(['e', 'E']) {
            Some((number, exponent)) => (number, read_exponent(exponent).ok_or(InvalidMoney::NotANumber)?),
            None => (text, 0),
        };
        let (negative, number) = number.strip_prefix('-').map_or((false, number), |number| (true, number));
        let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
        if !is_digits(whole) || !is_digits(fraction) {
            return Err(InvalidMoney::NotANumber);
        }
        let all = format!("{whole}{fraction}");
        let digits = all.trim_start_matches('0');
        if digits.is_empty() {
            return Ok(Self(0));
        }
        if negative {
            return Err(InvalidMoney::Negative);
        }
        let point = whole.len() as i64 - (all.len() - digits.len()) as i64 + exponent + DECIMALS;
        Ok(Self(billionths(digits, point)?))
    }
}

/// The billionths in 0.`digits` × 10^`point`, where `digits` does not begin with 0.
fn billionths(digits: &str, point: i64) -> Result<i128, InvalidMoney> {
    let Ok(point) = usize::try_from(point) else { return Ok(1) };
    // A million has one digit more than amounts below it.
    if point > FLOAT_DIGITS + 1 {
        return Err(InvalidMoney::TooLarge);
    }
    let precision = point.max(FLOAT_DIGITS);
    let digit = |at: usize| digits.as_bytes().get(at).map_or(0, |digit| i128::from(digit - b'0'));
    let kept = (0..precision).fold(0, |number, at| number * 10 + digit(at)) + i128::from(digit(precision) >= 5);
    let nanos = kept.div_euclid(one(precision - point)) + i128::from(kept % one(precision - point) != 0);
    if nanos <= MAX { Ok(nanos) } else { Err(InvalidMoney::TooLarge) }
}

/// 10^`zeros`.
fn one(zeros: usize) -> i128 {
    (0..zeros).fold(1, |one, _| one * 10)
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|digit| digit.is_ascii_digit())
}

/// An exponent. A huge one is cut: any amount that it makes is too large, or next to nothing.
fn read_exponent(text: &str) -> Option<i64> {
    const FAR: i64 = 1 << 40;
    let (sign, digits) = text.strip_prefix('-').map_or((1, text.strip_prefix('+').unwrap_or(text)), |text| (-1, text));
    is_digits(digits).then(|| sign * digits.parse::<i64>().unwrap_or(FAR).min(FAR))
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (sign, nanos) = (if self.0 < 0 { "-" } else { "" }, self.0.unsigned_abs());
        let (whole, fraction) = (nanos / UNIT.unsigned_abs(), nanos % UNIT.unsigned_abs());
        let fraction = format!("{fraction:09}");
        match fraction.trim_end_matches('0') {
            "" => write!(f, "{sign}{whole}"),
            fraction => write!(f, "{sign}{whole}.{fraction}"),
        }
    }
}

/// A JSON number, so described as one.
#[cfg(feature = "describe")]
impl utoipa::PartialSchema for Money {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
        let number = utoipa::openapi::ObjectBuilder::new().schema_type(utoipa::openapi::Type::Number);
        number.description(Some("Money in your currency, exact to billionths")).into()
    }
}

#[cfg(feature = "describe")]
impl utoipa::ToSchema for Money {}

/// A JSON number with all its digits, which only `serde_json` can write.
impl Serialize for Money {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        RawValue::from_string(self.to_string()).map_err(serde::ser::Error::custom)?.serialize(serializer)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn nanos(text: &str) -> Result<i128, InvalidMoney> {
        Money::parse(text).map(Money::nanos)
    }

    #[test]
    fn whole_billionths_are_read_exactly() {
        for (text, expected) in [
            ("0", 0),
            ("-0.0", 0),
            ("0e999999", 0),
            ("0e-99999999999999999999", 0),
            ("50", 50 * UNIT),
            ("123.45", 123_450_000_000),
            ("0.000000001", 1),
            ("1.000000000000", UNIT),
            ("1.25e1", 12_500_000_000),
            ("4.5e-06", 4_500),
            ("5E-9", 5),
            ("1e+6", MAX),
            ("1000000", MAX),
            ("999999.999999999", MAX - 1),
            ("000000000000000000000000000000000001", UNIT),
        ] {
            assert_eq!(nanos(text), Ok(expected), "{text}");
        }
    }

    #[test]
    fn what_is_finer_is_rounded_up_so_that_no_cost_becomes_nothing() {
        for (text, expected) in [
            ("0.0000000001", 1),
            ("0.0000000010001", 2),
            ("1.0000000001", UNIT + 1),
            ("4.5e-10", 1),
            ("1e-300", 1),
            ("1e-99999999999999999999", 1),
            ("0.12345678900001", 123_456_790),
        ] {
            assert_eq!(nanos(text), Ok(expected), "{text}");
        }
    }

    #[test]
    fn the_noise_of_a_floating_point_number_is_dropped() {
        for (text, expected) in [
            ("0.30000000000000004", 300_000_000),
            ("0.1000000000000000055511151231257827021181583404541015625", 100_000_000),
            ("0.29999999999999998890", 300_000_000),
            ("0.9999999999999999", UNIT),
            ("434.99999999999994", 435 * UNIT),
            ("48.300000000000004", 48_300_000_000),
            ("9.000000000000002", 9 * UNIT),
            ("1000000.0000000001", MAX),
        ] {
            assert_eq!(nanos(text), Ok(expected), "{text}");
        }
    }

    #[test]
    fn what_is_no_amount_is_refused_with_a_reason() {
        for (text, reason) in [
            ("", InvalidMoney::NotANumber),
            ("ten", InvalidMoney::NotANumber),
            ("1.", InvalidMoney::NotANumber),
            ("+1", InvalidMoney::NotANumber),
            ("1,5", InvalidMoney::NotANumber),
            ("NaN", InvalidMoney::NotANumber),
            ("null", InvalidMoney::NotANumber),
            ("1e", InvalidMoney::NotANumber),
            ("1e+-1", InvalidMoney::NotANumber),
            ("-0.01", InvalidMoney::Negative),
            ("-1e-300", InvalidMoney::Negative),
            ("1000000.000000001", InvalidMoney::TooLarge),
            ("9999999", InvalidMoney::TooLarge),
            ("1e300", InvalidMoney::TooLarge),
            ("1e99999999999999999999", InvalidMoney::TooLarge),
            ("99999999999999999999999999999", InvalidMoney::TooLarge),
        ] {
            assert_eq!(nanos(text), Err(reason), "{text}");
        }
    }

    #[test]
    fn the_largest_sums_are_written_with_all_their_digits() {
        let sum = Money::from_nanos(MAX * 1_000_000_000_000 + 1);
        assert_eq!(sum.to_string(), "1000000000000000000.000000001");
        assert_eq!(serde_json::to_string(&sum).unwrap(), sum.to_string());
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(nanos in 0..=MAX) {
            let money = Money::from_nanos(nanos);
            prop_assert_eq!(Money::parse(&money.to_string()), Ok(money));
            prop_assert_eq!(serde_json::to_string(&money).unwrap(), money.to_string());
        }

        #[test]
        fn any_float_is_taken_for_the_decimal_that_it_stands_for(nanos in 0..=MAX) {
            let float = nanos as f64 / 1e9;
            for text in [float.to_string(), format!("{float:e}"), format!("{float:.25}")] {
                prop_assert_eq!(Money::parse(&text), Ok(Money::from_nanos(nanos)), "{}", text);
            }
        }

        #[test]
        fn any_text_is_answered_without_a_panic(text in "[-+0-9.eE]{0,70}") {
            let _answer = Money::parse(&text);
        }
    }
}
