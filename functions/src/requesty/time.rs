//! Times as this dialect writes them: days, and moments in RFC 3339.

use std::ops::Range;

use jiff::Timestamp;
use jiff::civil::Date;

const NANOS_OF_HOUR: i128 = 3_600_000_000_000;

/// Reads `YYYY-MM-DD`, a day that exists.
pub(super) fn date(text: &str) -> Option<Date> {
    has_shape(text, "0000-00-00").then(|| text.parse().ok()).flatten()
}

/// Reads a moment in RFC 3339, and in no other of the forms of ISO 8601.
pub(super) fn moment(text: &str) -> Option<Timestamp> {
    let text = text.to_ascii_uppercase();
    let (date_time, rest) = text.split_at_checked(19)?;
    let offset = match rest.strip_prefix('.') {
        Some(rest) => rest.trim_start_matches(|c: char| c.is_ascii_digit()),
        None => rest,
    };
    let is_offset = offset == "Z" || has_shape(offset, "+00:00") || has_shape(offset, "-00:00");
    (has_shape(date_time, "0000-00-00T00:00:00") && is_offset).then(|| text.parse().ok()).flatten()
}

/// The hours since 1970 of the UTC days from `start` up to `end`; at least one, since nothing was used before.
pub(super) fn hours(start: Date, end: Date) -> Range<i64> {
    let midnight = |date: Date| date.duration_since(Date::constant(1970, 1, 1)).as_hours();
    since_1970(midnight(start)..midnight(end))
}

/// The whole hours since 1970 that the time from `start` to `end` lies in.
pub(super) fn hours_around(start: Timestamp, end: Timestamp) -> Range<i64> {
    let hour = |nanos: i128| i64::try_from(nanos.div_euclid(NANOS_OF_HOUR)).unwrap_or_default();
    since_1970(hour(start.as_nanosecond())..hour(end.as_nanosecond() + NANOS_OF_HOUR - 1))
}

/// The part of a range that something may have been used in; the first hour of 1970 where there is none.
fn since_1970(hours: Range<i64>) -> Range<i64> {
    let start = hours.start.max(0);
    start..hours.end.max(start + 1)
}

/// Whether `text` is like `shape`, in which a `0` stands for any digit.
fn has_shape(text: &str, shape: &str) -> bool {
    let like = |(byte, shape): (u8, u8)| if shape == b'0' { byte.is_ascii_digit() } else { byte == shape };
    text.len() == shape.len() && text.bytes().zip(shape.bytes()).all(like)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(text: &str) -> Timestamp {
        moment(text).unwrap_or_else(|| panic!("{text}"))
    }

    #[test]
    fn moments_are_read_in_rfc_3339_only() {
        let noon = at("2026-01-15T12:00:00Z");
        for text in [
            "2026-01-15t12:00:00z",
            "2026-01-15T12:00:00.000Z",
            "2026-01-15T14:00:00+02:00",
            "2026-01-15T06:30:00-05:30",
            "2026-01-15T12:00:00-00:00",
        ] {
            assert_eq!(at(text), noon, "{text}");
        }
        for text in [
            "",
            "2026-01-15",
            "2026-01-15T12:00Z",
            "2026-01-15T12:00:00",
            "2026-01-15 12:00:00Z",
            "2026-01-15T12:00:00.Z",
            "2026-01-15T12:00:00+02",
            "2026-01-15T12:00:00+0200",
            "2026-01-15T12:00:00+02:00[Europe/Berlin]",
            "2026-02-30T12:00:00Z",
            "2026-01-15T25:00:00Z",
            "20260115T120000Z",
            "+002026-01-15T12:00:00Z",
            "1768478400",
            "2026-01-15T12:00:00Zé",
            "ééééééééééééééééééé",
        ] {
            assert_eq!(moment(text), None, "{text}");
        }
    }

    #[test]
    fn days_are_read_in_one_form_only() {
        assert_eq!(date("2028-02-29"), Some(Date::constant(2028, 2, 29)));
        for text in
            ["", "2026-02-29", "2026-13-01", "20260115", "01/02/2026", "2026-1-5", "2026-01-15T00:00:00", "٢٠٢٦-٠١-٠١"]
        {
            assert_eq!(date(text), None, "{text}");
        }
    }

    #[test]
    fn a_range_is_widened_to_whole_hours() {
        let hour = at("2026-01-15T12:00:00Z").as_second() / 3600;
        let around = |start, end| hours_around(at(start), at(end));
        assert_eq!(around("2026-01-15T12:00:00Z", "2026-01-15T13:00:00Z"), hour..hour + 1);
        assert_eq!(around("2026-01-15T12:59:59Z", "2026-01-15T13:00:00.000000001Z"), hour..hour + 2);
        assert_eq!(around("0000-01-01T00:00:00Z", "0000-01-02T00:00:00Z"), 0..1);
        assert_eq!(hours(Date::constant(1970, 1, 2), Date::constant(1970, 1, 4)), 24..72);
        assert_eq!(hours(Date::constant(0, 1, 1), Date::constant(0, 1, 3)), 0..1);
    }

    proptest! {
        #[test]
        fn any_text_is_answered_without_a_panic(text in "\\PC{0,40}", digits in "[-0-9TtZz:.+]{0,40}") {
            let _answers = (moment(&text), date(&text), moment(&digits), date(&digits));
        }

        #[test]
        fn any_moment_is_read_back(second in -62_135_596_800_i64..253_370_764_800) {
            let time = Timestamp::from_second(second).unwrap();
            prop_assert_eq!(moment(&time.to_string()), Some(time));
        }
    }
}
