//! How every dialect answers a create that created nothing.

use http::StatusCode;

use crate::keys::idempotency::NotMade;

pub(super) fn status(not_made: NotMade) -> StatusCode {
    match not_made {
        NotMade::InvalidIdempotencyKey | NotMade::CapReached => StatusCode::BAD_REQUEST,
        NotMade::IdempotencyKeyReused => StatusCode::UNPROCESSABLE_ENTITY,
        NotMade::NoLongerRepeatable => StatusCode::CONFLICT,
        NotMade::TokenTaken => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

pub(super) fn message(not_made: NotMade) -> &'static str {
    match not_made {
        NotMade::InvalidIdempotencyKey => "An Idempotency-Key must have 16 to 255 characters",
        NotMade::IdempotencyKeyReused => "This Idempotency-Key was already used with different content: use a new one",
        NotMade::NoLongerRepeatable => "What this Idempotency-Key created no longer exists: use a new one",
        NotMade::CapReached => "The organization has reached its maximum number of API keys",
        NotMade::TokenTaken => "The generated token is already in use: try again",
    }
}
