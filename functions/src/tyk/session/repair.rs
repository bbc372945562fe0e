//! Turns JSON that the gateway's decoder accepts into JSON that `serde_json` reads as the same value.

use std::borrow::Cow;

/// Replaces what is not a character.
const REPLACEMENT: char = '\u{fffd}';

/// `body` with U+FFFD for every lone surrogate and every byte that is not UTF-8, and with 0 for the number -0.
///
/// What is not JSON stays invalid.
pub(super) fn repaired(body: &[u8]) -> Cow<'_, [u8]> {
    let text = match std::str::from_utf8(body) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => Cow::Owned(decoded(body)),
    };
    if text.contains("\\u") || text.contains("-0") {
        return Cow::Owned(rewritten(&text).into_bytes());
    }
    match text {
        Cow::Borrowed(_) => Cow::Borrowed(body),
        Cow::Owned(text) => Cow::Owned(text.into_bytes()),
    }
}

/// Each byte that is not UTF-8 becomes a character of its own, as in Go.
fn decoded(body: &[u8]) -> String {
    let mut text = String::with_capacity(body.len());
    for chunk in body.utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend(chunk.invalid().iter().map(|_| REPLACEMENT));
    }
    text
}

fn rewritten(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    let (mut rest, mut in_text) = (json, false);
    while let Some(at) = rest.find(if in_text { ['"', '\\'] } else { ['"', '-'] }) {
        let (before, found) = rest.split_at(at);
        out.push_str(before);
        let (put, taken) = match found.chars().next() {
            Some('"') => {
                in_text = !in_text;
                ("\"", 1)
            }
            Some('\\') => escape(found),
            _ if is_minus_zero(found) && !out.ends_with(['e', 'E']) => (" 0", 2),
            _ => ("-", 1),
        };
        out.push_str(put);
        rest = found.get(taken..).unwrap_or_default();
    }
    out.push_str(rest);
    out
}

/// What replaces the escape sequence at the beginning of `text`, and its length in bytes.
fn escape(text: &str) -> (&str, usize) {
    let copied = |bytes: usize| (text.get(..bytes).unwrap_or(text), bytes);
    match (unit(text), text.get(6..).and_then(unit)) {
        (Some(0xd800..=0xdbff), Some(0xdc00..=0xdfff)) => copied(12),
        (Some(0xd800..=0xdfff), _) => ("\u{fffd}", 6),
        (Some(_), _) => copied(6),
        // An escaped backslash or quote, or an invalid escape.
        (None, _) => copied(text.chars().take(2).map(char::len_utf8).sum()),
    }
}

/// The UTF-16 unit of a `\u` escape.
fn unit(text: &str) -> Option<u32> {
    let digits = text.strip_prefix("\\u")?.get(..4)?;
    digits.bytes().all(|digit| digit.is_ascii_hexdigit()).then(|| u32::from_str_radix(digits, 16).ok())?
}

fn is_minus_zero(text: &str) -> bool {
    text.strip_prefix("-0").is_some_and(|rest| !rest.starts_with(|c: char| c.is_ascii_digit() || ".eE".contains(c)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    fn read(json: &str) -> Option<Value> {
        serde_json::from_slice(&repaired(json.as_bytes())).ok()
    }

    #[test]
    fn lone_surrogates_become_replacement_characters_and_pairs_stay() {
        for (json, text) in [
            (r#""team \ud83d""#, "team \u{fffd}"),
            (r#""\ude00 b""#, "\u{fffd} b"),
            (r#""\uD83D\uDE00""#, "\u{1f600}"),
            (r#""\ud83d\ud83d\ude00""#, "\u{fffd}\u{1f600}"),
            (r#""\ud83d\u0041""#, "\u{fffd}A"),
            (r#""\ud83d\\ude00""#, "\u{fffd}\\ude00"),
            (r#""\\ud83d""#, "\\ud83d"),
            (r#""\\\ud83d""#, "\\\u{fffd}"),
            (r#""\"\ud83d\"""#, "\"\u{fffd}\""),
            (r#""-0 \u0041""#, "-0 A"),
        ] {
            assert_eq!(read(json), Some(text.into()), "{json}");
        }
    }

    #[test]
    fn minus_zero_is_zero_as_a_whole_number_too() {
        assert_eq!(read("[-0,-0 ,-0]").unwrap().to_string(), "[0,0,0]");
        assert_eq!(read("[-0.5,-1,1e-0,-0.0]"), Some(json!([-0.5, -1, 1.0, -0.0])));
    }

    #[test]
    fn bytes_that_are_no_text_become_replacement_characters_one_by_one() {
        let read = |bytes: &[u8]| serde_json::from_slice::<Value>(&repaired(bytes)).ok();
        assert_eq!(read(b"\"a\xe2\x82b\xff\""), Some("a\u{fffd}\u{fffd}b\u{fffd}".into()));
        assert_eq!(read(b"\xff1"), None);
    }

    #[test]
    fn what_is_no_json_stays_none() {
        for json in ["1-0", "--0", "-01", r#""\u12""#, r#""\ud83""#, r#""\x""#, "\"\\", "\"\\ü\"", r"\ud83d", "1e-0-0"]
        {
            assert_eq!(read(json), None, "{json}");
        }
    }

    proptest! {
        #[test]
        fn any_json_reads_the_same(text in any::<String>(), number in any::<f64>()) {
            prop_assume!(number.is_finite());
            let value = json!({ (text.clone()): [text, number] });
            prop_assert_eq!(read(&value.to_string()), Some(value));
        }

        #[test]
        fn any_escapes_in_a_text_are_read(text in r#"(\\\\|\\"|\\u[dD][89a-fA-F]00|\\u0041|[a-z]|-0){0,12}"#) {
            let json = format!("\"{text}\"");
            prop_assert!(read(&json).is_some(), "{}", json);
        }

        #[test]
        fn any_bytes_are_taken_without_a_panic(bytes in any::<Vec<u8>>(), text in r#"["\\u0dD89-]{0,24}"#) {
            let _taken = (repaired(&bytes), repaired(text.as_bytes()));
        }
    }
}
