//! The Tyk dialect's replies: the only place that knows its status codes and texts.

mod answers;

use http::{HeaderValue, StatusCode, header};
use serde::Serialize;

use answers::document;
pub use answers::{Action, bytes_of_listed, done, done_with_hash, list, success};

use super::internal::{self, Internal, retry_soon};
use super::{Unrouted, json, not_made, warning};
use crate::keys::InvalidToken;
use crate::keys::idempotency::NotMade;
use crate::runtime::request::{MAX_BODY_BYTES, Request, Response, Unreadable};
use crate::settings::TykEdition;
use crate::store::StoreError;

/// What a function does: the texts of its failures differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// Makes a key with a random token.
    CreateKey,
    /// Shows a key as it would be made.
    PreviewKey,
    /// Replaces a key's policies.
    AssignPolicies,
    /// Adds or replaces a key.
    UpsertKey,
    /// Reads a key.
    GetKey,
    /// Lists keys.
    ListKeys,
    /// Deletes a key.
    DeleteKey,
    /// Adds or replaces an organisation's session.
    UpsertOrg,
    /// Reads one.
    GetOrg,
    /// Lists them.
    ListOrgs,
    /// Deletes one.
    DeleteOrg,
    /// Answers what no route takes.
    Unrouted,
}

/// Why a request is not answered as the client hoped.
#[derive(Debug, strum::IntoStaticStr)]
pub enum Failure {
    /// No admin secret, or a wrong one.
    NotAdmin,
    /// No route takes the request, under `/tyk/`.
    Unrouted(Unrouted),
    /// No such path, elsewhere.
    NotFound,
    /// The body is larger than is read.
    BodyTooLarge,
    /// The body is no session object.
    Malformed,
    /// The name cannot become a token.
    InvalidName(InvalidToken),
    /// The organisation's id is impossible.
    InvalidOrg,
    /// The name, in the organisation where it was given, makes the token of another organisation's key.
    NameOfAnother,
    /// The name is shorter than the minimum: its length, the minimum.
    NameTooShort(usize, usize),
    /// The password is none that bcrypt takes.
    InvalidPassword,
    /// Neither access rights, nor leave to do without.
    NoAccessRights,
    /// The access rights cannot be judged in time.
    AccessTooExpensive,
    /// The policies cannot be applied: why.
    Policies(String),
    /// There is no such key.
    NoSuchKey,
    /// There is no such organisation session.
    NoSuchOrg,
    /// The key was asked for by its hash, and hashes are off.
    HashesOff,
    /// A create made no key.
    NotMade(NotMade),
    /// A list by API needs an organisation.
    FilterRequired,
    /// The list cannot go on from there.
    InvalidCursor,
    /// A list's `limit` is no number from 1 on.
    InvalidLimit,
    /// The service failed, or does not take so large a key.
    Internal(Internal),
}

impl<E: Into<Internal>> From<E> for Failure {
    fn from(internal: E) -> Self {
        Self::Internal(internal.into())
    }
}

impl From<Unrouted> for Failure {
    fn from(unrouted: Unrouted) -> Self {
        Self::Unrouted(unrouted)
    }
}

