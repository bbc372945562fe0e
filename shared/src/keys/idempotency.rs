//! Safe retries of create: a request that is repeated with the same `Idempotency-Key` gets the same
//! key.

use std::ops::RangeInclusive;

use http::HeaderMap;

use crate::clock::Millis;
use crate::hex;
use crate::secrets::{IdSecret, SealError, Sealer};

/// The header that names a request.
pub const HEADER: &str = "idempotency-key";
/// How long a request can be repeated.
pub const LIFETIME: Millis = 24 * 60 * 60 * 1000;
/// Bytes of the header's value. A shorter one could be guessed, or collide by accident.
pub const LENGTHS: RangeInclusive<usize> = 16..=255;

/// The value of the header; `None` for a request without it.
///
/// # Errors
/// When it is too short or too long, or not visible ASCII.
pub fn name_of(headers: &HeaderMap) -> Result<Option<&str>, NotMade> {
    let Some(header) = headers.get(HEADER) else { return Ok(None) };
    let name = header.to_str().ok().filter(|name| LENGTHS.contains(&name.len()));
    name.map(Some).ok_or(NotMade::InvalidIdempotencyKey)
}

/// Why a request made no key, and shows none that it made earlier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum NotMade {
    /// The `Idempotency-Key` is too short or too long.
    #[error("the Idempotency-Key is too short or too long")]
    InvalidIdempotencyKey,
    /// The `Idempotency-Key` was used for a different request.
    #[error("the Idempotency-Key was used for a different request")]
    IdempotencyKeyReused,
    /// The request was made earlier, and its key is gone.
    #[error("the key made earlier is gone")]
    NoLongerRepeatable,
    /// The organisation has as many keys as it may have.
    #[error("the organisation has as many keys as it may have")]
    CapReached,
    /// A random token turned out to exist already.
    #[error("a random token exists already")]
    TokenTaken,
}

/// A request that can be repeated, and what its key's token is made of.
///
/// The token follows from the seal secret, the salt and the header's value. So a stolen table does
/// not reveal it, and the salt gives a later use of the same header, after [`LIFETIME`], another
/// token.
pub struct Repeatable {
    /// Names the request. It follows from the caller, the route, the organisation and the header,
    /// and is unique.
    pub row: String,
    /// A digest of the content. Since that may contain a password, the digest is keyed with the id
    /// secret.
    pub digest: Vec<u8>,
    /// Random.
    pub salt: [u8; 16],
    /// The version of the seal secret that the token follows from.
    pub version: String,
    name: String,
}

impl Repeatable {
    /// The request of the caller `actor` to `route` for `org`, with this content and the name
    /// `name`.
    #[must_use]
    pub fn new(
        name: &str,
        (ids, sealer): (&IdSecret, &Sealer),
        (actor, route, org): (&str, &str, &str),
        content: &[&[u8]],
    ) -> Self {
        let parts = [actor.as_bytes(), route.as_bytes(), org.as_bytes(), name.as_bytes()];
        Self {
            row: hex(ids.tag("idempotency", &parts).as_ref()),
            digest: ids.tag("request", content).as_ref().to_vec(),
            salt: *uuid::Uuid::new_v4().as_bytes(),
            version: sealer.current().to_owned(),
            name: name.to_owned(),
        }
    }

    /// The sixteen bytes that the token is made of.
    ///
    /// # Errors
    /// When the version of the seal secret is no longer listed.
    pub fn token_bytes(&self, sealer: &Sealer) -> Result<[u8; 16], SealError> {
        sealer.derive(&self.version, &[&self.salt, self.name.as_bytes()])
    }

    /// This request with the salt and the version that it was first made with.
    #[must_use]
    pub fn as_first(&self, salt: [u8; 16], version: String) -> Self {
        Self { row: self.row.clone(), digest: self.digest.clone(), salt, version, name: self.name.clone() }
    }
}
