//! What every dialect says alike of a create that made no key.

use http::StatusCode;

use crate::keys::idempotency::NotMade;

/// The status.
pub(super) fn status(not_made: NotMade) -> StatusCode {
    match not_made {
        NotMade::InvalidIdempotencyKey | NotMade::CapReached => StatusCode::BAD_REQUEST,
        NotMade::IdempotencyKeyReused => StatusCode::UNPROCESSABLE_ENTITY,
        NotMade::NoLongerRepeatable => StatusCode::CONFLICT,
        NotMade::TokenTaken => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// The text.
pub(super) fn message(not_made: NotMade) -> &'static str {
    match not_made {
        NotMade::InvalidIdempotencyKey => "An Idempotency-Key must have from 16 to 255 characters",
        NotMade::IdempotencyKeyReused => "This Idempotency-Key was already used with different content: use a new one",
        NotMade::NoLongerRepeatable => "What was made with this Idempotency-Key is gone: use a new one",
        NotMade::CapReached => "The organization has as many keys as it may have",
        NotMade::TokenTaken => "A random token was made twice: try again",
    }
}
