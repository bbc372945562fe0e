//! The GMI dialect's replies. This is the only place that knows its status codes and texts. Each
//! endpoint states which steps of it can fail.

mod fault;
mod step;

use http::StatusCode;
use serde::Serialize;

use super::internal::{self, DialectFailure, Internal, retry_soon};
use super::link::link_next;
use super::repeated::{MAX_FAULTS, unnamed};
use super::wraps::wraps;
use super::{Unrouted, json, not_made};

pub use fault::{Fault, Rule};
pub use step::{Group, Step, Steps};

use crate::keys::idempotency::NotMade;
use crate::runtime::request::{MAX_BODY_BYTES, Response, Unreadable};
use crate::sessions::Untrusted;
use crate::store::StoreError;

/// Why a request fails.
#[derive(Debug, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum Failure {
    /// No route takes the request.
    Unrouted(Unrouted),
    /// The session token is missing or invalid.
    NotAUser,
    /// The session token has expired.
    SessionExpired,
    /// The key's token is missing, or the key does not exist.
    NotAKey,
    /// The key has expired.
    KeyExpired,
    /// The body is larger than [`MAX_BODY_BYTES`].
    BodyTooLarge,
    /// There is no body.
    BodyMissing,
    /// These fields break their rules.
    Invalid(Vec<Fault>),
    /// There is no such organisation, or the caller is not a member of it.
    NoSuchOrg,
    /// There is no such key, or the caller may not see it.
    NoSuchKey,
    /// There is no such member.
    NoSuchUser,
    /// The caller has no such invitation.
    NoSuchInvitation,
    /// The caller belongs to an organisation, and must leave it first.
    InOrganization,
    /// The caller's role does not allow this.
    RoleTooLow,
    /// The organisation would be left without an owner.
    LastOwner,
    /// A create created nothing.
    NotMade(NotMade),
    /// The caller's membership could not be read.
    Membership(Internal),
    /// The service failed, or the key is too large.
    Internal(Internal),
}

