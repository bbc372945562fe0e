//! Sealing: encryption of what the service reads back later, so that a stolen table does not reveal
//! it.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};

use aws_lc_rs::aead::{AES_256_GCM, Aad, Nonce, RandomizedNonceKey};
use aws_lc_rs::hkdf;

use super::{InvalidSecret, secret_bytes};
use crate::settings::lines;

/// Bytes of an AES-GCM nonce.
const NONCE_BYTES: usize = 12;

/// What a value is sealed for. A value sealed for one purpose does not open for another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// The token of a key.
    Token,
    /// The secrets inside a key.
    Secrets,
    /// Where the next page of a list begins.
    Cursor,
}

impl Purpose {
    fn name(self) -> &'static [u8] {
        match self {
            Self::Token => b"token",
            Self::Secrets => b"secrets",
            Self::Cursor => b"cursor",
        }
    }
}

/// A sealed value, as stored: the length of the version's name, the name, a nonce, and
/// AES-256-GCM's output.
#[derive(Clone, PartialEq, Eq)]
pub struct Sealed(Vec<u8>);

impl Sealed {
    /// Takes bytes that came from the store.
    #[must_use]
    pub fn from_bytes(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    /// The bytes to store.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The version of the secret that sealed this; `None` when the bytes are damaged.
    #[must_use]
    pub fn version(&self) -> Option<&str> {
        let (length, rest) = self.0.split_first()?;
        std::str::from_utf8(rest.get(..usize::from(*length))?).ok()
    }
}

impl fmt::Debug for Sealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sealed({})", self.version().unwrap_or("damaged"))
    }
}

/// Why sealing or opening failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// A stored value is damaged, was sealed for something else, or its secret is no longer listed.
    #[error("a sealed value could not be opened")]
    Unopenable,
    /// The machine has no randomness to give.
    #[error("a value could not be sealed")]
    Unsealable,
}

/// The version of a secret that is listed without a name.
const UNNAMED: &str = "v1";

/// Seals with the newest secret and opens with any that is still listed.
pub struct Sealer {
    versions: Vec<Version>,
    /// Whether a version was needed that is not listed.
    missed: AtomicBool,
}

struct Version {
    name: String,
    secret: hkdf::Prk,
}

impl Sealer {
    /// Reads `v2:BASE64,v1:BASE64`, in one line or several: the first seals, all open. One without a
    /// name, as a generator of secrets makes it, is `v1`.
    ///
    /// # Errors
    /// When a version is named twice, or an entry is not base64 of at least 32 bytes.
    pub fn parse(text: &str) -> Result<Self, InvalidSecret> {
        let mut versions: Vec<Version> = Vec::new();
        for entry in lines(text).flat_map(|line| line.split(',')) {
            let (name, secret) = entry.trim().split_once(':').unwrap_or((UNNAMED, entry));
            if name.is_empty() || name.len() > 32 || versions.iter().any(|v| v.name == name) {
                return Err(InvalidSecret::InvalidVersion);
            }
            let secret = hkdf::Salt::new(hkdf::HKDF_SHA256, b"latchkey").extract(&secret_bytes(secret)?);
            versions.push(Version { name: name.to_owned(), secret });
        }
        if versions.is_empty() {
            Err(InvalidSecret::TooFewBytes)
        } else {
            Ok(Self { versions, missed: AtomicBool::new(false) })
        }
    }

    /// The version that seals now.
    #[must_use]
    pub fn current(&self) -> &str {
        self.versions.first().map_or("", |version| &version.name)
    }

    /// A digest of each version's secret, which reveals nothing of it.
    pub fn fingerprints(&self) -> impl Iterator<Item = (&str, [u8; 16])> {
        let fingerprint = |version: &Version| version.sixteen_bytes(&[b"fingerprint"]);
        self.versions.iter().filter_map(move |version| Some((version.name.as_str(), fingerprint(version)?)))
    }

