//! The parts of a session token: its header, what its signature covers, and its claims.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, DecodingKey, crypto};
use serde::Deserialize;
use serde_json::{Map, Value};

/// A token before its signature is checked.
pub(super) struct SessionToken<'a> {
    pub(super) algorithm: Algorithm,
    /// The name of the key that signed it, if given.
    pub(super) kid: Option<String>,
    signed: &'a str,
    payload: &'a str,
    signature: &'a str,
}

#[derive(Deserialize)]
struct Header {
    alg: String,
    kid: Option<String>,
    crit: Option<Value>,
}

impl<'a> SessionToken<'a> {
    /// Splits a compact token; `None` if it is malformed, or its algorithm is unknown.
    pub(super) fn parse(token: &'a str) -> Option<Self> {
        let (signed, signature) = token.rsplit_once('.')?;
        let (header, payload) = signed.split_once('.').filter(|(_, payload)| !payload.contains('.'))?;
        let Header { alg, kid, crit } = read(header)?;
        // A token may declare extensions critical, none of which is supported.
        if crit.is_some() {
            return None;
        }
        let algorithm = match alg.as_str() {
            "HS256" => Algorithm::HS256,
            "RS256" => Algorithm::RS256,
            "ES256" => Algorithm::ES256,
            // RFC 9864 names the curve, RFC 8037 named the family.
            "EdDSA" | "Ed25519" => Algorithm::EdDSA,
            _ => return None,
        };
        Some(Self { algorithm, kid, signed, payload, signature })
    }

    /// The token's claims, if `key` verifies its signature with its algorithm.
    pub(super) fn claims(&self, key: &DecodingKey) -> Option<Map<String, Value>> {
        let verified = crypto::verify(self.signature, self.signed.as_bytes(), key, self.algorithm);
        read(self.payload).filter(|_| verified.unwrap_or(false))
    }
}

/// Reads a part that contains JSON.
fn read<T: for<'de> Deserialize<'de>>(part: &str) -> Option<T> {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).ok()?).ok()
}
