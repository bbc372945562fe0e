//! What the client holds: the plain token of a key. Each dialect's tokens have a form of their own.

#[cfg(test)]
mod damage;
mod gmi;
mod presented;
mod requesty;
mod tyk;

use super::Dialect;
use crate::secrets::opaque_debug;

pub use presented::{Presented, presented};
pub use tyk::InvalidToken;

/// A plain token. `Debug` shows nothing of it.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(String);

impl Token {
    /// Exactly what a client presented.
    #[must_use]
    pub fn presented(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// The dialect whose tokens have this form. A text of no other form is Tyk's.
    fn form(&self) -> Dialect {
        match self.0.as_str() {
            jwt if jwt.starts_with("eyJ") && jwt.matches('.').count() == 2 => Dialect::Gmi,
            sk if sk.starts_with(requesty::PREFIX) => Dialect::Requesty,
            _ => Dialect::Tyk,
        }
    }

    /// The plain token, for the client that it belongs to.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

opaque_debug!(Token);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_says_nothing_of_a_token() {
        assert_eq!(format!("{:?}", Token::presented("top-secret")), "Token(…)");
    }
}
