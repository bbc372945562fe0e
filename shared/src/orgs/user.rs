//! A user as the identity provider describes them. Nothing else is known about users.

use super::text_id::text_id;

/// Bytes of the longest user id, well below the 1024 that a sort key of DynamoDB may have.
const MAX_ID_BYTES: usize = 255;
/// Bytes of the longest e-mail address that can be sent to.
const MAX_EMAIL_BYTES: usize = 254;
/// Bytes of the longest part before its `@`.
const MAX_LOCAL_BYTES: usize = 64;

/// A user's id: any text of 1 to 255 bytes without control characters.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct UserId(String);

/// Why a text is not a user id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidUserId {
    /// It is empty or has control characters.
    #[error("the user id is empty or has control characters")]
    Unprintable,
    /// It has more than 255 bytes.
    #[error("the user id has more than {MAX_ID_BYTES} bytes")]
    TooLong,
}

impl UserId {
    /// Reads a user id.
    ///
    /// # Errors
    /// When the text is not a user id.
    pub fn parse(text: &str) -> Result<Self, InvalidUserId> {
        if text.is_empty() || text.contains(char::is_control) {
            return Err(InvalidUserId::Unprintable);
        }
        if text.len() > MAX_ID_BYTES { Err(InvalidUserId::TooLong) } else { Ok(Self(text.to_owned())) }
    }
}

text_id!(UserId);

/// A plausible e-mail address of at most 254 bytes, as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Email(String);

impl Email {
    /// Reads a name, one `@`, and a domain of two or more labels; `None` for anything else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (local, domain) = text.split_once('@')?;
        let odd = |c: char| c.is_control() || c.is_whitespace() || "@<>()[],;:\\\"".contains(c);
        let label = |label: &str| !label.is_empty() && !label.starts_with('-') && !label.ends_with('-');
        let plausible = text.len() <= MAX_EMAIL_BYTES
            && (1..=MAX_LOCAL_BYTES).contains(&local.len())
            && !text.replacen('@', "", 1).contains(odd)
            && domain.contains('.')
            && domain.split('.').all(label);
        plausible.then(|| Self(text.to_owned()))
    }

    /// The address as it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The address for comparisons, with ASCII letters in lower case.
    #[must_use]
    pub fn folded(&self) -> String {
        self.0.to_ascii_lowercase()
    }
}

/// What is shown about a user.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Person {
    /// The e-mail address; empty when unknown.
    pub email: String,
    /// The first name; may be empty.
    pub first_name: String,
    /// The last name; may be empty.
    pub last_name: String,
    /// When they last signed in, in unix seconds.
    pub last_login_at: Option<i64>,
    /// The issuer of the token that they then signed in with.
    pub last_login_idp: Option<String>,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_address_has_a_name_one_at_and_a_domain() {
        for text in ["a@example.org", "A.b+c_d@sub.example.org", "ü@exämple.org", "o'neil@example.co"] {
            assert_eq!(Email::parse(text).unwrap().as_str(), text);
        }
        let long = format!("{}@example.org", "x".repeat(65));
        let longer = format!("a@{}.org", "x".repeat(254));
        for text in
            ["", "a", "@", "a@", "@example.org", "a@b", "a@b.", "a@.b", "a@-b.c", "a@@b.c", "a b@c.d", &long, &longer]
        {
            assert_eq!(Email::parse(text), None, "{text:?}");
        }
    }

    #[test]
    fn only_ascii_letters_are_folded() {
        assert_eq!(Email::parse("ÄB@Example.ORG").unwrap().folded(), "Äb@example.org");
    }

    #[test]
    fn a_user_id_is_short_and_printable() {
        assert!(UserId::parse(&"x".repeat(255)).is_ok());
        assert_eq!(UserId::parse(&"x".repeat(256)), Err(InvalidUserId::TooLong));
        for text in ["", "a\nb", "a\u{7f}", "\0"] {
            assert_eq!(UserId::parse(text), Err(InvalidUserId::Unprintable), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_an_address_or_none_and_folding_is_stable(text in "\\PC{0,20}@?\\PC{0,20}") {
            if let Some(email) = Email::parse(&text) {
                prop_assert_eq!(email.folded().to_ascii_lowercase(), email.folded());
                prop_assert_eq!(Email::parse(&email.folded()).map(|email| email.folded()), Some(email.folded()));
                prop_assert_eq!(text.matches('@').count(), 1);
            }
        }
    }
}
