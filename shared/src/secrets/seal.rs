//! Sealing: what must be read back later but must not be readable in a stolen table.

use std::fmt;

use aws_lc_rs::aead::{AES_256_GCM, Aad, Nonce, RandomizedNonceKey};
use aws_lc_rs::hkdf;

use super::secret_bytes;

/// Bytes of an AES-GCM nonce.
const NONCE_BYTES: usize = 12;

/// What a value was sealed for. A value sealed for one purpose does not open for another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// The token of a key.
    Token,
    /// The secrets inside a key.
    Secrets,
    /// Where a list goes on.
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

/// A sealed value: the length of the version's name, the name, a nonce, and AES-256-GCM's output.
#[derive(Clone, PartialEq, Eq)]
pub struct Sealed(Vec<u8>);

impl Sealed {
    /// Takes bytes that came from the store.
    #[must_use]
    pub fn from_bytes(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    /// The bytes to keep.
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

/// A sealed value could not be opened: damaged, sealed for something else, or its secret is gone.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("a secret could not be sealed or opened")]
pub struct Unsealable;

/// Seals with the newest secret and opens with any that is still listed.
pub struct Sealer(Vec<Version>);

struct Version {
    name: String,
    secret: hkdf::Prk,
}

impl Sealer {
    /// Reads `v2:BASE64,v1:BASE64`: the first seals, all open.
    ///
    /// # Errors
    /// When an entry has no name, names a version twice, or is no base64 of at least 32 bytes.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut versions: Vec<Version> = Vec::new();
        for entry in text.split(',') {
            let (name, secret) = entry.trim().split_once(':').ok_or("must read VERSION:BASE64")?;
            if name.is_empty() || name.len() > 32 || versions.iter().any(|v| v.name == name) {
                return Err("must name each version once, in 1 to 32 bytes".into());
            }
            let secret = hkdf::Salt::new(hkdf::HKDF_SHA256, b"latchkey").extract(&secret_bytes(secret)?);
            versions.push(Version { name: name.to_owned(), secret });
        }
        Ok(Self(versions))
    }

    /// The version that seals now.
    #[must_use]
    pub fn current(&self) -> &str {
        self.0.first().map_or("", |version| &version.name)
    }

    /// A digest of the secret of each version, which gives nothing of it away.
    pub fn fingerprints(&self) -> impl Iterator<Item = (&str, [u8; 16])> {
        self.0.iter().filter_map(|version| {
            let mut bytes = [0; 16];
            version.secret.expand(&[b"fingerprint"], Sixteen).and_then(|derived| derived.fill(&mut bytes)).ok()?;
            Some((version.name.as_str(), bytes))
        })
    }

    /// Sixteen bytes that follow from the secret of this version and from `parts`, for a token that can be made again.
    ///
    /// # Errors
    /// When the version is not listed.
    pub fn derive(&self, version: &str, parts: &[&[u8]]) -> Result<[u8; 16], Unsealable> {
        let version = self.0.iter().find(|known| known.name == version).ok_or(Unsealable)?;
        let lengths: Vec<_> = parts.iter().map(|part| (part.len() as u64).to_be_bytes()).collect();
        let mut info: Vec<&[u8]> = vec![b"token bytes"];
        info.extend(lengths.iter().zip(parts).flat_map(|(length, part)| [length.as_slice(), part]));
        let mut bytes = [0; 16];
        let derived = version.secret.expand(&info, Sixteen).map_err(|_| Unsealable)?;
        derived.fill(&mut bytes).map_err(|_| Unsealable)?;
        Ok(bytes)
    }

    /// Seals `plain` for `purpose`; it opens only with the same `bound_to`.
    ///
    /// # Errors
    /// When the machine has no randomness to give.
    pub fn seal(&self, purpose: Purpose, bound_to: &[u8], plain: &[u8]) -> Result<Sealed, Unsealable> {
        let version = self.0.first().ok_or(Unsealable)?;
        let mut text = plain.to_vec();
        let nonce =
            version.key(purpose)?.seal_in_place_append_tag(Aad::from(bound_to), &mut text).map_err(|_| Unsealable)?;
        let name = version.name.as_bytes();
        let length = u8::try_from(name.len()).map_err(|_| Unsealable)?;
        Ok(Sealed([&[length], name, nonce.as_ref(), &text].concat()))
    }

    /// Opens what was sealed for `purpose` and bound to `bound_to`.
    ///
    /// # Errors
    /// When it is damaged, was sealed for something else, or its version is no longer listed.
    pub fn open(&self, purpose: Purpose, bound_to: &[u8], sealed: &Sealed) -> Result<Vec<u8>, Unsealable> {
        let name = sealed.version().ok_or(Unsealable)?;
        let version = self.0.iter().find(|version| version.name == name).ok_or(Unsealable)?;
        let rest = sealed.0.get(1 + name.len()..).ok_or(Unsealable)?;
        let (nonce, text) = rest.split_at_checked(NONCE_BYTES).ok_or(Unsealable)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| Unsealable)?;
        let mut text = text.to_vec();
        let plain =
            version.key(purpose)?.open_in_place(nonce, Aad::from(bound_to), &mut text).map_err(|_| Unsealable)?;
        Ok(plain.to_vec())
    }
}

