//! The gate's replies: the codes of a decision, what to answer a consumer, and the errors of the
//! gate's own API. Only this folder knows its status codes.

mod answers;
mod audit;
pub mod authorization;
mod keys;
mod limits;

use http::StatusCode;
use serde::Serialize;
use serde_json::json;
use strum::VariantArray;

use super::internal::{self, DialectFailure, Internal, retry_soon};
use super::repeated::{MAX_FAULTS, shortened, unnamed};
use super::wraps::wraps;
use super::{Unrouted, json};
use crate::clock::Millis;
use crate::limits::{BIG, LimitKind};
use crate::runtime::request::{MAX_BODY_BYTES, Response, Unreadable};

pub use answers::{ReportAnswer, UsageAnswer, VerifyAnswer, answer, reported, usage};
pub use audit::{ListedRecord, RecordList, listed_records};
pub use keys::{
    KeyList, KeyState, ListedKey, PoliciesOfKey, ShownKey, alias, deleted_key, listed_keys, policies_of_key, shown_key,
    tags,
};

/// Whether a call is allowed, or why not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, strum::IntoStaticStr, VariantArray)]
#[cfg_attr(feature = "describe", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Code {
    /// The call is allowed.
    Ok,
    /// There is no such key.
    UnknownKey,
    /// The key is bound to a password, a signature or a certificate, so its token alone is not
    /// enough.
    CredentialRequired,
    /// The key is deactivated.
    Inactive,
    /// The key has expired.
    Expired,
    /// The key has no access to the API.
    ApiNotAllowed,
    /// The policies that the key names do not exist, or cannot be applied to this API.
    PoliciesUnmet,
    /// The key has access to other paths or methods of the API only.
    ResourceNotAllowed,
    /// The key's rate is used up.
    RateLimited,
    /// The key's quota is used up.
    QuotaExceeded,
    /// The key has spent what it may spend this month.
    SpendExceeded,
    /// The key's organisation is deactivated.
    OrgInactive,
    /// The organisation's rate is used up.
    OrgRateLimited,
    /// The organisation's quota is used up.
    OrgQuotaExceeded,
}

impl Code {
    /// The name, as decisions show it.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.into()
    }

    /// The names of all refusals, with that of a request without a key.
    pub fn refusals() -> impl Iterator<Item = &'static str> {
        let refusals = Self::VARIANTS.iter().filter(|code| **code != Self::Ok).map(|code| code.name());
        refusals.chain([authorization::NO_CREDENTIAL_CODE])
    }

    /// This limit of the key is used up.
    #[must_use]
    pub fn full(limit: LimitKind) -> Self {
        match limit {
            LimitKind::RATE => Self::RateLimited,
            LimitKind::QUOTA => Self::QuotaExceeded,
            LimitKind::Spend => Self::SpendExceeded,
        }
    }

    /// This limit of the organisation is used up.
    #[must_use]
    pub fn org_full(limit: LimitKind) -> Self {
        match limit {
            LimitKind::RATE => Self::OrgRateLimited,
            LimitKind::QUOTA | LimitKind::Spend => Self::OrgQuotaExceeded,
        }
    }

    /// The status to answer the consumer with: Tyk Gateway's, and Requesty's for a spend limit.
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

    /// The message to answer the consumer with: Tyk Gateway's, if it has one.
    #[must_use]
    pub fn message(self) -> &'static str {
        match self {
            Self::Ok => "OK",
            Self::UnknownKey | Self::CredentialRequired | Self::ApiNotAllowed | Self::PoliciesUnmet => {
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

/// What is wrong with one part of a request.
#[derive(Debug)]
pub struct Fault {
    field: String,
    problem: &'static str,
}

impl Fault {
    /// The field, parameter or body `field` is invalid. `problem` completes the sentence that the
    /// name begins.
    #[must_use]
    pub fn new(field: impl Into<String>, problem: &'static str) -> Self {
        Self { field: field.into(), problem }
    }
}

/// Why a request fails.
#[derive(Debug, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum Failure {
    /// No route takes the request.
    Unrouted(Unrouted),
    /// The admin secret is missing or wrong.
    NotAdmin,
    /// The body is larger than [`MAX_BODY_BYTES`].
    BodyTooLarge,
    /// These parts of the request are invalid.
    Malformed(Vec<Fault>),
    /// There is no such key, and never was.
    NoSuchKey,
    /// The report's id was already used with different content.
    ReportReused,
    /// The store or the secrets failed before a call was decided.
    Undecided(Internal),
    /// The service failed.
    Internal(Internal),
}

impl Failure {
    /// The same failure in a decision: if the store failed or there are no secrets, nothing was decided.
    #[must_use]
    pub fn undecided(self) -> Self {
        match self {
            Self::Internal(cause @ (Internal::Store(_) | Internal::Secrets(_))) => Self::Undecided(cause),
            other => other,
        }
    }
}

impl From<Unreadable> for Failure {
    fn from(unreadable: Unreadable) -> Self {
        match unreadable {
            Unreadable::TooLarge => Self::BodyTooLarge,
            Unreadable::Interrupted => Self::Malformed(vec![Fault::new("body", "is incomplete")]),
            Unreadable::Undecodable => Self::Malformed(vec![Fault::new("body", "cannot be decoded")]),
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

    fn name(&self) -> &'static str {
        match self {
            Self::Unrouted(unrouted) => unrouted.into(),
            failure => failure.into(),
        }
    }
}

wraps!(Failure: Internal, Unrouted);

/// The reply to `outcome`. Failures are noted for the log here and nowhere else.
#[must_use]
pub fn reply(outcome: Result<Response, Failure>) -> Response {
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
        Failure::Malformed(_) => (StatusCode::BAD_REQUEST, "the request is invalid".into()),
        Failure::NoSuchKey => (StatusCode::NOT_FOUND, "there is no such key".into()),
        Failure::ReportReused => {
            (StatusCode::UNPROCESSABLE_ENTITY, "this id was already used with different content: use a new one".into())
        }
        Failure::Undecided(_) => (StatusCode::SERVICE_UNAVAILABLE, "no decision could be made: try again".into()),
        Failure::Internal(_) => (StatusCode::SERVICE_UNAVAILABLE, "the store failed: try again".into()),
    };
    internal::note(&failure);
    let mut error = json!({ "message": message });
    if let Failure::Malformed(faults) = &failure {
        let named = faults.iter().take(MAX_FAULTS);
        let named = named.map(|Fault { field, problem }| json!({"field": shortened(field), "problem": problem}));
        error["faults"] = named.collect();
        if let Some(more) = unnamed(faults) {
            error["more_faults"] = more.into();
        }
    }
    let mut response = json::line(status, &json!({ "error": error }));
    if failure.internal().is_some_and(Internal::is_temporary) {
        retry_soon(&mut response);
    }
    if let Failure::Unrouted(unrouted) = &failure {
        unrouted.redirect(&mut response);
    }
    response
}

/// Whole seconds until then, at least one; `None` if that is never.
#[must_use]
pub fn retry_after(until: Millis, now: Millis) -> Option<i64> {
    (until < BIG).then(|| (until - now).max(1).saturating_add(999) / 1000)
}
