//! Requests that no route takes, answered in the dialect that the path belongs to.

use latchkey_shared::runtime::function::{Function, Serves};
use latchkey_shared::runtime::request::{Request, Response};
use latchkey_shared::runtime::service::Service;
use latchkey_shared::secrets::Secret;

use crate::dialects::{FALLBACKS, ROUTES};
use crate::fallback::{Fallback, redirect, unrouted};
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
    if let Some(redirect) = redirect(request) {
        return redirect;
    }
    // A slash at the end, which the local server ignores, makes no path of another dialect.
    let path: Vec<_> = request.path.trim_end_matches('/').split('/').skip(1).collect();
    match fallback(&path) {
        Some((base, fallback)) => (fallback.answer)(service, request, unrouted(&ROUTES, request, base)),
        None => tyk::not_found(service),
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
        let [tyk, hello, gmi, requesty, gate] = [0, 1, 2, 3, 4];
        assert_eq!(found("/tyk/nowhere"), Some((0, tyk)));
        assert_eq!(found("/keys/service/tyk/nowhere"), Some((2, tyk)));
        assert_eq!(found("/base/v1/manage/nowhere"), Some((1, requesty)));
        assert_eq!(found("/base/api/v1/nowhere"), Some((1, gmi)));
        assert_eq!(found("/v1/keys/tyk/keys"), Some((0, gate)));
        assert_eq!((found("/hello"), found("/base/hello")), (Some((0, hello)), Some((1, hello))));
        assert_eq!(found("/tyk/keys/hello"), Some((0, tyk)));
        for path in ["/elsewhere", "/hello/world", "/tyk", "/", ""] {
            assert_eq!(found(path), None, "{path}");
        }
    }

    #[test]
    fn a_path_that_begins_like_another_host_has_no_base_path() {
        assert_eq!(found("//evil.example/tyk/keys/abc/"), None);
        assert_eq!(found("/base//evil.example/tyk/keys/abc/"), None);
    }
}
