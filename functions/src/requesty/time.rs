//! Reads times as this dialect writes them: days, and instants in RFC 3339.

use jiff::Timestamp;
use jiff::civil::Date;

/// Reads `YYYY-MM-DD`; the day must exist.
pub(super) fn date(text: &str) -> Option<Date> {
    has_shape(text, "0000-00-00").then(|| text.parse().ok()).flatten()
}

/// Reads an instant in RFC 3339. Other forms of ISO 8601 are refused.
pub(super) fn instant(text: &str) -> Option<Timestamp> {
    let text = text.to_ascii_uppercase();
    let (date_time, rest) = text.split_at_checked(19)?;
    let offset = match rest.strip_prefix('.') {
        Some(rest) => rest.trim_start_matches(|c: char| c.is_ascii_digit()),
        None => rest,
    };
    let is_offset = offset == "Z" || has_shape(offset, "+00:00") || has_shape(offset, "-00:00");
    (has_shape(date_time, "0000-00-00T00:00:00") && is_offset).then(|| text.parse().ok()).flatten()
}

/// Whether `text` has the `shape`, in which a `0` stands for any digit.
fn has_shape(text: &str, shape: &str) -> bool {
    let like = |(byte, shape): (u8, u8)| if shape == b'0' { byte.is_ascii_digit() } else { byte == shape };
    text.len() == shape.len() && text.bytes().zip(shape.bytes()).all(like)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(text: &str) -> Timestamp {
        instant(text).unwrap_or_else(|| panic!("{text}"))
    }

    #[test]
    fn instants_are_read_in_rfc_3339_only() {
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
            assert_eq!(instant(text), None, "{text}");
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

    proptest! {
        #[test]
        fn any_text_is_answered_without_a_panic(text in "\\PC{0,40}", digits in "[-0-9TtZz:.+]{0,40}") {
            let _answers = (instant(&text), date(&text), instant(&digits), date(&digits));
        }

        #[test]
        fn any_instant_is_read_back(second in -62_135_596_800_i64..253_370_764_800) {
            let time = Timestamp::from_second(second).unwrap();
            prop_assert_eq!(instant(&time.to_string()), Some(time));
        }
    }
}
