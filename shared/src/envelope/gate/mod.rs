//! The gate's replies: the codes of a decision, what to answer a consumer, and the errors of its own API.

mod answers;
pub mod authorization;

use http::StatusCode;
use serde::Serialize;

use super::internal::{self, DialectFailure, Internal, retry_soon};
use super::repeated::{MAX_FAULTS, shortened, unnamed};
use super::wraps::wraps;
use super::{Unrouted, json};
use crate::clock::Millis;
use crate::limits::{BIG, LimitKind};
use crate::runtime::request::{MAX_BODY_BYTES, Request, Response, Unreadable};

pub use answers::{answer, reported, usage};

/// Yes, or why not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Code {
    /// Yes.
    Ok,
    /// There is no such key.
    UnknownKey,
    /// The key is bound to a password, a signature or a certificate, so its token alone is not enough.
    CredentialRequired,
    /// The key is deactivated.
    Inactive,
    /// The key's time is over.
    Expired,
    /// The key has no access to the API, or names policies that do not exist.
    ApiNotAllowed,
    /// The key has access to other paths or methods of the API only.
    ResourceNotAllowed,
    /// The key's rate is used up.
    RateLimited,
    /// The key's quota is used up.
    QuotaExceeded,
    /// What the key may spend this month is spent.
    SpendExceeded,
    /// The key's organisation is deactivated.
    OrgInactive,
    /// The organisation's rate is used up.
    OrgRateLimited,
    /// The organisation's quota is used up.
    OrgQuotaExceeded,
}

impl Code {
    /// That a limit of the key is used up.
    #[must_use]
    pub fn full(limit: LimitKind) -> Self {
        match limit {
            LimitKind::RATE => Self::RateLimited,
            LimitKind::QUOTA => Self::QuotaExceeded,
            LimitKind::Spend => Self::SpendExceeded,
        }
    }

    /// That a limit of the key's organisation is used up.
    #[must_use]
    pub fn org_full(limit: LimitKind) -> Self {
        match limit {
            LimitKind::RATE => Self::OrgRateLimited,
            LimitKind::QUOTA | LimitKind::Spend => Self::OrgQuotaExceeded,
        }
    }

    /// The status to answer the consumer with, as Tyk Gateway does, and for a spend limit as Requesty does.
    #[must_use]
    pub fn status(self) -> StatusCode {
        match self {
            Self::Ok => StatusCode::OK,
            Self::Expired => StatusCode::UNAUTHORIZED,
            Self::RateLimited => StatusCode::TOO_MANY_REQUESTS,
            Self::SpendExceeded => StatusCode::PRECONDITION_FAILED,
            _ => StatusCode::FORBIDDEN,
        }
    }

    /// The text to answer the consumer with, as Tyk Gateway does where it has one.
    #[must_use]
    pub fn message(self) -> &'static str {
        match self {
            Self::Ok => "OK",
            Self::UnknownKey | Self::CredentialRequired | Self::ApiNotAllowed => {
                "Access to this API has been disallowed"
            }
            Self::Inactive => "Key is inactive, please renew",
            Self::Expired => "Key has expired, please renew",
            Self::ResourceNotAllowed => "Access to this resource has been disallowed",
            Self::RateLimited => "Rate Limit Exceeded",
            Self::QuotaExceeded => "Quota exceeded",
            Self::SpendExceeded => "Monthly spend limit reached",
            Self::OrgInactive => "this organisation access has been disabled, please contact your API administrator",
            Self::OrgRateLimited => {
                "This organisation rate limit has been exceeded, please contact your API administrator"
            }
            Self::OrgQuotaExceeded => {
                "This organisation quota has been exceeded, please contact your API administrator"
            }
        }
    }
}

