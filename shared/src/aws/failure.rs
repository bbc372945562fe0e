//! Why a call failed, in words that have nothing of the request, which may hold secrets.

use std::error::Error;

use aws_credential_types::provider::error::CredentialsError;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

/// No credentials for AWS were found.
#[derive(Debug, thiserror::Error)]
#[error("there are no AWS credentials: {0}")]
pub struct NoCredentials(String);

impl NoCredentials {
    pub(super) fn because(error: &CredentialsError) -> Self {
        let causes = std::iter::successors(error.source(), |&cause| cause.source());
        Self(causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}")))
    }

    /// The lack of credentials that `error` comes from, if it does.
    fn behind(error: &(dyn Error + 'static)) -> Option<Self> {
        let mut causes = std::iter::successors(Some(error), |&cause| cause.source());
        causes.find_map(|cause| cause.downcast_ref()).map(Self::because)
    }
}

/// The code of a refusal, or the kind of another failure.
pub(crate) fn failure<E, R>(error: &SdkError<E, R>) -> String
where
    E: ProvideErrorMetadata + Error + 'static,
    R: std::fmt::Debug + 'static,
{
    // A lack of credentials comes as one of several kinds.
    if let Some(lack) = NoCredentials::behind(error) {
        return lack.to_string();
    }
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