impl From<NotMade> for Failure {
    fn from(not_made: NotMade) -> Self {
        Self::NotMade(not_made)
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
    fn status(&self, operation: Operation, edition: TykEdition) -> StatusCode {
        use Operation::{CreateKey, DeleteKey, DeleteOrg, PreviewKey, UpsertKey};
        match self {
            Self::NotAdmin => StatusCode::FORBIDDEN,
            // What the gateway answers for an organisation that has no session.
            Self::NoSuchOrg if operation == DeleteOrg && edition == TykEdition::V5_13 => StatusCode::BAD_REQUEST,
            Self::Unrouted(unrouted) => unrouted.status(),
            Self::NotFound | Self::NoSuchKey | Self::NoSuchOrg => StatusCode::NOT_FOUND,
            Self::NotMade(not_made) => not_made::status(*not_made),
            Self::BodyTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Internal(internal) if internal.too_large().is_some() => StatusCode::BAD_REQUEST,
            Self::Internal(_) if matches!(operation, DeleteKey | DeleteOrg) => StatusCode::BAD_REQUEST,
            Self::Internal(_) | Self::Policies(_) => StatusCode::INTERNAL_SERVER_ERROR,
            Self::Malformed if matches!(operation, CreateKey | PreviewKey) => StatusCode::INTERNAL_SERVER_ERROR,
            Self::NoAccessRights if operation == UpsertKey => StatusCode::INTERNAL_SERVER_ERROR,
            _ => StatusCode::BAD_REQUEST,
        }
    }

    fn message(&self, operation: Operation, edition: TykEdition) -> String {
        let insecure = "Failed to create key, ensure security settings are correct.";
        let unremoved = "Failed to remove the key";
        match (self, operation) {
            (Self::NotAdmin, _) => "Attempted administrative access with invalid or missing key!".into(),
            (Self::Unrouted(Unrouted::NoSuchPath), _) => "404 page not found\n".into(),
            (Self::Unrouted(Unrouted::NoSuchMethod), _) => "Method not supported".into(),
            (Self::Unrouted(unrouted), _) => unrouted.message().into(),
            (Self::NotFound, _) => "Not Found".into(),
            (Self::BodyTooLarge, _) => format!("The request body is larger than {MAX_BODY_BYTES} bytes"),
            (Self::Malformed, Operation::CreateKey | Operation::PreviewKey) => "Unmarshalling failed".into(),
            (Self::Malformed, Operation::AssignPolicies) => "Couldn't decode instruction".into(),
            (Self::Malformed, _) => "Request malformed".into(),
            (Self::InvalidName(InvalidToken::Unaddressable), _) => {
                "A custom key ID may not contain any of / ? # % or a control character.".into()
            }
            (Self::InvalidName(InvalidToken::Unpresentable), _) => {
                "A key may have ASCII characters only, no blank at its ends and no leading \"Bearer\": no header could \
                 carry it."
                    .into()
            }
            (Self::InvalidName(InvalidToken::TooLong), _) => "A custom key ID may have at most 512 bytes.".into(),
            (Self::InvalidName(InvalidToken::OtherDialect), _) => {
                "A custom key ID may not look like a generated key of another kind.".into()
            }
            (Self::InvalidOrg, _) => {
                "An organisation ID may have at most 512 bytes, and none of / ? # % or a control character.".into()
            }
            (Self::NameOfAnother, _) => {
                "This name makes the token of a key of another organisation. Choose another name, \
                                         or give that key's whole token to move it."
                    .into()
            }
            (Self::NameTooShort(length, minimum), _) => format!(
                "custom key ID length {length} is less than min_token_length ({minimum}); the key would be \
                 unreachable at auth time. Use an ID of at least min_token_length characters, or lower \
                 min_token_length in the gateway configuration."
            ),
            (Self::InvalidPassword, _) => "basic_auth_data.password may have at most 72 bytes, and no NUL".into(),
            (Self::NoAccessRights, Operation::CreateKey) => {
                "Failed to create key, keys must have at least one Access Rights record set.".into()
            }
            (Self::AccessTooExpensive, _) => {
                "The URL patterns in access_rights (allowed_urls, endpoints) are too long or \
                                              too many to be judged in time. Use fewer or simpler ones."
                    .into()
            }
            (Self::Policies(reason), Operation::CreateKey) => format!("Failed to create key - {reason}"),
            (Self::NoAccessRights | Self::Policies(_), _) => insecure.into(),
            (Self::NoSuchKey, Operation::UpsertKey) => "Key is not found".into(),
            (Self::NoSuchKey, Operation::DeleteKey) => "There is no such key found".into(),
            (Self::NoSuchKey, _) => "Key not found".into(),
            (Self::NoSuchOrg, Operation::DeleteOrg) if edition == TykEdition::V5_13 => unremoved.into(),
            (Self::NoSuchOrg, _) => "Org not found".into(),
            (Self::HashesOff, _) => "Key requested by hash but key hashing is not enabled".into(),
            (Self::NotMade(not_made), _) => not_made::message(*not_made).into(),
            (Self::FilterRequired, _) => {
                "The 'filter' parameter (Org ID) is required when filtering by 'api_id' in legacy mode".into()
            }
            (Self::InvalidCursor, _) => "The cursor was not returned by this list".into(),
            (Self::InvalidLimit, _) => "The limit must be a whole number of at least 1".into(),
            (Self::Internal(Internal::Store(StoreError::TooLarge { max_bytes })), _) => {
                format!("The key is larger than {max_bytes} bytes")
            }
            (Self::Internal(_), _) => match operation {
                Operation::CreateKey => "Failed to create key - the key store is unavailable",
                Operation::UpsertKey => insecure,
                Operation::AssignPolicies => "Could not write key data",
                Operation::DeleteKey | Operation::DeleteOrg => unremoved,
                Operation::UpsertOrg => "Error writing to key store the key store is unavailable",
                Operation::GetKey | Operation::GetOrg => "Failed to read from the key store",
                Operation::ListKeys | Operation::ListOrgs => "Failed to list from the key store",
                Operation::PreviewKey | Operation::Unrouted => "The service is misconfigured",
            }
            .into(),
        }
    }

    fn internal(&self) -> Option<&Internal> {
        if let Self::Internal(internal) = self { Some(internal) } else { None }
    }
}

/// The reply of `operation` to `outcome`; a failure is logged here, and only here.
#[must_use]
pub fn reply(
    operation: Operation,
    edition: TykEdition,
    request: &Request,
    outcome: Result<Response, Failure>,
) -> Response {
    let failure = match outcome {
        Ok(response) => {
            warning::log(request, &response);
            return response;
        }
        Err(Failure::Internal(Internal::Store(StoreError::Namesake))) if operation == Operation::UpsertKey => {
            Failure::NameOfAnother
        }
        Err(Failure::Internal(Internal::Store(StoreError::Namesake | StoreError::Foreign))) => Failure::NoSuchKey,
        Err(failure) => failure,
    };
    let (status, message) = (failure.status(operation, edition), failure.message(operation, edition));
    internal::log(request, status, (&failure).into(), failure.internal());
    if let Failure::Unrouted(Unrouted::NoSuchPath) | Failure::NotFound = failure {
        return plain(status, message);
    }
    let mut response = json::response(status, document(&Refusal { status: "error", message: &message }));
    match &failure {
        Failure::Unrouted(unrouted) => unrouted.redirect(&mut response),
        Failure::Internal(internal) if internal.is_temporary() && edition == TykEdition::Documented => {
            retry_soon(&mut response);
        }
        _ => {}
    }
    response
}

#[derive(Serialize)]
struct Refusal<'a> {
    status: &'static str,
    message: &'a str,
}

/// The gateway's router answers in plain text.
fn plain(status: StatusCode, text: String) -> Response {
    let mut response = json::response(status, text);
    let plain = HeaderValue::from_static("text/plain; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, plain);
    response
}
