//! The secrets of the service. Their `Debug` says nothing of them.

mod admin_secret;
mod given;
mod id_secret;
mod seal;

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::sessions::Sessions;

pub use admin_secret::AdminSecret;
pub use id_secret::IdSecret;
pub use seal::{Purpose, Sealed, Sealer, Unsealable};

/// The fewest bytes of a secret that keys are derived from.
const MIN_SECRET_BYTES: usize = 32;

/// The secrets of the service, each given only to the functions that need it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Secret {
    /// Compared with what an administrator presents.
    Admin,
    /// Turns a token into its key id.
    Id,
    /// Seals what is read back: tokens, and the secrets inside a key.
    Seal,
    /// Verifies the identity provider's session tokens; no function needs it to start.
    Session,
}

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

/// A function needs a secret that it does not declare.
#[derive(Debug, thiserror::Error)]
#[error("a secret is missing that the function should declare")]
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

/// Decodes a secret that keys are derived from.
fn secret_bytes(text: &str) -> Result<Vec<u8>, String> {
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
