//! The identity provider's published keys: packaged, or fetched and kept in memory.

use std::sync::{Arc, Mutex, PoisonError};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::jwk::{
    AlgorithmParameters, EllipticCurve, EllipticCurveKeyParameters, Jwk, KeyAlgorithm, KeyOperations,
    OctetKeyPairParameters, PublicKeyUse,
};
use jsonwebtoken::{Algorithm, DecodingKey};
use serde::Deserialize;
use serde_json::Value;

use super::fetch::fetch;
use super::unavailable::{KeysUnavailable, MAX_BYTES};
use crate::clock::Millis;

/// How long fetched keys are used before they are fetched again.
const FRESH: Millis = 10 * 60 * 1000;
/// How long they are still used while fetching fails.
const STALE: Millis = 24 * 60 * 60 * 1000;
/// The least time between two fetches, whatever tokens arrive.
const PAUSE: Millis = 10 * 1000;

/// The keys, and where they come from.
pub(super) struct Jwks {
    /// `None` for a packaged file, which never changes.
    url: Option<String>,
    cached: Mutex<CachedKeySet>,
    /// One fetch at a time.
    fetching: tokio::sync::Mutex<()>,
}

/// The keys as last fetched.
#[derive(Clone, Default)]
struct CachedKeySet {
    keys: Arc<Vec<PublicKey>>,
    /// When they were fetched.
    fetched: Option<Millis>,
    /// When a fetch was last tried, and why it failed if it did.
    tried: Option<(Millis, Option<KeysUnavailable>)>,
}

/// A key that verifies session tokens with exactly one algorithm.
struct PublicKey {
    kid: Option<String>,
    algorithm: Algorithm,
    key: DecodingKey,
}

