//! The replies and failures of the Tyk dialect. Only this folder knows its status codes.

mod answers;
mod refusals;
mod warning;

use std::borrow::Cow;

use http::{HeaderValue, StatusCode, header};

use super::internal::{self, DialectFailure, Internal, retry_soon};
use super::wraps::wraps;
use super::{Unrouted, json, not_made};
use crate::keys::InvalidToken;
use crate::keys::idempotency::NotMade;
use crate::orgs::InvalidOrgId;
use crate::policies::Unmet;
use crate::runtime::request::{MAX_BODY_BYTES, Response, Unreadable};
use crate::settings::TykEdition;
use crate::store::StoreError;

use answers::document;
pub use answers::{
    Done, KeyAction, StatusBody, bytes_of_listed, done, done_with_hash, list, policies, success, up_to_date,
};
pub use refusals::{Refusal, Refusals};
pub use warning::warned;

/// A status and its message.
type StatusAndMessage = (StatusCode, Cow<'static, str>);

/// Why a request fails.
#[derive(Debug, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum Failure {
    /// The admin secret is missing or wrong.
    NotAdmin,
    /// No route takes the path, which is under `/tyk/`.
    Unrouted(Unrouted),
    /// No dialect has the path.
    NotFound,
    /// The body is larger than [`MAX_BODY_BYTES`].
    BodyTooLarge,
    /// The body is not what the endpoint expects.
    Malformed,
    /// The name cannot become a token.
    InvalidName(InvalidToken),
    /// The name is shorter than the minimum: its length, the minimum.
    NameTooShort(usize, usize),
    /// The name, in the organisation where it was given, leads to a key of another organisation.
    NameOfAnother,
    /// No organisation can have this id.
    InvalidOrg,
    /// bcrypt does not take the password.
    InvalidPassword,
    /// There are no access rights, and keys must have some.
    NoAccessRights,
    /// The access rights take too long to evaluate.
    AccessTooExpensive,
    /// The policies cannot be applied.
    InvalidPolicies(Unmet),
    /// The key names more policies than this.
    TooManyPolicies(usize),
    /// There is no such key.
    NoSuchKey,
    /// The organisation has no session.
    NoSuchOrg,
    /// A create created no key.
    NotMade(NotMade),
    /// The cursor was not returned by this list.
    InvalidCursor,
    /// `limit` is not a whole number, 1 or greater.
    InvalidLimit,
    /// A refusal of one endpoint alone: its name in logs, and the answer.
    Refused(&'static str, Refusal),
    /// The service failed, or the key is too large.
    Internal(Internal),
}

impl DialectFailure for Failure {
    fn internal(&self) -> Option<&Internal> {
        if let Self::Internal(internal) = self { Some(internal) } else { None }
    }

    fn name(&self) -> &'static str {
        match self {
            Self::Refused(name, _) => name,
            Self::Unrouted(unrouted) => unrouted.into(),
            Self::NotMade(not_made) => not_made.into(),
            failure => failure.into(),
        }
    }
}

wraps!(Failure: Unrouted, NotMade);

/// A key of another dialect does not exist here.
impl<E: Into<Internal>> From<E> for Failure {
    fn from(internal: E) -> Self {
        match internal.into() {
            Internal::Store(StoreError::Foreign) => Self::NoSuchKey,
            Internal::Store(StoreError::Namesake) => Self::NameOfAnother,
            internal => Self::Internal(internal),
        }
    }
}

impl From<InvalidOrgId> for Failure {
    fn from(InvalidOrgId: InvalidOrgId) -> Self {
        Self::InvalidOrg
    }
}