impl DialectFailure for Failure {
    fn internal(&self) -> Option<&Internal> {
        match self {
            Self::Membership(internal) | Self::Internal(internal) => Some(internal),
            _ => None,
        }
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

impl From<Untrusted> for Failure {
    fn from(untrusted: Untrusted) -> Self {
        match untrusted {
            Untrusted::Invalid => Self::NotAUser,
            Untrusted::Expired => Self::SessionExpired,
            Untrusted::Unavailable(cause) => Internal::ProviderKeys(cause).into(),
        }
    }
}

impl From<Unreadable> for Failure {
    fn from(unreadable: Unreadable) -> Self {
        match unreadable {
            Unreadable::TooLarge => Self::BodyTooLarge,
            Unreadable::Interrupted | Unreadable::Undecodable => {
                Self::Invalid(vec![Fault::new("body", Rule::Json, None)])
            }
        }
    }
}

impl Failure {
    /// The status, the group and the code.
    fn numbers(&self, steps: Steps) -> (StatusCode, Group, u16) {
        let failed = |step: Step| (StatusCode::INTERNAL_SERVER_ERROR, step.group, step.code);
        // Where the vendor has no code, the status is the code.
        let request = |status: StatusCode| (status, Group::Request, status.as_u16());
        match self {
            Self::Unrouted(unrouted) => request(unrouted.status()),
            Self::BodyTooLarge => request(StatusCode::PAYLOAD_TOO_LARGE),
            Self::NotMade(reused @ (NotMade::IdempotencyKeyReused | NotMade::NoLongerRepeatable)) => {
                request(not_made::status(*reused))
            }
            Self::NotAUser => (StatusCode::UNAUTHORIZED, Group::Auth, 200),
            Self::SessionExpired => (StatusCode::UNAUTHORIZED, Group::Auth, 201),
            Self::Internal(Internal::ProviderKeys(_)) => (StatusCode::INTERNAL_SERVER_ERROR, Group::Auth, 1201),
            Self::NotAKey => (StatusCode::UNAUTHORIZED, Group::ApiKey, 200),
            Self::KeyExpired => (StatusCode::UNAUTHORIZED, Group::ApiKey, 201),
            Self::Invalid(_) | Self::NotMade(NotMade::InvalidIdempotencyKey) => {
                (StatusCode::BAD_REQUEST, Group::Request, 0)
            }
            Self::BodyMissing => (StatusCode::BAD_REQUEST, Group::Request, 1),
            Self::NotMade(NotMade::CapReached) => (StatusCode::BAD_REQUEST, Group::ApiKey, 0),
            Self::NoSuchOrg => (StatusCode::NOT_FOUND, Group::Organization, 2),
            Self::NoSuchKey => (StatusCode::NOT_FOUND, Group::ApiKey, 2),
            Self::NoSuchUser => (StatusCode::NOT_FOUND, Group::User, 2),
            Self::NoSuchInvitation => (StatusCode::NOT_FOUND, Group::Invitation, 2),
            Self::InOrganization => (StatusCode::CONFLICT, Group::Invitation, 3),
            Self::RoleTooLow => (StatusCode::FORBIDDEN, Group::Auth, 300),
            Self::LastOwner => (StatusCode::CONFLICT, Group::Organization, 3),
            Self::Membership(_) => (StatusCode::INTERNAL_SERVER_ERROR, Group::Organization, 1201),
            Self::Internal(internal) if internal.too_large().is_some() => (StatusCode::BAD_REQUEST, Group::Request, 0),
            Self::Internal(Internal::Secrets(_)) => failed(steps.read),
            Self::Internal(Internal::Store(error)) if error.while_reading() => failed(steps.read),
            Self::NotMade(NotMade::TokenTaken) | Self::Internal(_) => failed(steps.write),
        }
    }

    /// The message, if the invalid fields do not already say everything.
    fn message(&self) -> Option<String> {
        Some(match self {
            Self::Unrouted(unrouted) => unrouted.message().into(),
            Self::NotAUser => "The access token is missing or invalid".into(),
            Self::SessionExpired => "The access token has expired".into(),
            Self::Internal(Internal::ProviderKeys(_)) => "The access token could not be verified: try again".into(),
            Self::NotAKey => "The API key is missing or invalid".into(),
            Self::KeyExpired => "The API key has expired".into(),
            Self::BodyTooLarge => format!("The request body is larger than {MAX_BODY_BYTES} bytes"),
            Self::BodyMissing => "The request has no body".into(),
            Self::Invalid(faults) => return unnamed(faults).map(|more| format!("{more} more fields are invalid")),
            Self::NoSuchOrg => "There is no such organization".into(),
            Self::NoSuchKey => "There is no such API key".into(),
            Self::NoSuchUser => "There is no such user in the organization".into(),
            Self::NoSuchInvitation => "There is no such invitation to the user's verified e-mail address".into(),
            Self::InOrganization => "The user already belongs to an organization and must leave it first".into(),
            Self::RoleTooLow => "The user's role in the organization does not allow this".into(),
            Self::LastOwner => "The organization would be left without an owner".into(),
            Self::NotMade(not_made) => not_made::message(*not_made).into(),
            Self::Internal(Internal::Store(StoreError::TooLarge { max_bytes })) => {
                format!("The key is larger than {max_bytes} bytes")
            }
            Self::Membership(_) | Self::Internal(Internal::Store(_) | Internal::Secrets(_)) => {
                "The request could not be carried out: try again".into()
            }
            Self::Internal(_) => "The service is misconfigured".into(),
        })
    }

    /// The cause of a temporary failure, in words that reveal nothing about the implementation.
    fn traces(&self) -> &'static [&'static str] {
        match self.internal().filter(|internal| internal.is_temporary()) {
            Some(Internal::ProviderKeys(_)) => &["the identity provider's keys are unavailable"],
            Some(_) => &["the key store is unavailable"],
            None => &[],
        }
    }
}

/// Why a request fails, for programs and for people.
#[derive(Serialize)]
#[cfg_attr(feature = "describe", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "describe", schema(as = Error))]
#[serde(rename_all = "camelCase")]
pub struct ErrorBody<'a> {
    group: Group,
    /// The number of the error within its group.
    code: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "describe", schema(nullable = false))]
    message: Option<String>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    #[cfg_attr(feature = "describe", schema(value_type = Vec<String>, required = false))]
    traces: &'a [&'static str],
    /// Every field that breaks a rule, up to 32.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    #[cfg_attr(feature = "describe", schema(value_type = Vec<Fault>, required = false))]
    validation_detail: &'a [Fault],
}

/// The reply to the `outcome` of an endpoint with these `steps`. Failures are
/// noted for the log here and nowhere else.
#[must_use]
pub fn reply(steps: Steps, outcome: Result<Response, Failure>) -> Response {
    let failure = match outcome {
        Ok(response) => return response,
        Err(failure) => failure,
    };
    let (status, group, code) = failure.numbers(steps);
    internal::note(&failure);
    let named = [Fault::new("Idempotency-Key", Rule::Length("16-255"), None)];
    let validation_detail = match &failure {
        Failure::Invalid(faults) => faults.get(..MAX_FAULTS).unwrap_or(faults),
        Failure::NotMade(NotMade::InvalidIdempotencyKey) => named.as_slice(),
        _ => &[],
    };
    let (message, traces) = (failure.message(), failure.traces());
    let refusal = ErrorBody { group, code, message, traces, validation_detail };
    let mut response = json::response(status, json::text(&refusal));
    if !traces.is_empty() {
        retry_soon(&mut response);
    }
    if let Failure::Unrouted(unrouted) = &failure {
        unrouted.redirect(&mut response);
    }
    response
}

/// Something was created: its document.
#[must_use]
pub fn made(body: &impl Serialize) -> Response {
    json::response(StatusCode::CREATED, json::text(body))
}

/// A read succeeded: its document.
#[must_use]
pub fn shown(body: &impl Serialize) -> Response {
    json::response(StatusCode::OK, json::text(body))
}

/// A page of a list: its document, and the address of the next page if there is one.
#[must_use]
pub fn listed(body: &impl Serialize, next: Option<&str>) -> Response {
    let mut response = shown(body);
    link_next(&mut response, next);
    response
}

/// A change succeeded: an empty body.
#[must_use]
pub fn done() -> Response {
    Response::new(String::new())
}
