//! How a dialect answers what no route takes.

use http::{HeaderValue, StatusCode, header};
use latchkey_shared::envelope::Unrouted;
use latchkey_shared::runtime::function::Route;
use latchkey_shared::runtime::request::{Request, Response, encode_path};
use latchkey_shared::runtime::service::Service;
use latchkey_shared::telemetry;

use crate::router::{self, Routed};

/// How a dialect answers its paths that no route takes.
pub(crate) struct Fallback {
    /// Whether a path of these segments belongs to the dialect.
    pub(crate) owns: fn(&[&str]) -> bool,
    /// Answers that the path does not exist, or not for this method.
    pub(crate) answer: fn(&Service, &Request, Unrouted) -> Response,
}

impl Fallback {
    /// Answers a request for which API Gateway chose a function of the dialect, although none of the dialect's
    /// `routes` takes it.
    pub(crate) fn answer_stray(&self, routes: &[&[Route]], service: &Service, request: &Request) -> Response {
        without_empty_segments(request).unwrap_or_else(|| (self.answer)(service, request, unrouted(routes, request, 0)))
    }
}

/// The redirect from a path with empty segments to the same path without them, for every dialect; `None` for any other
/// path. An empty segment at the end is a trailing slash and stays.
pub(crate) fn without_empty_segments(request: &Request) -> Option<Response> {
    let (last, before) = request.segments.as_deref()?.split_last()?;
    if before.iter().all(|segment| !segment.is_empty()) {
        return None;
    }
    let named = before.iter().chain([last]).filter(|segment| !segment.is_empty());
    let (path, slash) = (encode_path(named.map(String::as_str)), if last.is_empty() { "/" } else { "" });
    let location = format!("{}{path}{slash}{}", request.base, request.query.encoded());
    telemetry::refused("EmptySegments");
    let mut response = Response::new(String::new());
    *response.status_mut() = StatusCode::MOVED_PERMANENTLY;
    response.headers_mut().insert(header::LOCATION, HeaderValue::from_str(&location).ok()?);
    Some(response)
}

/// Why none of `routes` takes the path after its first `base` segments.
pub(crate) fn unrouted(routes: &[&[Route]], request: &Request, base: usize) -> Unrouted {
    let segments = request.segments.as_deref().unwrap_or_default();
    // To API Gateway a path with a trailing slash, which is an empty segment, is another path.
    let end = segments.iter().rposition(|segment| !segment.is_empty()).map_or(0, |last| last + 1);
    let (named, slashes) = segments.split_at(end);
    match router::find(routes, request.method.as_str(), named.get(base..).unwrap_or_default()) {
        Routed::WrongMethod => Unrouted::NoSuchMethod,
        Routed::To(..) if !slashes.is_empty() => {
            let path = encode_path(named.iter().map(String::as_str));
            Unrouted::TrailingSlash(format!("{}{path}{}", request.base, request.query.encoded()))
        }
        Routed::To(..) | Routed::Nowhere => Unrouted::NoSuchPath,
    }
}