    /// Sixteen bytes that follow from the secret of this version and from `parts`, for a token that
    /// can be made again.
    ///
    /// # Errors
    /// When the version is not listed.
    pub fn derive(&self, version: &str, parts: &[&[u8]]) -> Result<[u8; 16], SealError> {
        let lengths: Vec<_> = parts.iter().map(|part| (part.len() as u64).to_be_bytes()).collect();
        let mut info: Vec<&[u8]> = vec![b"token bytes"];
        info.extend(lengths.iter().zip(parts).flat_map(|(length, part)| [length.as_slice(), part]));
        self.version(version).and_then(|version| version.sixteen_bytes(&info)).ok_or(SealError::Unopenable)
    }

    /// Seals `plain` for `purpose`; it opens only with the same `bound_to`.
    ///
    /// # Errors
    /// [`SealError::Unsealable`]
    pub fn seal(&self, purpose: Purpose, bound_to: &[u8], plain: &[u8]) -> Result<Sealed, SealError> {
        self.versions.first().and_then(|version| version.seal(purpose, bound_to, plain)).ok_or(SealError::Unsealable)
    }

    /// Opens what was sealed for `purpose` and bound to `bound_to`.
    ///
    /// # Errors
    /// [`SealError::Unopenable`]
    pub fn open(&self, purpose: Purpose, bound_to: &[u8], sealed: &Sealed) -> Result<Vec<u8>, SealError> {
        let version = sealed.version().and_then(|name| self.version(name));
        version.and_then(|version| version.open(purpose, bound_to, sealed)).ok_or(SealError::Unopenable)
    }

    /// Whether a version was needed since the last time this was called that is not listed. A newer list may have
    /// it.
    pub(crate) fn missed_a_version(&self) -> bool {
        self.missed.swap(false, Ordering::Relaxed)
    }

    fn version(&self, name: &str) -> Option<&Version> {
        let found = self.versions.iter().find(|version| version.name == name);
        if found.is_none() {
            self.missed.store(true, Ordering::Relaxed);
        }
        found
    }
}

impl Version {
    fn seal(&self, purpose: Purpose, bound_to: &[u8], plain: &[u8]) -> Option<Sealed> {
        let mut text = plain.to_vec();
        let nonce = self.key(purpose)?.seal_in_place_append_tag(Aad::from(bound_to), &mut text).ok()?;
        let name = self.name.as_bytes();
        let length = u8::try_from(name.len()).ok()?;
        Some(Sealed([&[length], name, nonce.as_ref(), &text].concat()))
    }

    fn open(&self, purpose: Purpose, bound_to: &[u8], sealed: &Sealed) -> Option<Vec<u8>> {
        let rest = sealed.0.get(1 + self.name.len()..)?;
        let (nonce, text) = rest.split_at_checked(NONCE_BYTES)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let mut text = text.to_vec();
        let plain = self.key(purpose)?.open_in_place(nonce, Aad::from(bound_to), &mut text).ok()?;
        Some(plain.to_vec())
    }

    fn key(&self, purpose: Purpose) -> Option<RandomizedNonceKey> {
        let info = [purpose.name()];
        let mut key = [0; 32];
        self.secret.expand(&info, &AES_256_GCM).and_then(|derived| derived.fill(&mut key)).ok()?;
        RandomizedNonceKey::new(&AES_256_GCM, &key).ok()
    }

    fn sixteen_bytes(&self, info: &[&[u8]]) -> Option<[u8; 16]> {
        let mut bytes = [0; 16];
        self.secret.expand(info, Sixteen).and_then(|derived| derived.fill(&mut bytes)).ok()?;
        Some(bytes)
    }
}

/// The length of what is derived besides keys.
struct Sixteen;

