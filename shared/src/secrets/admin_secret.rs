//! The administrator's secret.

use aws_lc_rs::{constant_time, digest};
use http::HeaderValue;

use super::InvalidSecret;
use crate::settings::lines;

/// The fewest characters of an admin secret.
pub(super) const MIN_LENGTH: usize = 16;

/// The accepted secrets of the administrator: the newest one and, while clients change to it, older
/// ones.
pub struct AdminSecret(Vec<digest::Digest>);

impl AdminSecret {
    /// Accepts each secret of a list, one per line, without blanks at its ends.
    ///
    /// # Errors
    /// When there is none, one is too short, or no header can carry it.
    pub fn parse(list: &str) -> Result<Self, InvalidSecret> {
        let digests = lines(list).map(str::trim).map(|secret| {
            if !HeaderValue::from_str(secret).is_ok_and(|value| value.to_str().is_ok()) {
                return Err(InvalidSecret::Unprintable);
            }
            if secret.len() < MIN_LENGTH { Err(InvalidSecret::TooFewCharacters) } else { Ok(digest_of(secret)) }
        });
        let digests: Vec<_> = digests.collect::<Result<_, _>>()?;
        if digests.is_empty() { Err(InvalidSecret::TooFewCharacters) } else { Ok(Self(digests)) }
    }

    /// Accepts what either of the two accepts.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self([self.0, other.0].concat())
    }

    /// Whether `presented` is an accepted secret. The time this takes does not depend on what was
    /// presented.
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
