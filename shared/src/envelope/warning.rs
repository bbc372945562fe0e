//! The header of ours that warns a client of what has no effect in a request that was taken.

use http::{HeaderName, HeaderValue};

use crate::runtime::request::{Request, Response};

const HEADER: HeaderName = HeaderName::from_static("latchkey-warning");

/// The reply with this warning, unless it is empty. It is logged too, so it may hold nothing of the request but names of
/// fields.
#[must_use]
pub fn warned(mut response: Response, warning: &str) -> Response {
    if let Some(warning) = HeaderValue::from_str(warning).ok().filter(|warning| !warning.is_empty()) {
        response.headers_mut().insert(HEADER, warning);
    }
    response
}

/// Writes the one log line of a reply that warns.
pub(super) fn log(request: &Request, response: &Response) {
    if let Some(warning) = response.headers().get(HEADER).and_then(|warning| warning.to_str().ok()) {
        tracing::warn!(function = request.function, request = request.id, warning, "part of the request has no effect");
    }
}
