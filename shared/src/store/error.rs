//! What can go wrong in the store, without a word of what was in the request.

use std::error::Error;
use std::io;

use aws_sdk_dynamodb::error::{BuildError, ProvideErrorMetadata, SdkError};
use strum::IntoStaticStr;

use crate::aws::failure;
use crate::secrets::SecretsUnavailable;

/// Why the store could not do something. Either nothing was changed, or the answer was lost and the
/// whole change was made.
#[derive(Debug, thiserror::Error, IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum StoreError {
    /// DynamoDB refused, or did not answer.
    #[error("{action} failed: {reason}")]
    #[strum(serialize = "store_failed")]
    Failed {
        /// The DynamoDB action.
        action: &'static str,
        /// DynamoDB's error code and message, or why there was no answer.
        reason: String,
    },
    /// An item is not as this version of Latchkey writes it.
    #[error("an item is damaged: {0}")]
    #[strum(serialize = "item_damaged")]
    Damaged(&'static str),
    /// Other changes of the same item came first, again and again.
    #[error("other changes came first at every attempt")]
    Contended,
    /// What gave the caller the right to the change is gone, or has changed since. Nothing was
    /// changed.
    #[error("the caller no longer has the right to make this change")]
    NoLonger,
    /// The id belongs to a key of another dialect, live or deleted. Nothing was changed.
    #[error("the id belongs to a key of another dialect")]
    Foreign,
    /// In the organisation given, the name leads to a key of another organisation, live or deleted.
    /// Nothing was changed.
    #[error("the name belongs to a key of another organisation")]
    Namesake,
    /// The key would take more bytes in the store than are allowed.
    #[error("the key is larger than {max_bytes} bytes")]
    TooLarge {
        /// The bytes that are allowed.
        max_bytes: usize,
    },
    /// The request's deadline passed.
    #[error("the request's deadline passed")]
    OutOfTime,
}

impl StoreError {
    /// Whether it was a read that failed, or an item that was read is damaged. A failed read has
    /// changed nothing.
    #[must_use]
    pub fn while_reading(&self) -> bool {
        match self {
            Self::Failed { action, .. } => matches!(*action, "GetItem" | "BatchGetItem" | "Query" | "Scan"),
            Self::Damaged(_) => true,
            Self::Contended | Self::NoLonger | Self::Foreign | Self::Namesake => false,
            Self::TooLarge { .. } | Self::OutOfTime => false,
        }
    }

    pub(super) fn failed<E>(action: &'static str) -> impl FnOnce(SdkError<E>) -> Self
    where
        E: ProvideErrorMetadata + Error + 'static,
    {
        move |error| Self::Failed { action, reason: failure(&error) }
    }

    /// A request that lacks something DynamoDB requires, and so was not sent.
    pub(super) fn not_built(action: &'static str) -> impl FnOnce(BuildError) -> Self {
        move |error| Self::Failed { action, reason: error.to_string() }
    }
}

/// The store is needed to know whether the secrets may be used.
impl From<StoreError> for SecretsUnavailable {
    fn from(error: StoreError) -> Self {
        Self::by_store(format!("the store failed: {error}"), (&error).into())
    }
}

/// Whether an error code means that the store was too busy to begin.
pub(super) fn is_throttled(code: &str) -> bool {
    matches!(
        code,
        "ProvisionedThroughputExceeded"
            | "ProvisionedThroughputExceededException"
            | "RequestLimitExceeded"
            | "ThrottlingError"
            | "ThrottlingException"
            | "LimitExceededException"
    )
}

/// Whether the request certainly did not reach the store: its connection was refused.
pub(super) fn was_never_sent(error: &(dyn Error + 'static)) -> bool {
    let refused = |error: &io::Error| error.kind() == io::ErrorKind::ConnectionRefused;
    error.downcast_ref().is_some_and(refused) || error.source().is_some_and(was_never_sent)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_refused_connection_is_known_not_to_have_carried_the_request() {
        assert!(was_never_sent(&io::Error::from(io::ErrorKind::ConnectionRefused)));
        assert!(!was_never_sent(&io::Error::from(io::ErrorKind::ConnectionReset)));
        assert!(!was_never_sent(&io::Error::from(io::ErrorKind::TimedOut)));
    }

    #[test]
    fn only_a_failed_read_is_known_to_have_changed_nothing() {
        let failed = |action| StoreError::Failed { action, reason: String::new() };
        for action in ["GetItem", "BatchGetItem", "Query", "Scan"] {
            assert!(failed(action).while_reading(), "{action}");
        }
        for action in ["TransactWriteItems", "UpdateItem", "PutItem", "CreateTable", "UpdateTimeToLive"] {
            assert!(!failed(action).while_reading(), "{action}");
        }
    }

    #[test]
    fn the_name_of_a_failure_has_nothing_of_its_fields() {
        let name: &'static str = (&StoreError::Failed { action: "GetItem", reason: "a token".into() }).into();
        assert_eq!(name, "store_failed");
    }
}
