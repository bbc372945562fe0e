//! The header that warns a client about parts of a successful request that have no effect.

use http::{HeaderName, HeaderValue};

use crate::runtime::request::{Request, Response};

const HEADER: HeaderName = HeaderName::from_static("latchkey-warning");

/// Adds `warning` to the reply, unless it is empty. It is also logged, so it must contain nothing of the request except
/// names of fields.
#[must_use]
pub fn warned(mut response: Response, warning: &str) -> Response {
    if let Some(warning) = HeaderValue::from_str(warning).ok().filter(|warning| !warning.is_empty()) {
        response.headers_mut().insert(HEADER, warning);
    }
    response
}

/// Logs the warning of a reply, if it has one.
pub(super) fn log(request: &Request, response: &Response) {
    if let Some(warning) = response.headers().get(HEADER).and_then(|warning| warning.to_str().ok()) {
        tracing::warn!(function = request.function, request = request.id, warning, "part of the request has no effect");
    }
}
