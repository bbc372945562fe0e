//! The Requesty dialect's replies: the only place that knows its status codes and texts.

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
use crate::runtime::request::{MAX_BODY_BYTES, Request, Response, Unreadable};
use crate::store::StoreError;

/// Why a request is not answered as the client hoped.
#[derive(Debug, strum::IntoStaticStr)]
pub enum Failure {
    /// No route takes the request.
    Unrouted(Unrouted),
    /// There is no credential.
    NoCredential,
    /// There is one, but no live key has it, or the operation does not take it.
    InvalidCredential,
    /// The caller's key may not manage keys so far.
    NotPermitted(RequestyPermission),
    /// The operation is the administrator's, and the caller presents something else.
    NotAdmin,
    /// The administrator does not name an organisation that can be.
    InvalidOrg,
    /// The path names a key by something that is no id, or by `self` where that is not taken.
    InvalidId,
    /// The body is larger than is read.
    BodyTooLarge,
    /// The body is no JSON object.
    Malformed,
    /// A part of the body or the query has a fault: which part, and what is wrong with it.
    Invalid(String, &'static str),
    /// The caller's organisation has no such key.
    NoSuchKey,
    /// The key's time is over, so that it gets no other.
    Expired,
    /// A create made no key.
    NotMade(NotMade),
    /// The service failed, or does not take so large a key.
    Internal(Internal),
}

impl Failure {
    /// The fault of an amount of money.
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
            Self::InvalidId => {
                "The API key id must be a UUID; self stands for the calling key, for reading only".into()
            }
            Self::BodyTooLarge => format!("The request body is larger than {MAX_BODY_BYTES} bytes"),
            Self::Malformed => "The request body must be a JSON object".into(),
            Self::Invalid(what, problem) => format!("{what} {problem}"),
            Self::NoSuchKey => "The API key was not found".into(),
            Self::Expired => "The API key has expired, so its expiry cannot be changed".into(),
            Self::NotMade(not_made) => not_made::message(*not_made).into(),
            Self::Internal(Internal::Store(StoreError::TooLarge { max_bytes })) => {
                format!("The API key is larger than {max_bytes} bytes")
            }
            Self::Internal(Internal::Store(_)) => "The key store is unavailable: try again".into(),
            Self::Internal(_) => "The service is misconfigured".into(),
        }
    }
}

impl DialectFailure for Failure {
    fn internal(&self) -> Option<&Internal> {
        if let Self::Internal(internal) = self { Some(internal) } else { None }
    }
}

wraps!(Failure: Unrouted, NotMade);

impl<E: Into<Internal>> From<E> for Failure {
    fn from(internal: E) -> Self {
        Self::Internal(internal.into())
    }
}

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

#[derive(Serialize)]
struct Refusal<'a> {
    error: Told<'a>,
}

#[derive(Serialize)]
struct Told<'a> {
    /// Who found the fault: the router, never a provider behind it.
    origin: &'static str,
    message: &'a str,
}

/// The reply to `outcome`; a failure is logged here, and only here.
#[must_use]
pub fn reply(request: &Request, outcome: Result<Response, Failure>) -> Response {
    let failure = match outcome {
        Ok(response) => return response,
        Err(failure) => failure,
    };
    let (status, message) = (failure.status(), failure.message());
    internal::log(request, status, (&failure).into(), failure.internal());
    let mut response = json::line(status, &Refusal { error: Told { origin: "router", message: &message } });
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

/// A page of a list: its document and, where it does not end the list, the address of the next one.
#[must_use]
pub fn listed(body: &impl Serialize, next: Option<&str>) -> Response {
    let mut response = found(body);
    link_next(&mut response, next);
    response
}

/// A key was made: its document.
#[must_use]
pub fn created(body: &impl Serialize) -> Response {
    json::line(StatusCode::CREATED, body)
}

/// A key was changed: there is nothing to tell.
#[must_use]
pub fn changed() -> Response {
    empty(StatusCode::NO_CONTENT)
}

/// A key was deleted: there is nothing to tell.
#[must_use]
pub fn deleted() -> Response {
    empty(StatusCode::OK)
}

fn empty(status: StatusCode) -> Response {
    let mut response = Response::new(String::new());
    *response.status_mut() = status;
    response
}
