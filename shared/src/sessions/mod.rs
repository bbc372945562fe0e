//! Verifies the identity provider's session tokens: signature, issuer, audience and times.

mod claims;
mod fetch;
mod jwks;
mod token;
mod unavailable;

use std::borrow::Cow;

use jsonwebtoken::{Algorithm, DecodingKey};
use serde_json::{Map, Value};

use crate::clock::Millis;
use crate::settings::{
    InvalidSetting, SESSION_AUDIENCE, SESSION_CLAIMS, SESSION_ISSUER, SESSION_JWKS, SESSION_JWT_SECRET, lines,
};
pub use claims::ClaimNames;
use jwks::Jwks;
use token::SessionToken;

/// Bytes of the longest token that is accepted.
const MAX_BYTES: usize = 8 * 1024;
/// Seconds by which the provider's clock may differ.
const LEEWAY: f64 = 60.0;

/// Verifies session tokens.
pub struct SessionVerifier {
    keys: Keys,
    issuer: Option<String>,
    audience: Option<String>,
    /// Which claims describe the user.
    pub claims: ClaimNames,
}

/// What tokens are signed with. The kind of key fixes the algorithms, whatever a token says.
enum Keys {
    /// HS256 with a secret shared with the provider, of several while it is being changed.
    Secrets(Vec<DecodingKey>),
    /// RS256, ES256 or EdDSA with one of the provider's published keys.
    Published(Jwks),
}

/// Why a token is not trusted.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum Untrusted {
    /// It is not a session token: missing, malformed, badly signed, of another issuer or audience,
    /// or not yet valid.
    #[error("not a session token")]
    Invalid,
    /// It was valid, and has expired.
    #[error("the session token has expired")]
    Expired,
    /// The token could not be checked, because the provider's keys could not be fetched. Says why.
    #[error("the identity provider's keys could not be fetched: {0}")]
    Unavailable(String),
}

impl SessionVerifier {
    /// Reads the settings through `get`; `None` when no way to verify tokens is set.
    ///
    /// # Errors
    /// When a setting is wrong; the message does not repeat it.
    pub fn read(get: impl Fn(&str) -> Option<String>) -> Result<Option<Self>, InvalidSetting> {
        let claims = ClaimNames::parse(&SESSION_CLAIMS.value(&get).unwrap_or_default());
        let claims = claims.map_err(|wrong| SESSION_CLAIMS.invalid(wrong))?;
        let keys = match (SESSION_JWT_SECRET.value(&get), SESSION_JWKS.value(&get)) {
            (None, None) => return Ok(None),
            (Some(_), Some(_)) => {
                let problem = format!("must not be set together with {}", SESSION_JWT_SECRET.name);
                return Err(SESSION_JWKS.invalid(problem));
            }
            (Some(secrets), None) => {
                let keys: Vec<_> = lines(&secrets).map(|secret| DecodingKey::from_secret(secret.as_bytes())).collect();
                if keys.is_empty() {
                    Err(SESSION_JWT_SECRET.invalid("must not be blank"))
                } else {
                    Ok(Keys::Secrets(keys))
                }?
            }
            (None, Some(place)) => Keys::Published(Jwks::at(&place).map_err(|wrong| SESSION_JWKS.invalid(wrong))?),
        };
        let (issuer, audience) = (SESSION_ISSUER.value(&get), SESSION_AUDIENCE.value(&get));
        Ok(Some(Self { keys, issuer, audience, claims }))
    }

    /// The claims of `token`, if it is trusted at the moment `now`.
    ///
    /// # Errors
    /// Why it is not trusted.
    pub async fn verify(&self, token: &str, now: Millis) -> Result<Map<String, Value>, Untrusted> {
        if token.len() > MAX_BYTES {
            return Err(Untrusted::Invalid);
        }
        let token = SessionToken::parse(token).ok_or(Untrusted::Invalid)?;
        let keys = self.keys(&token, now).await?;
        let mut claims = keys.iter().filter_map(|key| token.claims(key));
        let claims = claims.next().filter(|claims| self.is_meant(claims)).ok_or(Untrusted::Invalid)?;
        in_time(&claims, now)?;
        Ok(claims)
    }