impl From<Unmet> for Failure {
    fn from(unmet: Unmet) -> Self {
        Self::InvalidPolicies(unmet)
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

impl Failure {
    fn answer(&self, refusals: &Refusals) -> StatusAndMessage {
        let bad_request = |message: &'static str| Refusal::bad_request(message).answer();
        match self {
            Self::NotAdmin => {
                (StatusCode::FORBIDDEN, "Attempted administrative access with invalid or missing key!".into())
            }
            Self::Unrouted(unrouted) => (unrouted.status(), unrouted_message(unrouted).into()),
            Self::NotFound => Refusal::not_found("Not Found").answer(),
            Self::BodyTooLarge => {
                let message = format!("The request body is larger than {MAX_BODY_BYTES} bytes");
                (StatusCode::PAYLOAD_TOO_LARGE, message.into())
            }
            Self::Malformed => refusals.malformed.answer(),
            Self::InvalidName(invalid) => bad_request(invalid_name(invalid)),
            Self::NameTooShort(length, minimum) => (StatusCode::BAD_REQUEST, name_too_short(*length, *minimum).into()),
            Self::NameOfAnother => refusals.name_of_another.answer(),
            Self::InvalidOrg => bad_request(
                "An organisation ID cannot be longer than 512 bytes or contain / ? # % or control characters.",
            ),
            Self::InvalidPassword => {
                bad_request("basic_auth_data.password cannot be longer than 72 bytes or contain NUL")
            }
            Self::NoAccessRights => refusals.no_access_rights.answer(),
            Self::AccessTooExpensive => bad_request(ACCESS_TOO_EXPENSIVE),
            Self::InvalidPolicies(why) => match refusals.invalid_policies {
                Some(refusal) => refusal.answer(),
                None => (StatusCode::INTERNAL_SERVER_ERROR, format!("Failed to create key - {why}").into()),
            },
            Self::TooManyPolicies(most) => {
                (StatusCode::BAD_REQUEST, format!("A key cannot name more than {most} policies").into())
            }
            Self::NoSuchKey => refusals.no_such_key.answer(),
            Self::NoSuchOrg => refusals.no_such_org.answer(),
            Self::NotMade(not_made) => (not_made::status(*not_made), not_made::message(*not_made).into()),
            Self::InvalidCursor => bad_request("The cursor was not returned by this list"),
            Self::InvalidLimit => bad_request("The limit must be a whole number, 1 or greater"),
            Self::Refused(_, refusal) => refusal.answer(),
            Self::Internal(internal) => match internal.too_large() {
                Some(max_bytes) => {
                    (StatusCode::BAD_REQUEST, format!("The key is larger than {max_bytes} bytes").into())
                }
                None => refusals.internal.answer(),
            },
        }
    }
}

const ACCESS_TOO_EXPENSIVE: &str = "The URL patterns in access_rights (allowed_urls, endpoints) are too many or too \
                                    long to be evaluated in time. Use fewer or simpler patterns.";

fn unrouted_message(unrouted: &Unrouted) -> &'static str {
    match unrouted {
        Unrouted::NoSuchPath => "404 page not found\n",
        Unrouted::NoSuchMethod => "Method not supported",
        unrouted => unrouted.message(),
    }
}

fn invalid_name(invalid: &InvalidToken) -> &'static str {
    match invalid {
        InvalidToken::Unaddressable => "A custom key ID cannot contain / ? # % or control characters.",
        InvalidToken::TooLong => "A custom key ID cannot be longer than 512 bytes.",
        InvalidToken::Unpresentable => {
            "A key must be ASCII, without spaces at its ends and without a leading \"Bearer\", so that a header can \
             carry it."
        }
        InvalidToken::OtherDialect => "A custom key ID cannot look like a key that another dialect generates.",
    }
}

fn name_too_short(length: usize, minimum: usize) -> String {
    format!(
        "custom key ID length {length} is less than min_token_length ({minimum}); the key would be unreachable at auth \
         time. Use an ID of at least min_token_length characters, or lower min_token_length in the gateway \
         configuration."
    )
}

/// The reply to `outcome` of an endpoint that answers failures by `refusals`. Failures are noted for the log here, and only here.
#[must_use]
pub fn reply(refusals: &Refusals, edition: TykEdition, outcome: Result<Response, Failure>) -> Response {
    let failure = match outcome {
        Ok(response) => {
            warning::note(&response);
            return response;
        }
        Err(failure) => failure,
    };
    let (status, message) = failure.answer(refusals);
    internal::note(&failure);
    if let Failure::Unrouted(Unrouted::NoSuchPath) | Failure::NotFound = failure {
        return plain(status, message.into());
    }
    let mut response = json::response(status, document(&StatusBody { status: "error", message: &message }));
    match &failure {
        Failure::Unrouted(unrouted) => unrouted.redirect(&mut response),
        Failure::Internal(internal) if internal.is_temporary() && edition == TykEdition::Documented => {
            retry_soon(&mut response);
        }
        _ => {}
    }
    response
}

/// The gateway's router answers in plain text.
fn plain(status: StatusCode, text: String) -> Response {
    let mut response = json::response(status, text);
    let plain = HeaderValue::from_static("text/plain; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, plain);
    response
}
