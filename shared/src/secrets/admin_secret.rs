//! The administrator's secret.

use aws_lc_rs::{constant_time, digest};
use http::HeaderValue;

/// The fewest characters of an admin secret.
const MIN_ADMIN_SECRET: usize = 16;

/// The administrator's secret and, while it is being changed, the one before it.
pub struct AdminSecret(Vec<digest::Digest>);

impl AdminSecret {
    /// Takes the secrets that are to be accepted, each with its name, without the blanks at their ends.
    ///
    /// # Errors
    /// The name of the first one that is too short, or that no header can carry, and what is wrong with it.
    pub fn parse<'a>(
        accepted: impl IntoIterator<Item = (&'static str, &'a String)>,
    ) -> Result<Self, (&'static str, String)> {
        let digests = accepted.into_iter().map(|(name, secret)| match secret.trim() {
            secret if !HeaderValue::from_str(secret).is_ok_and(|value| value.to_str().is_ok()) => {
                Err((name, "must have only characters that a header can carry: printable ASCII".into()))
            }
            secret if secret.len() < MIN_ADMIN_SECRET => {
                Err((name, format!("must have at least {MIN_ADMIN_SECRET} characters")))
            }
            secret => Ok(digest_of(secret)),
        });
        Ok(Self(digests.collect::<Result<_, _>>()?))
    }

    /// Whether `presented` is an accepted secret; takes the same time whatever was presented.
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
