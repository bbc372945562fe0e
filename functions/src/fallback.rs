//! How a dialect answers what no route takes.

use latchkey_shared::envelope::{Unrouted, cleaned};
use latchkey_shared::runtime::function::Route;
use latchkey_shared::runtime::request::{Request, Response, encode_path};
use latchkey_shared::runtime::service::Service;

use crate::router::{self, Routed};

/// How a dialect answers its paths that no route takes.
pub(crate) struct Fallback {
    /// Whether a path of these segments belongs to the dialect.
    pub(crate) owns: fn(&[&str]) -> bool,
    /// Answers that the path does not exist, or not for this method.
    pub(crate) answer: fn(&Service, &Request, Unrouted) -> Response,
}

impl Fallback {
    /// Answers a request that API Gateway gave to one of these `routes` although its path is none of theirs.
    pub(crate) fn stray(&self, service: &Service, request: &Request, routes: &[&[Route]]) -> Response {
        redirect(request).unwrap_or_else(|| (self.answer)(service, request, unrouted(routes, request, 0)))
    }
}

/// Redirects a request with empty segments in its path, of whatever dialect.
pub(crate) fn redirect(request: &Request) -> Option<Response> {
    cleaned(&request.address(), &request.query.encoded())
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