    /// The keys that may have signed the token.
    async fn keys(&self, token: &SessionToken<'_>, now: Millis) -> Result<Cow<'_, [DecodingKey]>, Untrusted> {
        match &self.keys {
            Keys::Secrets(keys) if token.algorithm == Algorithm::HS256 => Ok(Cow::Borrowed(keys)),
            Keys::Secrets(_) => Err(Untrusted::Invalid),
            Keys::Published(jwks) => {
                let found = jwks.find(token.kid.as_deref(), token.algorithm, now).await;
                let found = found.map_err(|cause| Untrusted::Unavailable(cause.to_string()))?;
                found.map(|key| Cow::Owned(vec![key])).ok_or(Untrusted::Invalid)
            }
        }
    }

    /// Whether these claims name the issuer and the audience that are set.
    fn is_meant(&self, claims: &Map<String, Value>) -> bool {
        let issued = self.issuer.as_deref().is_none_or(|issuer| claims.get("iss").is_some_and(|by| by == issuer));
        let meant = self.audience.as_deref().is_none_or(|audience| match claims.get("aud") {
            Some(Value::Array(several)) => several.iter().any(|one| one == audience),
            one => one.is_some_and(|one| one == audience),
        });
        issued && meant
    }
}

/// Checks the token's times. One that never expires is not a session token.
#[expect(clippy::cast_precision_loss, reason = "seconds since 1970 are exact as a float")]
fn in_time(claims: &Map<String, Value>, now: Millis) -> Result<(), Untrusted> {
    let now = now as f64 / 1000.0;
    let time = |name: &str| claims.get(name).map(|time| time.as_f64().ok_or(Untrusted::Invalid)).transpose();
    let ends = time("exp")?.ok_or(Untrusted::Invalid)?;
    for begins in [time("nbf")?, time("iat")?].into_iter().flatten() {
        if begins > now + LEEWAY {
            return Err(Untrusted::Invalid);
        }
    }
    if ends + LEEWAY <= now { Err(Untrusted::Expired) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn verifier(settings: &[(&str, &str)]) -> Result<Option<SessionVerifier>, String> {
        let get = |name: &str| settings.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
        SessionVerifier::read(get).map_err(|wrong| wrong.to_string())
    }

    #[test]
    fn there_is_one_way_to_verify_tokens_or_none() {
        assert!(verifier(&[]).unwrap().is_none());
        assert!(verifier(&[(SESSION_JWKS.name, "")]).unwrap().is_none());
        assert!(verifier(&[(SESSION_JWT_SECRET.name, "")]).unwrap().is_none());
        assert!(verifier(&[(SESSION_JWT_SECRET.name, "s"), (SESSION_JWKS.name, "")]).unwrap().is_some());
        assert!(verifier(&[(SESSION_JWKS.name, "https://id.example.org/keys")]).unwrap().is_some());
        for (settings, named) in [
            ([(SESSION_JWT_SECRET.name, " \n"), (SESSION_JWKS.name, "")], SESSION_JWT_SECRET.name),
            ([(SESSION_JWT_SECRET.name, "hidden"), (SESSION_JWKS.name, "https://hidden")], SESSION_JWKS.name),
            ([(SESSION_JWKS.name, "http://hidden.example.org"), ("", "")], SESSION_JWKS.name),
            ([(SESSION_JWKS.name, "hidden/no-such-file.json"), ("", "")], SESSION_JWKS.name),
            ([("LATCHKEY_SESSION_CLAIMS", "hidden=sub"), ("", "")], "LATCHKEY_SESSION_CLAIMS"),
        ] {
            let wrong = verifier(&settings).err().unwrap();
            assert!(wrong.starts_with(named) && !wrong.contains("hidden"), "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_refused_without_a_panic(text in "(eyJ[A-Za-z0-9_-]{0,30}|.{0,30})(\\.[A-Za-z0-9_=-]{0,40}){0,4}") {
            let verifier = verifier(&[(SESSION_JWT_SECRET.name, "s")]).unwrap().unwrap();
            let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
            prop_assert_eq!(runtime.block_on(verifier.verify(&text, 0)), Err(Untrusted::Invalid));
        }
    }
}
