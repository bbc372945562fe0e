//! Why published keys cannot be used.

/// Bytes of the largest document that is accepted.
pub(super) const MAX_BYTES: usize = 256 * 1024;

/// Why the keys cannot be used. The message names neither the URL nor the file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum KeysUnavailable {
    #[error("status {0}")]
    Status(u16),
    #[error("more than {MAX_BYTES} bytes")]
    TooLarge,
    #[error("no JSON Web Key Set")]
    Malformed,
    #[error("no key for RS256, ES256 or EdDSA")]
    NoUsableKey,
    #[error("{0}")]
    Failed(String),
}
