//! Safe retries of create: the same request, sent again with the same `Idempotency-Key`, gets the same key.

use crate::access::Scope;
use crate::clock::Millis;
use crate::runtime::request::Request;
use crate::secrets::{IdSecret, Sealer, Unsealable};

/// The header that names a request.
pub const HEADER: &str = "idempotency-key";
/// How long a request can be repeated.
pub const LIFETIME: Millis = 24 * 60 * 60 * 1000;
/// Bytes of the header's value: fewer could be guessed or meet by accident.
const LENGTHS: std::ops::RangeInclusive<usize> = 16..=255;

/// What the header names a request; `None` for a request without one.
///
/// # Errors
/// When it is too short or too long, or no visible ASCII.
pub fn name_of(request: &Request) -> Result<Option<&str>, NotMade> {
    let Some(header) = request.headers.get(HEADER) else { return Ok(None) };
    let name = header.to_str().ok().filter(|name| LENGTHS.contains(&name.len()));
    name.map(Some).ok_or(NotMade::InvalidIdempotencyKey)
}

/// Why a request made no key, and shows none that it made before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotMade {
    /// The `Idempotency-Key` is too short or too long.
    InvalidIdempotencyKey,
    /// The `Idempotency-Key` came before, with another request.
    IdempotencyKeyReused,
    /// The request came before, and the key that it made is gone.
    NoLongerRepeatable,
    /// The organisation has as many keys as it may.
    CapReached,
    /// Random bytes made a token that was made before.
    TokenTaken,
}

/// A request that can be repeated: which it is, and what its key's token is made of.
///
/// The token follows from the seal secret, the salt and the header's value. So whoever has the table cannot make
/// it, and the salt makes a later use of the same header, once this one is over, get another.
pub struct Repeatable {
    /// Names the request: from its caller, route, organisation and header. Nobody else's has the same.
    pub row: String,
    /// A digest of what was asked for. What was asked for may hold a password, so only the id secret makes it.
    pub digest: Vec<u8>,
    /// Random.
    pub salt: [u8; 16],
    /// The version of the seal secret that the token is made with.
    pub version: String,
    name: String,
}

impl Repeatable {
    /// The request of `scope` to `route` for `org`, which asks for `asked` under the name `name`.
    #[must_use]
    pub fn new(
        name: &str,
        (ids, sealer): (&IdSecret, &Sealer),
        scope: &Scope,
        (route, org): (&str, &str),
        asked: &[&[u8]],
    ) -> Self {
        let parts = [scope.actor.as_bytes(), route.as_bytes(), org.as_bytes(), name.as_bytes()];
        let row = ids.tag("idempotency", &parts).as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
        Self {
            row,
            digest: ids.tag("request", asked).as_ref().to_vec(),
            salt: *uuid::Uuid::new_v4().as_bytes(),
            version: sealer.current().to_owned(),
            name: name.to_owned(),
        }
    }

    /// The sixteen bytes that the token is made of.
    ///
    /// # Errors
    /// When the version of the seal secret is no longer listed.
    pub fn token_bytes(&self, sealer: &Sealer) -> Result<[u8; 16], Unsealable> {
        sealer.derive(&self.version, &[&self.salt, self.name.as_bytes()])
    }

    /// This request as it was made first: with the salt and the version of then.
    #[must_use]
    pub fn as_first(&self, salt: [u8; 16], version: String) -> Self {
        Self { row: self.row.clone(), digest: self.digest.clone(), salt, version, name: self.name.clone() }
    }
}
