//! Requests that no route takes, answered in the dialect that the path belongs to.

use latchkey_shared::envelope::Unrouted;
use latchkey_shared::runtime::function::{Function, Serves};
use latchkey_shared::runtime::request::{Request, Response, encode_path};
use latchkey_shared::runtime::service::Service;
use latchkey_shared::secrets::Secret;

use crate::dialects::FALLBACKS;
use crate::fallback::Fallback;
use crate::router::{self, Routed};
use crate::tyk;

/// The function. It has no routes and uses no table.
pub const FUNCTION: Function = Function {
    name: "unrouted",
    summary: "Answers every other request, in the dialect of its path.",
    routes: &[],
    secrets: &[Secret::Admin],
    access: &[],
    serves: Serves::Requests(|s, r| Box::pin(handle(s, r))),
};

/// Answers in the dialect of the path. A path of no dialect is answered as Tyk Gateway answers it.
async fn handle(service: &Service, request: &Request) -> Response {
    let path: Vec<_> = request.path.split('/').skip(1).collect();
    match fallback(&path) {
        Some((base, fallback)) => (fallback.answer)(service, request, unrouted(request, base)),
        None => tyk::not_found(service, request),
    }
}

/// The number of segments in front of the dialect's own path, and how the dialect answers. A custom domain may have a
/// base path.
fn fallback(path: &[&str]) -> Option<(usize, &'static Fallback)> {
    let base = path.iter().position(|segment| segment.is_empty()).unwrap_or(path.len());
    (0..=base).find_map(|base| {
        let path = path.get(base..)?;
        FALLBACKS.into_iter().find(|fallback| (fallback.owns)(path)).map(|fallback| (base, fallback))
    })
}

/// What is wrong with the path after its first `base` segments.
fn unrouted(request: &Request, base: usize) -> Unrouted {
    let segments = request.segments.as_deref().unwrap_or_default();
    // To API Gateway a path with a trailing slash, which is an empty segment, is another path.
    let end = segments.iter().rposition(|segment| !segment.is_empty()).map_or(0, |last| last + 1);
    let (named, slashes) = segments.split_at(end);
    match router::find(request.method.as_str(), named.get(base..).unwrap_or_default()) {
        Routed::WrongMethod => Unrouted::NoSuchMethod,
        Routed::To(..) if !slashes.is_empty() => {
            let path = encode_path(named.iter().map(String::as_str));
            Unrouted::TrailingSlash(format!("{}{path}{}", request.base, request.query.encoded()))
        }
        Routed::To(..) | Routed::Nowhere => Unrouted::NoSuchPath,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The number of segments before the dialect's own, and the index of the dialect.
    fn found(path: &str) -> Option<(usize, usize)> {
        let (base, found) = fallback(&path.split('/').skip(1).collect::<Vec<_>>())?;
        FALLBACKS.iter().position(|fallback| std::ptr::eq(*fallback, found)).map(|index| (base, index))
    }

    #[test]
    fn the_dialect_is_found_behind_a_base_path() {
        let [tyk, gmi, requesty, gate] = [0, 1, 2, 3];
        assert_eq!(found("/tyk/nowhere"), Some((0, tyk)));
        assert_eq!(found("/keys/service/tyk/nowhere"), Some((2, tyk)));
        assert_eq!(found("/base/v1/manage/nowhere"), Some((1, requesty)));
        assert_eq!(found("/base/api/v1/nowhere"), Some((1, gmi)));
        assert_eq!(found("/v1/keys/tyk/keys"), Some((0, gate)));
        for path in ["/elsewhere", "/tyk", "/", ""] {
            assert_eq!(found(path), None, "{path}");
        }
    }

    #[test]
    fn a_path_that_begins_like_another_host_has_no_base_path() {
        assert_eq!(found("//evil.example/tyk/keys/abc/"), None);
        assert_eq!(found("/base//evil.example/tyk/keys/abc/"), None);
    }
}
