//! What can go wrong in the store, without a word of what was in the request.

use std::error::Error;
use std::fmt;

use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};

/// A store call failed. Nothing was changed, or, where the answer got lost, the whole change was made.
#[derive(Debug)]
pub enum StoreError {
    /// DynamoDB refused or did not answer.
    Failed {
        /// The action that failed.
        action: &'static str,
        /// Its error code, or what kept it from answering.
        reason: String,
    },
    /// An item is not as this version of Latchkey writes it.
    Damaged(&'static str),
    /// Others changed the same key over and over, so that this change never got through.
    Contended,
    /// What gave the caller the right to the change is gone, or has changed since it was looked at. Nothing was changed.
    NoLonger,
    /// The id is that of another dialect's key, live or deleted. Nothing was changed.
    Foreign,
    /// The name, in the organisation where it was given, leads to a key of another, live or deleted. Nothing was changed.
    Namesake,
    /// The key would take more than the allowed bytes in the store.
    TooLarge {
        /// The bytes that are allowed.
        max_bytes: usize,
    },
    /// The request's deadline came first.
    OutOfTime,
}

impl StoreError {
    /// Whether it failed while reading, so that surely nothing was changed.
    #[must_use]
    pub fn while_reading(&self) -> bool {
        match self {
            Self::Failed { action, .. } => !matches!(*action, "TransactWriteItems" | "UpdateItem"),
            Self::Damaged(_) => true,
            Self::Contended | Self::NoLonger | Self::Foreign | Self::Namesake => false,
            Self::TooLarge { .. } | Self::OutOfTime => false,
        }
    }

    pub(super) fn failed<E>(action: &'static str) -> impl FnOnce(SdkError<E>) -> Self
    where
        E: ProvideErrorMetadata + Error + 'static,
    {
        move |error| Self::Failed { action, reason: reason(&error) }
    }
}

/// The code of a refusal, or the kind of another failure; never the request, which may hold secrets.
fn reason<E: ProvideErrorMetadata + Error + 'static>(error: &SdkError<E>) -> String {
    match error {
        SdkError::ServiceError(refused) => {
            let refused = refused.err();
            format!("{}: {}", refused.code().unwrap_or("unknown"), refused.message().unwrap_or("no message"))
        }
        SdkError::TimeoutError(_) => "timed out".into(),
        SdkError::DispatchFailure(failure) => {
            format!("not reached: {}", failure.as_connector_error().map_or_else(String::new, ToString::to_string))
        }
        SdkError::ResponseError(_) => "unreadable answer".into(),
        _ => "could not be sent".into(),
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Failed { action, reason } => write!(f, "{action} failed: {reason}"),
            Self::Damaged(what) => write!(f, "damaged item: {what}"),
            Self::Contended => f.write_str("lost every race against other changes"),
            Self::NoLonger => f.write_str("the caller's right to it is gone or has changed"),
            Self::Foreign => f.write_str("the id is in use by another dialect"),
            Self::Namesake => f.write_str("the name leads to a key of another organisation"),
            Self::TooLarge { max_bytes } => write!(f, "the key is larger than {max_bytes} bytes"),
            Self::OutOfTime => f.write_str("it took longer than the request may"),
        }
    }
}

impl Error for StoreError {}