/// Why a request is not answered.
#[derive(Debug, strum::IntoStaticStr)]
pub enum Failure {
    /// No route takes the request.
    Unrouted(Unrouted),
    /// No admin secret, or a wrong one.
    NotAdmin,
    /// The body is larger than is read.
    BodyTooLarge,
    /// The request has these faults: the field, and what is wrong with it.
    Malformed(Vec<(String, &'static str)>),
    /// There is no such key, nor was there ever one.
    NoSuchKey,
    /// The report's id was already used with different content.
    ReportReused,
    /// The store failed before a question was decided.
    Undecided(Internal),
    /// The service failed.
    Internal(Internal),
}

impl Failure {
    /// The same failure of a question: where the store failed, nothing is decided.
    #[must_use]
    pub fn undecided(self) -> Self {
        match self {
            Self::Internal(store @ Internal::Store(_)) => Self::Undecided(store),
            other => other,
        }
    }
}

impl From<Unreadable> for Failure {
    fn from(unreadable: Unreadable) -> Self {
        match unreadable {
            Unreadable::TooLarge => Self::BodyTooLarge,
            Unreadable::Interrupted => Self::Malformed(vec![("body".into(), "was cut short")]),
            Unreadable::Undecodable => Self::Malformed(vec![("body".into(), "cannot be decoded")]),
        }
    }
}

impl DialectFailure for Failure {
    fn internal(&self) -> Option<&Internal> {
        match self {
            Self::Undecided(internal) | Self::Internal(internal) => Some(internal),
            _ => None,
        }
    }
}

wraps!(Failure: Unrouted);

impl<E: Into<Internal>> From<E> for Failure {
    fn from(internal: E) -> Self {
        Self::Internal(internal.into())
    }
}

/// The reply to `outcome`; a failure is logged here, and only here.
#[must_use]
pub fn reply(request: &Request, outcome: Result<Response, Failure>) -> Response {
    let failure = match outcome {
        Ok(response) => return response,
        Err(failure) => failure,
    };
    let (status, message) = match &failure {
        Failure::Unrouted(unrouted) => (unrouted.status(), unrouted.message().into()),
        Failure::NotAdmin => (StatusCode::UNAUTHORIZED, "the admin secret is missing or wrong".into()),
        Failure::BodyTooLarge => {
            (StatusCode::PAYLOAD_TOO_LARGE, format!("the body is larger than {MAX_BODY_BYTES} bytes"))
        }
        Failure::Malformed(_) => (StatusCode::BAD_REQUEST, "the request has faults".into()),
        Failure::NoSuchKey => (StatusCode::NOT_FOUND, "there is no such key".into()),
        Failure::ReportReused => {
            (StatusCode::UNPROCESSABLE_ENTITY, "this id was already used with different content: use a new one".into())
        }
        Failure::Undecided(_) => (StatusCode::SERVICE_UNAVAILABLE, "no decision could be made: try again".into()),
        Failure::Internal(_) => (StatusCode::SERVICE_UNAVAILABLE, "the store failed: try again".into()),
    };
    internal::log(request, status, (&failure).into(), failure.internal());
    let mut error = serde_json::json!({ "message": message });
    if let Failure::Malformed(faults) = &failure {
        let named = faults.iter().take(MAX_FAULTS);
        let named = named.map(|(field, problem)| serde_json::json!({"field": shortened(field), "problem": problem}));
        error["faults"] = named.collect();
        if let Some(more) = unnamed(faults) {
            error["more_faults"] = more.into();
        }
    }
    let mut response = json::line(status, &serde_json::json!({ "error": error }));
    if failure.internal().is_some_and(Internal::is_temporary) {
        retry_soon(&mut response);
    }
    if let Failure::Unrouted(unrouted) = &failure {
        unrouted.redirect(&mut response);
    }
    response
}

/// Whole seconds until then, at least one; `None` when that is never.
#[must_use]
pub fn retry_after(until: Millis, now: Millis) -> Option<i64> {
    (until < BIG).then(|| (until - now).max(1).saturating_add(999) / 1000)
}