/// The length of derived token bytes.
struct Sixteen;

impl hkdf::KeyType for Sixteen {
    fn len(&self) -> usize {
        16
    }
}

impl Version {
    fn key(&self, purpose: Purpose) -> Result<RandomizedNonceKey, Unsealable> {
        let info = [purpose.name()];
        let derived = self.secret.expand(&info, &AES_256_GCM).map_err(|_| Unsealable)?;
        let mut key = [0; 32];
        derived.fill(&mut key).map_err(|_| Unsealable)?;
        RandomizedNonceKey::new(&AES_256_GCM, &key).map_err(|_| Unsealable)
    }
}

impl fmt::Debug for Sealer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sealer({}, …)", self.current())
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
        assert_eq!(sealer.open(Purpose::Secrets, b"id", &sealed), Err(Unsealable));
        assert_eq!(sealer.open(Purpose::Token, b"other", &sealed), Err(Unsealable));
    }

    #[test]
    fn the_old_version_opens_while_the_new_one_seals() {
        let old = sealer(&[("v1", 1)]).seal(Purpose::Token, b"id", b"plain").unwrap();
        let both = sealer(&[("v2", 2), ("v1", 1)]);
        assert_eq!(both.open(Purpose::Token, b"id", &old).unwrap(), b"plain");
        assert_eq!(both.seal(Purpose::Token, b"id", b"plain").unwrap().version(), Some("v2"));
        assert_eq!(sealer(&[("v2", 2)]).open(Purpose::Token, b"id", &old), Err(Unsealable));
    }

    #[test]
    fn wrong_secrets_are_refused_with_a_reason() {
        for text in ["", "v1", "v1:", ":AAAA", "v1:AAAA", &format!("v1:{0},v1:{0}", secret(1))] {
            assert!(Sealer::parse(text).is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn damaged_values_never_open(plain in any::<Vec<u8>>(), at in any::<prop::sample::Index>(), bit in 0_u8..8) {
            let sealer = sealer(&[("v1", 1)]);
            let mut bytes = sealer.seal(Purpose::Secrets, b"id", &plain).unwrap().as_bytes().to_vec();
            let at = at.index(bytes.len());
            bytes[at] ^= 1 << bit;
            prop_assert_eq!(sealer.open(Purpose::Secrets, b"id", &Sealed::from_bytes(bytes)), Err(Unsealable));
        }

        #[test]
        fn any_bytes_are_refused_without_a_panic(bytes in any::<Vec<u8>>()) {
            prop_assert!(sealer(&[("v1", 1)]).open(Purpose::Token, b"id", &Sealed::from_bytes(bytes)).is_err());
        }
    }
}