impl hkdf::KeyType for Sixteen {
    fn len(&self) -> usize {
        16
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn secret(byte: u8) -> String {
        use base64::Engine;
        base64::engine::general_purpose::STANDARD.encode([byte; 32])
    }

    fn sealer(versions: &[(&str, u8)]) -> Sealer {
        let entries: Vec<_> = versions.iter().map(|(name, byte)| format!("{name}:{}", secret(*byte))).collect();
        Sealer::parse(&entries.join(",")).unwrap()
    }

    #[test]
    fn a_value_opens_only_for_its_purpose_and_its_key() {
        let sealer = sealer(&[("v1", 1)]);
        let sealed = sealer.seal(Purpose::Token, b"id", b"plain").unwrap();
        assert_eq!(sealer.open(Purpose::Token, b"id", &sealed).unwrap(), b"plain");
        assert_eq!(sealer.open(Purpose::Secrets, b"id", &sealed), Err(SealError::Unopenable));
        assert_eq!(sealer.open(Purpose::Token, b"other", &sealed), Err(SealError::Unopenable));
    }

    #[test]
    fn the_old_version_opens_while_the_new_one_seals() {
        let old = sealer(&[("v1", 1)]).seal(Purpose::Token, b"id", b"plain").unwrap();
        let both = sealer(&[("v2", 2), ("v1", 1)]);
        assert_eq!(both.open(Purpose::Token, b"id", &old).unwrap(), b"plain");
        assert_eq!(both.seal(Purpose::Token, b"id", b"plain").unwrap().version(), Some("v2"));
        assert_eq!(sealer(&[("v2", 2)]).open(Purpose::Token, b"id", &old), Err(SealError::Unopenable));
    }

    #[test]
    fn wrong_secrets_are_refused_with_a_reason() {
        let twice = [format!("v1:{0},v1:{0}", secret(1)), format!("{0}\nv1:{0}", secret(1))];
        for text in ["", "\n", ",", "v1", "v1:", ":AAAA", "v1:AAAA", &twice[0], &twice[1]] {
            assert!(Sealer::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_generated_secret_is_version_one_and_a_new_one_may_be_put_on_a_line_before_it() {
        let generated = "aZ09".repeat(16);
        let sealed = Sealer::parse(&generated).unwrap().seal(Purpose::Token, b"id", b"plain").unwrap();
        assert_eq!(sealed.version(), Some("v1"));
        for older in [generated.clone(), format!("v1:{generated}")] {
            let both = Sealer::parse(&format!("v2:{}\r\n{older}\n", secret(2))).unwrap();
            assert_eq!(both.current(), "v2");
            assert_eq!(both.open(Purpose::Token, b"id", &sealed).unwrap(), b"plain");
        }
    }

    #[test]
    fn a_version_that_is_not_listed_is_noticed_once() {
        let (old, new) = (sealer(&[("v1", 1)]), sealer(&[("v2", 2), ("v1", 1)]));
        let sealed = new.seal(Purpose::Token, b"id", b"plain").unwrap();
        assert!(!old.missed_a_version());
        assert_eq!(old.open(Purpose::Token, b"id", &sealed), Err(SealError::Unopenable));
        assert!(old.missed_a_version() && !old.missed_a_version());
        assert_eq!(old.derive("v2", &[b"part"]), Err(SealError::Unopenable));
        assert!(old.missed_a_version());
        assert_eq!(new.open(Purpose::Secrets, b"id", &sealed), Err(SealError::Unopenable), "another purpose");
        assert!(!new.missed_a_version());
    }

    proptest! {
        #[test]
        fn damaged_values_never_open(plain in any::<Vec<u8>>(), at in any::<prop::sample::Index>(), bit in 0_u8..8) {
            let sealer = sealer(&[("v1", 1)]);
            let mut bytes = sealer.seal(Purpose::Secrets, b"id", &plain).unwrap().as_bytes().to_vec();
            let at = at.index(bytes.len());
            bytes[at] ^= 1 << bit;
            prop_assert_eq!(sealer.open(Purpose::Secrets, b"id", &Sealed::from_bytes(bytes)), Err(SealError::Unopenable));
        }

        #[test]
        fn any_bytes_are_refused_without_a_panic(bytes in any::<Vec<u8>>()) {
            prop_assert!(sealer(&[("v1", 1)]).open(Purpose::Token, b"id", &Sealed::from_bytes(bytes)).is_err());
        }
    }
}
