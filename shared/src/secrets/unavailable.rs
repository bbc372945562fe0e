//! Why a function's secrets are not there.

/// The secrets of a function could not be read, or may not be used. The text is for logs and has
/// nothing of a secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the secrets are not available: {cause}")]
pub struct SecretsUnavailable {
    cause: String,
    code: &'static str,
}

impl SecretsUnavailable {
    /// The secrets are not there for this reason.
    pub fn new(cause: impl ToString) -> Self {
        Self { cause: cause.to_string(), code: "secrets_unavailable" }
    }

    /// The store, which knows the id secret that is pinned, failed; `code` is the code of its failure.
    pub fn by_store(cause: impl ToString, code: &'static str) -> Self {
        Self { cause: cause.to_string(), code }
    }

    /// The code of this failure in logs.
    #[must_use]
    pub fn code(&self) -> &'static str {
        self.code
    }
}
