//! The administrator's secret.

use aws_lc_rs::{constant_time, digest};
use http::HeaderValue;

use super::InvalidSecret;

/// The fewest characters of an admin secret.
pub(super) const MIN_LENGTH: usize = 16;

/// The accepted secrets of the administrator: the present one and, while it is being changed, the previous one.
pub struct AdminSecret(Vec<digest::Digest>);

impl AdminSecret {
    /// Accepts this secret, without blanks at its ends.
    ///
    /// # Errors
    /// When it is too short, or no header can carry it.
    pub fn parse(secret: &str) -> Result<Self, InvalidSecret> {
        let secret = secret.trim();
        if !HeaderValue::from_str(secret).is_ok_and(|value| value.to_str().is_ok()) {
            return Err(InvalidSecret::Unprintable);
        }
        if secret.len() < MIN_LENGTH { Err(InvalidSecret::TooFewCharacters) } else { Ok(Self(vec![digest_of(secret)])) }
    }

    /// Accepts what either of the two accepts.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self([self.0, other.0].concat())
    }

    /// Whether `presented` is an accepted secret. The time this takes does not depend on what was presented.
    #[must_use]
    pub fn accepts(&self, presented: &str) -> bool {
        let presented = digest_of(presented);
        self.0.iter().fold(false, |accepted, secret| {
            accepted | constant_time::verify_slices_are_equal(secret.as_ref(), presented.as_ref()).is_ok()
        })
    }
}

fn digest_of(secret: &str) -> digest::Digest {
    digest::digest(&digest::SHA256, secret.as_bytes())
}
