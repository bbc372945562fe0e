//! The secret that makes key ids, and digests that nobody else can make.

use aws_lc_rs::hmac;

use super::{InvalidSecret, secret_bytes};
use crate::hex;

/// Makes key ids from tokens. Fixed for the life of the store.
#[derive(Clone)]
pub struct IdSecret(hmac::Key);

impl IdSecret {
    /// Reads base64 of at least 32 bytes.
    ///
    /// # Errors
    /// When it is not base64, or too short.
    pub fn parse(text: &str) -> Result<Self, InvalidSecret> {
        Ok(Self(hmac::Key::new(hmac::HMAC_SHA256, &secret_bytes(text)?)))
    }

    /// A digest by which the secret is recognised, which reveals nothing of it.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        hex(self.tag("fingerprint", &[]).as_ref().get(..16).unwrap_or_default())
    }

    /// The HMAC of a token, from which its key's id is made.
    pub(crate) fn sign(&self, token: &[u8]) -> hmac::Tag {
        hmac::sign(&self.0, token)
    }

    /// A digest of `parts` for `purpose`, which nobody without the secret can make. It differs from
    /// that of every token.
    #[must_use]
    pub fn tag(&self, purpose: &str, parts: &[&[u8]]) -> hmac::Tag {
        let mut context = hmac::Context::with_key(&self.0);
        // No token begins with a NUL; the lengths keep the parts apart.
        context.update(b"\0");
        for part in std::iter::once(purpose.as_bytes()).chain(parts.iter().copied()) {
            context.update(&(part.len() as u64).to_be_bytes());
            context.update(part);
        }
        context.sign()
    }
}
