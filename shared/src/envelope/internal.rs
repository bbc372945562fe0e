//! Failures of the service itself, and what the log says of every failure.

use http::{HeaderValue, header};

use super::Unrouted;
use crate::runtime::request::Response;
use crate::secrets::{NotGiven, SealError, SecretsUnavailable};
use crate::store::StoreError;
use crate::telemetry;

/// Why the service failed. The text is for logs: it contains nothing of the request, and no client sees it.
#[derive(Debug, thiserror::Error)]
pub enum Internal {
    /// The store failed, or the key is too large for it.
    #[error("the store failed: {0}")]
    Store(#[from] StoreError),
    /// A stored secret could not be opened, or a new one could not be sealed.
    #[error(transparent)]
    Sealing(#[from] SealError),
    /// The function's secrets could not be read, or may not be used.
    #[error(transparent)]
    Secrets(#[from] SecretsUnavailable),
    /// The function needs a secret that it does not declare.
    #[error(transparent)]
    MissingSecret(#[from] NotGiven),
    /// The identity provider's keys could not be fetched.
    #[error("the identity provider's keys could not be fetched: {0}")]
    ProviderKeys(String),
    /// Something happened that never should.
    #[error("the service is broken: {0}")]
    Broken(&'static str),
}

impl Internal {
    /// The size limit that the key exceeds. This is the only failure that a client can fix.
    pub(super) fn too_large(&self) -> Option<usize> {
        match self {
            Self::Store(StoreError::TooLarge { max_bytes }) => Some(*max_bytes),
            _ => None,
        }
    }

    /// The code of this failure in logs.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Store(error) => error.into(),
            Self::Sealing(_) => "sealing_failed",
            Self::Secrets(cause) => cause.code(),
            Self::MissingSecret(_) => "secret_missing",
            Self::ProviderKeys(_) => "provider_keys_unavailable",
            Self::Broken(_) => "broken",
        }
    }

    /// Whether the caller's rights changed while the request ran, so that nothing was done.
    #[must_use]
    pub fn is_outdated(&self) -> bool {
        matches!(self, Self::Store(StoreError::NoLonger))
    }

    /// Whether the same request may succeed a moment later.
    pub(super) fn is_temporary(&self) -> bool {
        matches!(self, Self::Store(_) | Self::Secrets(_) | Self::ProviderKeys(_)) && self.too_large().is_none()
    }
}

/// What the failures of all dialects have in common.
pub trait DialectFailure: From<StoreError> + From<SecretsUnavailable> + From<Unrouted> {
    /// The failure of the service behind this one, if there is one.
    fn internal(&self) -> Option<&Internal>;

    /// The name of the refusal in logs. It has nothing of the failure's fields, which may come from
    /// the request.
    fn name(&self) -> &'static str;
}

/// Asks the client to retry after a second.
pub(super) fn retry_soon(response: &mut Response) {
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
}

/// Notes a failure for the log: a refusal by its name, a failure of the service with its cause.
pub(super) fn note(failure: &impl DialectFailure) {
    match failure.internal() {
        Some(fault) if fault.too_large().is_none() => telemetry::failed(fault.code(), fault),
        Some(_) => telemetry::refused("too_large"),
        None => telemetry::refused(failure.name()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_may_pass_by_itself_is_worth_a_retry() {
        let failed = || StoreError::Failed { action: "GetItem", reason: "timed out".into() };
        let temporary = [
            Internal::from(failed()),
            StoreError::OutOfTime.into(),
            Internal::ProviderKeys(String::new()),
            SecretsUnavailable::new("out of reach").into(),
        ];
        assert!(temporary.iter().all(Internal::is_temporary));
        let lasting = [StoreError::TooLarge { max_bytes: 1 }.into(), NotGiven.into(), SealError::Unopenable.into()];
        assert!(!lasting.iter().any(Internal::is_temporary));
    }
}
