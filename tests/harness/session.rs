//! Session tokens, as the customer's identity provider issues them.

use jsonwebtoken::{EncodingKey, Header, encode};
use serde_json::Value;

/// The secret that session tokens are signed with.
pub const SESSION_SECRET: &str = "session-secret-of-the-tests-0123";

/// A session token with these claims, signed as usual.
///
/// # Panics
/// When the claims cannot be signed.
#[must_use]
pub fn session_token(claims: &Value) -> String {
    session_token_of(SESSION_SECRET, claims)
}

/// A session token with these claims, signed with `secret`.
///
/// # Panics
/// When the claims cannot be signed.
#[must_use]
pub fn session_token_of(secret: &str, claims: &Value) -> String {
    encode(&Header::default(), claims, &EncodingKey::from_secret(secret.as_bytes())).unwrap()
}
