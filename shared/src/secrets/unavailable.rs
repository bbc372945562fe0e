//! Why a function's secrets are not there.

/// The secrets of a function could not be read, or may not be used. The text is for logs and has
/// nothing of a secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the secrets are not available: {0}")]
pub struct SecretsUnavailable(String);

impl SecretsUnavailable {
    /// The code of this failure in logs.
    pub const CODE: &str = "secrets_unavailable";

    /// The secrets are not there for this reason.
    pub fn new(cause: impl ToString) -> Self {
        Self(cause.to_string())
    }
}
