//! The gate's replies: the codes of a decision, what to answer a consumer, and the errors of its own API.

mod answers;
pub mod authorization;

use http::{StatusCode, header};
use serde::Serialize;
use serde_json::json;

use super::Unrouted;
use super::repeated::{MAX_FAULTS, shortened, unnamed};
use crate::clock::Millis;
use crate::limits::{BIG, LimitKind};
use crate::runtime::request::{MAX_BODY_BYTES, Request, Response, Unreadable};
use crate::secrets::NotGiven;
use crate::store::StoreError;

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
#[derive(Debug)]
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
    Undecided(StoreError),
    /// The store failed.
    Store(StoreError),
    /// The service cannot do its work: what is wrong with it.
    Broken(&'static str),
}

impl Failure {
    /// The same failure of a question: where the store failed, nothing is decided.
    #[must_use]
    pub fn undecided(self) -> Self {
        if let Self::Store(error) = self { Self::Undecided(error) } else { self }
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

impl From<Unrouted> for Failure {
    fn from(unrouted: Unrouted) -> Self {
        Self::Unrouted(unrouted)
    }
}

impl From<NotGiven> for Failure {
    fn from(NotGiven: NotGiven) -> Self {
        Self::Broken("a secret is missing that the function should have been given")
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// The reply to `outcome`; a failure is logged here, and only here.
#[must_use]
pub fn reply(request: &Request, outcome: Result<Response, Failure>) -> Response {
    let failure = match outcome {
        Ok(response) => return response,
        Err(failure) => failure,
    };
    let id = &request.id;
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
        Failure::Store(_) | Failure::Broken(_) => {
            (StatusCode::SERVICE_UNAVAILABLE, "the store failed: try again".into())
        }
    };
    match &failure {
        Failure::Undecided(cause) | Failure::Store(cause) => {
            tracing::error!(request = id, status = 503, %cause, "the store failed")
        }
        Failure::Broken(cause) => tracing::error!(request = id, status = 503, cause, "the service is broken"),
        _ => tracing::info!(request = id, status = status.as_u16(), "refused"),
    }
    let mut error = json!({ "message": message });
    if let Failure::Malformed(faults) = &failure {
        let named = faults.iter().take(MAX_FAULTS);
        let named = named.map(|(field, problem)| json!({"field": shortened(field), "problem": problem}));
        error["faults"] = named.collect();
        if let Some(more) = unnamed(faults) {
            error["more_faults"] = more.into();
        }
    }
    let mut response = document(status, &json!({ "error": error }));
    if matches!(failure, Failure::Undecided(_) | Failure::Store(_)) {
        response.headers_mut().insert(header::RETRY_AFTER, header::HeaderValue::from_static("1"));
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

/// The reply whose body is `body` as JSON.
fn document(status: StatusCode, body: &impl Serialize) -> Response {
    // Nothing that is answered has a map whose keys are no texts, so it always serialises.
    let body = serde_json::to_string(body).unwrap_or_default();
    let mut response = Response::new(format!("{body}\n"));
    *response.status_mut() = status;
    let json = header::HeaderValue::from_static("application/json");
    response.headers_mut().insert(header::CONTENT_TYPE, json);
    response
}
