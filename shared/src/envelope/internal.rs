//! Failures that are the service's own fault, and the log line of any failure.

use http::{HeaderValue, StatusCode, header};

use crate::runtime::request::{Request, Response};
use crate::secrets::{NotGiven, SealError};
use crate::store::StoreError;

/// Why the service could not do its work. The text is for logs: it says nothing about the request, and no client sees it.
#[derive(Debug, thiserror::Error)]
pub enum Internal {
    /// The store failed, or does not take so large a key.
    #[error("the store failed: {0}")]
    Store(#[from] StoreError),
    /// A stored secret could not be opened, or a new one could not be sealed.
    #[error(transparent)]
    Sealing(#[from] SealError),
    /// The function needs a secret that it does not declare.
    #[error(transparent)]
    MissingSecret(#[from] NotGiven),
    /// The identity provider's keys could not be fetched.
    #[error("the identity provider's keys could not be fetched: {0}")]
    ProviderKeys(String),
    /// Anything else that cannot happen unless the service is broken.
    #[error("the service is broken: {0}")]
    Broken(&'static str),
}

impl Internal {
    /// The size limit that a key exceeds, which is the only failure of the store that a client can mend.
    pub(super) fn too_large(&self) -> Option<usize> {
        match self {
            Self::Store(StoreError::TooLarge { max_bytes }) => Some(*max_bytes),
            _ => None,
        }
    }

    /// Whether the same request may succeed a moment later.
    pub(super) fn is_temporary(&self) -> bool {
        matches!(self, Self::Store(_) | Self::ProviderKeys(_)) && self.too_large().is_none()
    }
}

/// Asks the client to retry after a second.
pub(super) fn retry_soon(response: &mut Response) {
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
}

/// Logs a failure, in one line: a refusal by its name alone, a fault of the service with its cause.
///
/// `refusal` is the name of the failure's variant, because what a variant carries may come from the request.
pub(super) fn log(request: &Request, status: StatusCode, refusal: &'static str, fault: Option<&Internal>) {
    let (function, request, status) = (request.function, &request.id, status.as_u16());
    match fault {
        Some(fault) if fault.too_large().is_none() => {
            tracing::error!(function, request, status, cause = %fault, "failed");
        }
        Some(_) => tracing::info!(function, request, status, refusal = "TooLarge", "refused"),
        None => tracing::info!(function, request, status, refusal, "refused"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_may_pass_by_itself_is_worth_a_retry() {
        let failed = || StoreError::Failed { action: "GetItem", reason: "timed out".into() };
        let temporary = [Internal::from(failed()), StoreError::OutOfTime.into(), Internal::ProviderKeys(String::new())];
        assert!(temporary.iter().all(Internal::is_temporary));
        let lasting = [StoreError::TooLarge { max_bytes: 1 }.into(), NotGiven.into(), SealError::Unopenable.into()];
        assert!(!lasting.iter().any(Internal::is_temporary));
    }
}
