//! Statuses and messages that differ between endpoints. Each endpoint states its own beside its handler.

use http::StatusCode;

use super::StatusAndMessage;

/// A status and the message that goes with it.
#[derive(Clone, Copy, Debug)]
pub struct Refusal {
    status: StatusCode,
    message: &'static str,
}

impl Refusal {
    /// 400.
    #[must_use]
    pub const fn bad_request(message: &'static str) -> Self {
        Self { status: StatusCode::BAD_REQUEST, message }
    }

    /// 404.
    #[must_use]
    pub const fn not_found(message: &'static str) -> Self {
        Self { status: StatusCode::NOT_FOUND, message }
    }

    /// 409.
    #[must_use]
    pub const fn conflict(message: &'static str) -> Self {
        Self { status: StatusCode::CONFLICT, message }
    }

    /// 405.
    #[must_use]
    pub const fn method_not_allowed(message: &'static str) -> Self {
        Self { status: StatusCode::METHOD_NOT_ALLOWED, message }
    }

    /// 500, with which the gateway also answers some bad requests.
    #[must_use]
    pub const fn server_error(message: &'static str) -> Self {
        Self { status: StatusCode::INTERNAL_SERVER_ERROR, message }
    }

    pub(super) fn answer(self) -> StatusAndMessage {
        (self.status, self.message.into())
    }
}

/// How an endpoint answers the failures that endpoints have in common.
#[derive(Clone, Copy, Debug)]
pub struct Refusals {
    /// The body is not what the endpoint expects.
    pub malformed: Refusal,
    /// There are no access rights, and keys must have some.
    pub no_access_rights: Refusal,
    /// The policies cannot be applied; with `None` the message says why.
    pub invalid_policies: Option<Refusal>,
    /// There is no such key.
    pub no_such_key: Refusal,
    /// The name leads to a key of another organisation.
    pub name_of_another: Refusal,
    /// The organisation has no session.
    pub no_such_org: Refusal,
    /// The service failed.
    pub internal: Refusal,
}

const NO_SUCH_KEY: Refusal = Refusal::not_found("Key not found");

impl Refusals {
    /// What most endpoints answer.
    pub const USUAL: Self = Self {
        malformed: Refusal::bad_request("Request malformed"),
        no_access_rights: Refusal::bad_request(
            "Failed to create key, keys must have at least one Access Rights record set.",
        ),
        invalid_policies: None,
        no_such_key: NO_SUCH_KEY,
        name_of_another: NO_SUCH_KEY,
        no_such_org: Refusal::not_found("Org not found"),
        internal: Refusal::server_error("The service is misconfigured"),
    };

    /// Answers of an endpoint that reads.
    pub const READ: Self = Self { internal: Refusal::server_error("Failed to read from the key store"), ..Self::USUAL };

    /// Answers of an endpoint that lists.
    pub const LIST: Self = Self { internal: Refusal::server_error("Failed to list from the key store"), ..Self::USUAL };

    /// Answers of an endpoint that deletes. The gateway answers 400 if its store fails.
    pub const DELETE: Self = Self { internal: Refusal::bad_request("Failed to remove the key"), ..Self::USUAL };
}
