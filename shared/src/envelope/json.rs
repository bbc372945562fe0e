//! JSON responses.

use http::{HeaderValue, StatusCode, header};
use serde::Serialize;

use crate::runtime::request::Response;

/// `body` as JSON text.
pub(super) fn text(body: &impl Serialize) -> String {
    // Every body is plain data with text keys, which always serialises.
    serde_json::to_string(body).unwrap_or_default()
}

/// A response with `body` as JSON on a line of its own.
pub(super) fn line(status: StatusCode, body: &impl Serialize) -> Response {
    response(status, text(body) + "\n")
}

/// A response of this status with the JSON text `body`.
#[must_use]
pub fn response(status: StatusCode, body: String) -> Response {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}
