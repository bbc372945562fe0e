//! How much of a request an error repeats, so that a request full of errors does not get megabytes in return.

use serde_json::Value;

/// The most faults that one error lists.
pub(super) const MAX_FAULTS: usize = 32;
/// The longest value that an error repeats whole, in bytes.
const MAX_BYTES: usize = 512;

/// `text`, or its beginning and an ellipsis if it is too long.
pub(super) fn shortened(text: &str) -> String {
    if text.len() <= MAX_BYTES {
        return text.to_owned();
    }
    let end = (0..=MAX_BYTES).rev().find(|at| text.is_char_boundary(*at)).unwrap_or_default();
    format!("{}…", &text[..end])
}

/// `value`, shortened if it is a long text; `None` for other long values.
pub(super) fn repeated(value: Value) -> Option<Value> {
    match value {
        Value::String(text) => Some(shortened(&text).into()),
        other => (other.to_string().len() <= MAX_BYTES).then_some(other),
    }
}

/// How many of `faults` an error leaves out, if any.
pub(super) fn unnamed<T>(faults: &[T]) -> Option<usize> {
    faults.len().checked_sub(MAX_FAULTS).filter(|more| *more > 0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_short_is_repeated_whole_and_what_is_long_is_not() {
        assert_eq!(repeated(json!({"a": [1, null]})), Some(json!({"a": [1, null]})));
        assert_eq!(repeated(json!(vec![0; 1000])), None);
        assert_eq!(shortened(&"x".repeat(512)), "x".repeat(512));
        assert_eq!(shortened(&"x".repeat(513)), format!("{}…", "x".repeat(512)));
        assert_eq!([32, 33].map(|faults| unnamed(&vec![(); faults])), [None, Some(1)]);
    }

    proptest! {
        #[test]
        fn any_text_is_shortened_without_a_panic(text in "\\PC{0,700}") {
            let short = shortened(&text);
            prop_assert!(short.len() <= MAX_BYTES + '…'.len_utf8() && text.starts_with(short.trim_end_matches('…')));
        }
    }
}
