//! The id of a key, which names it wherever its token must not appear.

use std::fmt;

use uuid::Uuid;

use super::Token;
use crate::secrets::IdSecret;

/// A version 8 UUID that follows from the key's token, so that calls with either reach the same
/// item.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct KeyId(Uuid);

impl KeyId {
    /// The id of the key with this token.
    #[must_use]
    pub fn of(token: &Token, ids: &IdSecret) -> Self {
        Self::from_digest(ids.sign(token.reveal().as_bytes()).as_ref())
    }

    /// Takes the first 16 bytes of `digest`; a shorter one is filled up with zeros.
    #[must_use]
    pub(crate) fn from_digest(digest: &[u8]) -> Self {
        let mut bytes = [0; 16];
        for (to, from) in bytes.iter_mut().zip(digest) {
            *to = *from;
        }
        Self(uuid::Builder::from_custom_bytes(bytes).into_uuid())
    }

    /// Reads an id with or without hyphens; `None` for anything else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        matches!(text.len(), 32 | 36).then(|| Uuid::try_parse(text).ok().map(Self)).flatten()
    }

    /// The id as 32 lower-case hex digits: what the Tyk dialect calls the key's hash.
    #[must_use]
    pub fn hash(&self) -> String {
        self.0.simple().to_string()
    }

    /// The sixteen bytes, to bind sealed values to this key.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.hyphenated().fmt(f)
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
