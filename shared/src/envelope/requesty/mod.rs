//! The Requesty dialect's replies. This is the only place that knows its status codes. What is
//! wrong with a field is worded where the field is read.

use http::StatusCode;
use serde::Serialize;

use super::internal::{self, DialectFailure, Internal, retry_soon};
use super::link::link_next;
use super::wraps::wraps;
use super::{Unrouted, json, not_made};
use crate::access::RequestyPermission;
use crate::auth::requesty_key::NoCaller;
use crate::keys::idempotency::NotMade;
use crate::limits::money::InvalidMoney;
use crate::runtime::request::{MAX_BODY_BYTES, Response, Unreadable};
use crate::store::StoreError;

/// Why a request fails.
#[derive(Debug, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum Failure {
    /// No route takes the request.
    Unrouted(Unrouted),
    /// There is no credential.
    NoCredential,
    /// The credential belongs to no live key, or the endpoint does not accept it.
    InvalidCredential,
    /// The caller's key lacks this permission to manage keys.
    NotPermitted(RequestyPermission),
    /// Only the administrator may do this.
    NotAdmin,
    /// The administrator names no organisation, or names it by an invalid id.
    InvalidOrg,
    /// The key's id in the path is invalid, or is `self` in an endpoint that does not accept it.
    InvalidId,
    /// The body is larger than [`MAX_BODY_BYTES`].
    BodyTooLarge,
    /// The body is not a JSON object.
    Malformed,
    /// A field of the body or the query is invalid: its name, and what is wrong with it.
    Invalid(String, &'static str),
    /// There is no such key in the caller's organisation.
    NoSuchKey,
    /// The key has expired, so its expiry is final.
    Expired,
    /// A create created no key.
    NotMade(NotMade),
    /// The service failed, or the key is too large.
    Internal(Internal),
}

impl Failure {
    /// The amount of money in `field` is invalid.
    #[must_use]
    pub fn money(field: &str, invalid: InvalidMoney) -> Self {
        Self::Invalid(field.to_owned(), invalid.problem())
    }

    fn status(&self) -> StatusCode {
        match self {
            Self::Unrouted(unrouted) => unrouted.status(),
            Self::NoSuchKey => StatusCode::NOT_FOUND,
            Self::NoCredential => StatusCode::UNAUTHORIZED,
            Self::InvalidCredential | Self::NotPermitted(_) | Self::NotAdmin => StatusCode::FORBIDDEN,
            Self::BodyTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::InvalidOrg | Self::InvalidId | Self::Malformed | Self::Invalid(..) | Self::Expired => {
                StatusCode::BAD_REQUEST
            }
            Self::NotMade(not_made) => not_made::status(*not_made),
            Self::Internal(internal) if internal.too_large().is_some() => StatusCode::BAD_REQUEST,
            Self::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    fn message(&self) -> String {
        match self {
            Self::Unrouted(unrouted) => unrouted.message().into(),
            Self::NoCredential => "The Authorization header is missing or empty".into(),
            Self::InvalidCredential => "The API key is invalid, expired or revoked".into(),
            Self::NotPermitted(needed) => format!("The API key needs the permission manage: {}", needed.as_str()),
            Self::NotAdmin => "Only the administrator may do this".into(),
            Self::InvalidOrg => {
                "X-Organization-Id must name an organization: 1 to 512 characters, without / ? # %".into()
            }
            Self::InvalidId => "The API key id must be a UUID, or self to read the calling key".into(),
            Self::BodyTooLarge => format!("The request body is larger than {MAX_BODY_BYTES} bytes"),
            Self::Malformed => "The request body must be a JSON object".into(),
            Self::Invalid(what, problem) => format!("{what} {problem}"),
            Self::NoSuchKey => "The API key was not found".into(),
            Self::Expired => "The API key has expired, so its expiry cannot be changed".into(),
            Self::NotMade(not_made) => not_made::message(*not_made).into(),
            Self::Internal(Internal::Store(StoreError::TooLarge { max_bytes })) => {
                format!("The API key is larger than {max_bytes} bytes")
            }
            Self::Internal(Internal::Store(_) | Internal::Secrets(_)) => {
                "The key store is unavailable: try again".into()
            }
            Self::Internal(_) => "The service is misconfigured".into(),
        }
    }
}

impl DialectFailure for Failure {
    fn internal(&self) -> Option<&Internal> {
        if let Self::Internal(internal) = self { Some(internal) } else { None }
    }

    fn name(&self) -> &'static str {
        match self {
            Self::Unrouted(unrouted) => unrouted.into(),
            Self::NotMade(not_made) => not_made.into(),
            failure => failure.into(),
        }
    }
}

wraps!(Failure: Internal, Unrouted, NotMade);

impl From<NoCaller> for Failure {
    fn from(no_caller: NoCaller) -> Self {
        match no_caller {
            NoCaller::Missing => Self::NoCredential,
            NoCaller::Invalid => Self::InvalidCredential,
            NoCaller::Store(error) => error.into(),
            NoCaller::NotGiven(error) => error.into(),
        }
    }
}

impl From<Unreadable> for Failure {
    fn from(unreadable: Unreadable) -> Self {
        match unreadable {
            Unreadable::TooLarge => Self::BodyTooLarge,
            Unreadable::Interrupted | Unreadable::Undecodable => Self::Malformed,
        }
    }
}

/// Why a request fails.
#[derive(Serialize)]
#[cfg_attr(feature = "describe", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "describe", schema(as = Error))]
pub struct ErrorReply<'a> {
    error: ErrorBody<'a>,
}

#[derive(Serialize)]
#[cfg_attr(feature = "describe", derive(utoipa::ToSchema))]
struct ErrorBody<'a> {
    /// Where the error arose: always the router, never a provider behind it.
    origin: &'static str,
    message: &'a str,
}

/// The reply to `outcome`. Failures are noted for the log here and nowhere else.
#[must_use]
pub fn reply(outcome: Result<Response, Failure>) -> Response {
    let failure = match outcome {
        Ok(response) => return response,
        Err(failure) => failure,
    };
    let (status, message) = (failure.status(), failure.message());
    internal::note(&failure);
    let mut response = json::line(status, &ErrorReply { error: ErrorBody { origin: "router", message: &message } });
    match &failure {
        Failure::Unrouted(unrouted) => unrouted.redirect(&mut response),
        Failure::Internal(internal) if internal.is_temporary() => retry_soon(&mut response),
        _ => {}
    }
    response
}

/// A read succeeded: its document.
#[must_use]
pub fn found(body: &impl Serialize) -> Response {
    json::line(StatusCode::OK, body)
}

/// A page of a list: its document, and the address of the next page if there is one.
#[must_use]
pub fn listed(body: &impl Serialize, next: Option<&str>) -> Response {
    let mut response = found(body);
    link_next(&mut response, next);
    response
}

/// A key was created: its document.
#[must_use]
pub fn created(body: &impl Serialize) -> Response {
    json::line(StatusCode::CREATED, body)
}

/// A key was changed: an empty body.
#[must_use]
pub fn changed() -> Response {
    empty(StatusCode::NO_CONTENT)
}

/// A key was deleted: an empty body.
#[must_use]
pub fn deleted() -> Response {
    empty(StatusCode::OK)
}

fn empty(status: StatusCode) -> Response {
    let mut response = Response::new(String::new());
    *response.status_mut() = status;
    response
}