/// Why keys cannot be read from the place that is set.
#[derive(Debug, thiserror::Error)]
pub(super) enum InvalidPlace {
    #[error("must be an https URL or the path of a file")]
    Unsafe,
    #[error("names a file that cannot be read: {0}")]
    Unreadable(#[from] std::io::Error),
    #[error("names a file with {0}")]
    Unusable(#[from] KeysUnavailable),
}

impl Jwks {
    /// Takes a URL, from which nothing is fetched yet, or reads a packaged file.
    ///
    /// # Errors
    /// When the URL is not safe, or the file cannot be read or has no usable key.
    pub(super) fn at(place: &str) -> Result<Self, InvalidPlace> {
        let (url, keys) = if !place.contains("://") {
            (None, read(&std::fs::read(place)?)?)
        } else if is_safe(place) {
            (Some(place.to_owned()), Vec::new())
        } else {
            return Err(InvalidPlace::Unsafe);
        };
        let cached = Mutex::new(CachedKeySet { keys: Arc::new(keys), ..CachedKeySet::default() });
        Ok(Self { url, cached, fetching: tokio::sync::Mutex::new(()) })
    }

    /// The key for a token that names the key `kid`, or none, and `algorithm`; `None` when there is
    /// no such key. An unknown name has the keys fetched again, at most every ten seconds.
    ///
    /// # Errors
    /// When the keys cannot be fetched.
    pub(super) async fn find(
        &self,
        kid: Option<&str>,
        algorithm: Algorithm,
        now: Millis,
    ) -> Result<Option<DecodingKey>, KeysUnavailable> {
        let Some(url) = &self.url else { return Ok(self.cached().find(kid, algorithm)) };
        let known = |cached: &CachedKeySet| cached.find(kid, algorithm).filter(|_| cached.is_within(FRESH, now));
        if let Some(key) = known(&self.cached()) {
            return Ok(Some(key));
        }
        let _one_at_a_time = self.fetching.lock().await;
        let cached = self.cached();
        if let Some(key) = known(&cached) {
            return Ok(Some(key));
        }
        let paused = cached.tried.as_ref().is_some_and(|(tried, _)| (0..PAUSE).contains(&(now - tried)));
        let cached = if paused { cached } else { self.fetch(url, now).await };
        let usable = cached.find(kid, algorithm).filter(|_| cached.is_within(STALE, now));
        match (usable, cached.tried) {
            (None, Some((_, Some(problem)))) => Err(problem),
            (key, _) => Ok(key),
        }
    }

    /// Fetches once: the new keys, or the old ones and why there are no new ones.
    async fn fetch(&self, url: &str, now: Millis) -> CachedKeySet {
        let fetched = fetch(url).await.and_then(|document| read(&document));
        let mut cached = self.cached.lock().unwrap_or_else(PoisonError::into_inner);
        match fetched {
            Ok(keys) => *cached = CachedKeySet { keys: Arc::new(keys), fetched: Some(now), tried: Some((now, None)) },
            Err(problem) => cached.tried = Some((now, Some(problem))),
        }
        cached.clone()
    }

    fn cached(&self) -> CachedKeySet {
        self.cached.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl CachedKeySet {
    /// A token that names no key may mean the only one.
    fn find(&self, kid: Option<&str>, algorithm: Algorithm) -> Option<DecodingKey> {
        let mut fitting = self.keys.iter().filter(|key| key.algorithm == algorithm);
        let found = match kid {
            Some(kid) => fitting.find(|key| key.kid.as_deref() == Some(kid)),
            None => fitting.next().filter(|_| fitting.next().is_none()),
        };
        found.map(|found| found.key.clone())
    }

    fn is_within(&self, age: Millis, now: Millis) -> bool {
        self.fetched.is_some_and(|fetched| now - fetched < age)
    }
}

/// Whether nobody can change the keys on their way: they come over TLS, or from this machine.
fn is_safe(url: &str) -> bool {
    let Ok(uri) = url.parse::<http::Uri>() else { return false };
    match (uri.scheme_str(), uri.host()) {
        (Some("https"), Some(host)) => !host.is_empty(),
        (Some("http"), Some(host)) => matches!(host, "127.0.0.1" | "[::1]" | "localhost"),
        _ => false,
    }
}

/// The usable keys of a document; others are skipped, as RFC 7517 says.
fn read(document: &[u8]) -> Result<Vec<PublicKey>, KeysUnavailable> {
    #[derive(Deserialize)]
    struct KeySet {
        keys: Vec<Value>,
    }
    if document.len() > MAX_BYTES {
        return Err(KeysUnavailable::TooLarge);
    }
    let document: KeySet = serde_json::from_slice(document).map_err(|_| KeysUnavailable::Malformed)?;
    let keys: Vec<_> = document.keys.into_iter().filter_map(public_key).collect();
    if keys.is_empty() { Err(KeysUnavailable::NoUsableKey) } else { Ok(keys) }
}

fn public_key(mut key: Value) -> Option<PublicKey> {
    // RFC 9864 names the curve, where RFC 8037 named the family.
    if let Some(algorithm) = key.get_mut("alg").filter(|algorithm| algorithm.as_str() == Some("Ed25519")) {
        *algorithm = "EdDSA".into();
    }
    let jwk: Jwk = serde_json::from_value(key).ok()?;
    let (algorithm, name) = match &jwk.algorithm {
        AlgorithmParameters::RSA(_) => (Algorithm::RS256, KeyAlgorithm::RS256),
        AlgorithmParameters::EllipticCurve(EllipticCurveKeyParameters { curve: EllipticCurve::P256, .. }) => {
            (Algorithm::ES256, KeyAlgorithm::ES256)
        }
        AlgorithmParameters::OctetKeyPair(OctetKeyPairParameters { curve: EllipticCurve::Ed25519, .. }) => {
            (Algorithm::EdDSA, KeyAlgorithm::EdDSA)
        }
        _ => return None,
    };
    let common = &jwk.common;
    let fits = common.key_algorithm.is_none_or(|algorithm| algorithm == name)
        && common.public_key_use.as_ref().is_none_or(|use_| *use_ == PublicKeyUse::Signature)
        && common.key_operations.as_ref().is_none_or(|operations| operations.contains(&KeyOperations::Verify));
    let key = decoding_key(&jwk).filter(|_| fits)?;
    Some(PublicKey { kid: jwk.common.key_id, algorithm, key })
}

fn decoding_key(jwk: &Jwk) -> Option<DecodingKey> {
    let AlgorithmParameters::RSA(numbers) = &jwk.algorithm else { return DecodingKey::from_jwk(jwk).ok() };
    Some(DecodingKey::from_rsa_raw_components(&number(&numbers.n)?, &number(&numbers.e)?))
}

/// A number's bytes. Some providers publish it in DER's form, with a leading zero byte.
fn number(text: &str) -> Option<Vec<u8>> {
    let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
    Some(bytes.into_iter().skip_while(|byte| *byte == 0).collect())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const X: &str = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";

    #[test]
    fn only_keys_that_verify_one_of_the_three_algorithms_are_taken() {
        let ed = |more: Value| {
            let mut key = json!({"kty": "OKP", "crv": "Ed25519", "x": X, "kid": "k"});
            key.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            public_key(key).map(|key| key.algorithm)
        };
        assert_eq!(ed(json!({})), Some(Algorithm::EdDSA));
        assert_eq!(ed(json!({"use": "sig", "alg": "EdDSA", "key_ops": ["verify"]})), Some(Algorithm::EdDSA));
        assert_eq!(ed(json!({"alg": "Ed25519"})), Some(Algorithm::EdDSA));
        assert!(public_key(json!({"kty": "EC", "crv": "P-256", "x": X, "y": X, "alg": "Ed25519"})).is_none());
        for other in [json!({"use": "enc"}), json!({"alg": "RS256"}), json!({"key_ops": ["sign"]}), json!({"x": "?"})] {
            assert_eq!(ed(other.clone()), None, "{other}");
        }
        for key in [json!({"kty": "oct", "k": "c2VjcmV0"}), json!({"kty": "new"}), json!(1), json!({})] {
            assert!(public_key(key.clone()).is_none(), "{key}");
        }
        let p384 = json!({"kty": "EC", "crv": "P-384", "x": X, "y": X});
        assert!(public_key(p384).is_none());
    }

    #[test]
    fn keys_come_over_tls_or_from_this_machine() {
        for url in ["https://id.example.org/keys", "http://127.0.0.1:8000/jwks", "http://[::1]/", "http://localhost/"] {
            assert!(Jwks::at(url).is_ok(), "{url}");
        }
        for url in
            ["http://id.example.org/keys", "http://127.0.0.1.example.org/", "ftp://localhost/", "https://", "://"]
        {
            assert!(Jwks::at(url).is_err(), "{url}");
        }
    }

    #[test]
    fn a_file_without_a_usable_key_is_refused_at_start() {
        let folder = std::env::temp_dir().join(format!("latchkey-jwks-{}", uuid::Uuid::new_v4()));
        std::fs::create_dir(&folder).unwrap();
        let file = folder.join("jwks.json");
        let at = |document: &str| {
            std::fs::write(&file, document).unwrap();
            Jwks::at(file.to_str().unwrap()).err()
        };
        let key = json!({"keys": [{"kty": "new"}, {"kty": "OKP", "crv": "Ed25519", "x": X}]}).to_string();
        assert!(at(&key).is_none());
        for document in ["", "[]", "{}", r#"{"keys": []}"#, &" ".repeat(MAX_BYTES + 1)] {
            assert!(at(document).is_some_and(|wrong| matches!(wrong, InvalidPlace::Unusable(_))), "{document:.20}");
        }
        std::fs::remove_dir_all(&folder).unwrap();
        assert!(Jwks::at(file.to_str().unwrap()).is_err());
    }
}
