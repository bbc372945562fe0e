//! The tokens of the Tyk dialect: the organisation's id followed by a name of the caller's
//! choice or random digits.

use uuid::Uuid;

use crate::keys::{Dialect, Token};
use crate::orgs::OrgId;

/// Bytes of the longest name that a caller may choose for a key.
const MAX_NAME_BYTES: usize = 512;

/// What is removed from the front of a presented token, in any case.
const SCHEME: &str = "bearer ";

/// Why a name cannot become a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidToken {
    /// It has one of `/ ? # %` or a control character, so no URL could name the key.
    #[error("no URL can carry the name")]
    Unaddressable,
    /// It has more than 512 bytes.
    #[error("the name has more than {MAX_NAME_BYTES} bytes")]
    TooLong,
    /// It is not ASCII, has a blank at an end, or begins like a credential's scheme, so no header
    /// could carry it.
    #[error("no header can carry the token")]
    Unpresentable,
    /// It looks like a token of another dialect.
    #[error("the token looks like one of another dialect")]
    OtherDialect,
}

impl Token {
    /// A new random token of the organisation: its id and the 32 hex digits of a version 4 UUID.
    #[must_use]
    pub fn random(org: &OrgId) -> Self {
        Self::derived(org, Uuid::new_v4().into_bytes())
    }

    /// The token of the organisation that follows from these sixteen random bytes.
    #[must_use]
    pub fn derived(org: &OrgId, random: [u8; 16]) -> Self {
        let id = uuid::Builder::from_random_bytes(random).into_uuid();
        Self(format!("{org}{}", id.simple()))
    }

    /// The token of a name: the organisation's id and the name, from which a leading copy of the id
    /// is removed. `None` when nothing is left of the name; such a key gets a random token.
    ///
    /// ```
    /// use latchkey_shared::keys::Token;
    /// use latchkey_shared::orgs::OrgId;
    ///
    /// let acme = OrgId::parse("acme").unwrap();
    /// let token = |name| Token::named(&acme, name).map(|token| token.reveal().to_owned());
    /// assert_eq!(token("laptop").as_deref(), Some("acmelaptop"));
    /// assert_eq!(token("acmelaptop").as_deref(), Some("acmelaptop"));
    /// assert_eq!(token("acme"), None);
    /// ```
    #[must_use]
    pub fn named(org: &OrgId, name: &str) -> Option<Self> {
        let name = name.strip_prefix(org.as_str()).unwrap_or(name);
        (!name.is_empty()).then(|| Self(format!("{org}{name}")))
    }

    /// Checks that a new key may have the name `name`.
    ///
    /// # Errors
    /// Why it may not.
    pub fn check_name(name: &str) -> Result<(), InvalidToken> {
        if name.contains(|c: char| matches!(c, '/' | '?' | '#' | '%') || c.is_control()) {
            return Err(InvalidToken::Unaddressable);
        }
        if name.len() > MAX_NAME_BYTES {
            return Err(InvalidToken::TooLong);
        }
        Self::presented(name).check()
    }

    /// Checks that a header can carry the token, and that it does not look like one of another
    /// dialect.
    ///
    /// # Errors
    /// Why not.
    pub fn check(&self) -> Result<(), InvalidToken> {
        let blank_ended = self.0.starts_with(' ') || self.0.ends_with(' ');
        let has_scheme = self.0.get(..SCHEME.len()).is_some_and(|start| start.eq_ignore_ascii_case(SCHEME));
        if !self.0.is_ascii() || blank_ended || has_scheme {
            return Err(InvalidToken::Unpresentable);
        }
        if self.form() == Dialect::Tyk { Ok(()) } else { Err(InvalidToken::OtherDialect) }
    }

    /// Whether this is the organisation's id and 32 hex digits, as [`Token::random`] makes it.
    #[must_use]
    pub fn is_generated(&self, org: &OrgId) -> bool {
        self.0
            .strip_prefix(org.as_str())
            .is_some_and(|id| id.len() == 32 && id.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn org(id: &str) -> OrgId {
        OrgId::parse(id).unwrap()
    }

    #[test]
    fn a_name_is_put_behind_its_organisation_once() {
        let named = |id: &str, name: &str| Token::named(&org(id), name).map(|token| token.reveal().to_owned());
        assert_eq!(named("default", "my-key").as_deref(), Some("defaultmy-key"));
        assert_eq!(named("default", "defaultmy-key").as_deref(), Some("defaultmy-key"));
        assert_eq!(named("", "my-key").as_deref(), Some("my-key"));
        assert_eq!(named("default", "default"), None);
    }

    #[test]
    fn a_random_token_has_its_organisation_and_32_hex_digits() {
        let token = Token::random(&org("default"));
        assert!(token.is_generated(&org("default")), "{}", token.reveal());
        assert!(!token.is_generated(&org("other")));
    }

    #[test]
    fn names_that_no_url_can_carry_are_refused() {
        for name in ["a/b", "a?b", "a#b", "a%b", "a\nb", "a\u{7f}"] {
            assert_eq!(Token::check_name(name), Err(InvalidToken::Unaddressable), "{name:?}");
        }
        assert_eq!(Token::check_name(&"x".repeat(513)), Err(InvalidToken::TooLong));
        assert_eq!(Token::check_name("key:1 a"), Ok(()));
    }

    #[test]
    fn names_that_no_header_can_carry_are_refused() {
        for name in ["schlüssel", "ключ", " abc", "abc ", " ", "Bearer abc", "bearer "] {
            assert_eq!(Token::check_name(name), Err(InvalidToken::Unpresentable), "{name:?}");
        }
        for name in ["a b", "bearer", "bearer-abc", "my bearer abc"] {
            assert_eq!(Token::check_name(name), Ok(()), "{name:?}");
        }
    }

    #[test]
    fn names_that_look_like_another_dialect_are_refused() {
        for name in ["rqsty-sk-abc", "eyJhbGciOiJIUzI1NiJ9.eyJpZCI6IjEifQ.c2ln"] {
            assert_eq!(Token::check_name(name), Err(InvalidToken::OtherDialect), "{name:?}");
        }
    }
}
