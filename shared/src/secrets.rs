//! The secrets of the service. Their `Debug` says nothing of them.

use std::fmt;

use aws_lc_rs::{constant_time, digest, hmac};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::HeaderValue;

use crate::keys::{KeyId, Sealer, Token};
use crate::sessions::Sessions;

/// The fewest characters of an admin secret.
const MIN_ADMIN_SECRET: usize = 16;
/// The fewest bytes of a secret that keys are derived from.
const MIN_SECRET_BYTES: usize = 32;

/// The secrets that a function was given; reading one that it was not given is an error of the service.
#[derive(Default)]
pub struct Secrets {
    /// For administrators.
    pub admin: Option<AdminSecret>,
    /// For key ids.
    pub id: Option<IdSecret>,
    /// For what is kept sealed.
    pub seal: Option<Sealer>,
    /// For session tokens; none either where no way to verify them is set.
    pub sessions: Option<Sessions>,
}

/// A function reached for a secret that it does not declare.
#[derive(Debug)]
pub struct NotGiven;

impl Secrets {
    /// The secret that makes key ids.
    ///
    /// # Errors
    /// When the function does not declare it.
    pub fn ids(&self) -> Result<&IdSecret, NotGiven> {
        self.id.as_ref().ok_or(NotGiven)
    }

    /// The secrets that seal.
    ///
    /// # Errors
    /// When the function does not declare them.
    pub fn sealer(&self) -> Result<&Sealer, NotGiven> {
        self.seal.as_ref().ok_or(NotGiven)
    }
}

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

/// Makes key ids from tokens. Fixed for the life of the store.
pub struct IdSecret(hmac::Key);

impl IdSecret {
    /// Reads base64 of at least 32 bytes.
    ///
    /// # Errors
    /// When it is no base64 or too short.
    pub fn parse(text: &str) -> Result<Self, String> {
        Ok(Self(hmac::Key::new(hmac::HMAC_SHA256, &secret_bytes(text)?)))
    }

    /// The id of the key whose token this is.
    #[must_use]
    pub fn key_id(&self, token: &Token) -> KeyId {
        KeyId::from_digest(hmac::sign(&self.0, token.reveal().as_bytes()).as_ref())
    }

    /// A digest of `parts` for `purpose`, which nobody without the secret can make. No token has the same.
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

/// Decodes a secret that keys are derived from.
pub(crate) fn secret_bytes(text: &str) -> Result<Vec<u8>, String> {
    let bytes = STANDARD.decode(text.trim()).map_err(|_| "must be base64".to_owned())?;
    if bytes.len() < MIN_SECRET_BYTES {
        return Err(format!("must have at least {MIN_SECRET_BYTES} bytes before base64"));
    }
    Ok(bytes)
}

macro_rules! says_nothing {
    ($($kind:ty),*) => {$(
        impl fmt::Debug for $kind {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($kind), "(…)"))
            }
        }
    )*};
}
says_nothing!(Secrets, AdminSecret, IdSecret);
