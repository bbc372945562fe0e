//! Why a command failed, and the exit code that says so.

use std::fmt::Display;
use std::io;
use std::process::ExitCode;

use http::StatusCode;
use http::header::RETRY_AFTER;
use serde::Deserialize;

use super::output::printable;
use super::service::Answer;

/// Why a command failed. No variant repeats a secret.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The command line, a setting or a file is wrong. No request was sent.
    #[error("{0}")]
    Usage(String),
    /// Nobody answered, what answered is not Latchkey, or the service failed.
    #[error("{0}")]
    Unavailable(String),
    /// The admin secret is missing or wrong.
    #[error("{0}")]
    NotAuthenticated(String),
    /// There is no such thing.
    #[error("{0}")]
    NotFound(String),
    /// The service refused the request.
    #[error("{0}")]
    Rejected(String),
    /// The output could not be written.
    #[error("the output could not be written: {0}")]
    Output(#[from] io::Error),
}

/// Where a service reports requests in its logs, for the header that names one.
const REQUEST_IDS: [&str; 3] = ["apigw-requestid", "x-amzn-requestid", "x-request-id"];

/// An error of any dialect, or of API Gateway.
#[derive(Default, Deserialize)]
struct ErrorBody {
    error: Option<ErrorDetails>,
    message: Option<String>,
}

#[derive(Default, Deserialize)]
struct ErrorDetails {
    #[serde(default)]
    message: String,
    #[serde(default)]
    faults: Vec<Fault>,
}

#[derive(Deserialize)]
struct Fault {
    field: String,
    problem: String,
}

impl Failure {
    /// The command line, a setting or a file has this problem.
    pub(super) fn usage(problem: impl Display) -> Self {
        Self::Usage(problem.to_string())
    }

    /// The answer is none that Latchkey gives.
    pub(super) fn unexpected() -> Self {
        Self::Unavailable("the answer is not one of Latchkey's; check the URL".into())
    }

    /// The failure that an answer other than success reports.
    pub(super) fn of(answer: &Answer) -> Self {
        let status = answer.status;
        let request = REQUEST_IDS.iter().find_map(|name| answer.headers.get(*name)?.to_str().ok());
        let request = request.map(|id| format!(", request {}", printable(id))).unwrap_or_default();
        let reason = message(&answer.text).map_or_else(
            || status.canonical_reason().unwrap_or("unknown status").to_owned(),
            |message| printable(&message),
        );
        let text = format!("{reason} (status {}{request})", status.as_u16());
        match status {
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Self::NotAuthenticated(text),
            StatusCode::NOT_FOUND => Self::NotFound(text),
            _ if status.is_client_error() || is_refusal_of_tyk(answer) => Self::Rejected(text),
            _ => Self::Unavailable(text),
        }
    }

    /// The exit code that scripts can rely on.
    #[must_use]
    pub fn exit_code(&self) -> ExitCode {
        ExitCode::from(match self {
            Self::Usage(_) => 2,
            Self::Unavailable(_) => 3,
            Self::NotAuthenticated(_) => 4,
            Self::NotFound(_) => 5,
            Self::Rejected(_) => 6,
            Self::Output(_) => 7,
        })
    }
}

/// Whether a server error is how Tyk Gateway answers a session that it cannot accept. The service's
/// own failures are temporary, and say so.
fn is_refusal_of_tyk(answer: &Answer) -> bool {
    answer.status == StatusCode::INTERNAL_SERVER_ERROR
        && !answer.headers.contains_key(RETRY_AFTER)
        && message(&answer.text).is_some_and(|message| {
            message == "Unmarshalling failed"
                || message.starts_with("Failed to create key") && !message.ends_with("store is unavailable")
        })
}

/// The message of an error, and all its faults.
fn message(body: &str) -> Option<String> {
    let body: ErrorBody = serde_json::from_str(body).ok()?;
    let Some(ErrorDetails { message, faults }) = body.error else { return body.message };
    let faults: Vec<_> = faults.iter().map(|fault| format!("{} {}", fault.field, fault.problem)).collect();
    Some(if faults.is_empty() { message } else { format!("{message}: {}", faults.join("; ")) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_message_of_every_dialect_is_found() {
        for (body, expected) in [
            (r#"{"error":{"message":"no","faults":[{"field":"org","problem":"is required"}]}}"#, "no: org is required"),
            (r#"{"status":"error","message":"Key not found"}"#, "Key not found"),
            (r#"{"error":{"origin":"router","message":"invalid"}}"#, "invalid"),
            (r#"{"message":"Not Found"}"#, "Not Found"),
        ] {
            assert_eq!(message(body).as_deref(), Some(expected));
        }
        assert_eq!(message("<html>"), None);
    }
}
