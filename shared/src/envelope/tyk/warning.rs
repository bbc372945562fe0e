//! The header that warns a client about parts of a successful request that have no effect.

use http::{HeaderName, HeaderValue};

use crate::runtime::request::Response;
use crate::telemetry;

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

/// Notes the warning of a reply for the log, if it has one.
pub(super) fn note(response: &Response) {
    if let Some(warning) = response.headers().get(HEADER).and_then(|warning| warning.to_str().ok()) {
        telemetry::warn(warning);
    }
}
