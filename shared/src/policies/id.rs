//! The id of a policy.

use std::fmt;

/// Bytes of the longest id.
const MAX_BYTES: usize = 512;

/// A policy's id: ASCII letters, digits and `. _ - ~`. It is unique in its organisation.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PolicyId(String);

impl PolicyId {
    /// Reads an id; `None` if no policy can have it.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let usable = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-' | b'~');
        let valid = !text.is_empty() && text.len() <= MAX_BYTES && text.bytes().all(usable);
        valid.then(|| Self(text.to_owned()))
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for PolicyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_has_only_characters_that_a_path_carries_as_they_are() {
        for valid in ["gold", "0", "a.b_c-d~E", &"x".repeat(MAX_BYTES)] {
            assert!(PolicyId::parse(valid).is_some(), "{valid}");
        }
        for invalid in ["", "a b", "a/b", "a#b", "gold\n", "é", &"x".repeat(MAX_BYTES + 1)] {
            assert!(PolicyId::parse(invalid).is_none(), "{invalid}");
        }
    }
}
