//! What no route takes, answered in the dialect of the path's prefix.

use latchkey_shared::envelope::{Unrouted, gate, gmi, requesty, tyk};
use latchkey_shared::runtime::function::{Function, Serves};
use latchkey_shared::runtime::request::{Request, Response, encode_path};
use latchkey_shared::runtime::service::Service;
use latchkey_shared::secrets::Secret;

use crate::router::{self, Routed};
use crate::tyk::caller::admin;

/// The function, which has no routes and reaches no table.
pub const FUNCTION: Function = Function {
    name: "unrouted",
    summary: "Answers every other request, in the dialect of its path.",
    routes: &[],
    secrets: &[Secret::Admin],
    access: &[],
    serves: Serves::Requests(|s, r| Box::pin(handle(s, r))),
};

/// Says what is wrong with the path or the method.
async fn handle(service: &Service, request: &Request) -> Response {
    let path: Vec<_> = request.path.split('/').skip(1).collect();
    let (base, dialect) = dialect(&path).unwrap_or((0, Dialect::None));
    let unrouted = || unrouted(request, base);
    match dialect {
        Dialect::Gmi => gmi::reply(gmi::Operation::Unrouted, request, Err(unrouted().into())),
        Dialect::Requesty => requesty::reply(request, Err(unrouted().into())),
        Dialect::Gate => gate::reply(request, Err(unrouted().into())),
        Dialect::Tyk | Dialect::None => {
            let failure = match dialect {
                Dialect::None => tyk::Failure::NotFound,
                // Under `/tyk/` nobody learns without the secret which paths exist.
                _ => admin(&service.secrets, request).map_or_else(|refused| refused, |_| unrouted().into()),
            };
            tyk::reply(&tyk::Refusals::USUAL, service.settings.tyk_edition, request, Err(failure))
        }
    }
}

/// Whose words an answer is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Dialect {
    Tyk,
    Gmi,
    Requesty,
    Gate,
    None,
}

/// The dialect of a path, and how many segments precede it: a host name of one's own may have a base path.
fn dialect(path: &[&str]) -> Option<(usize, Dialect)> {
    let base = path.iter().position(|segment| segment.is_empty()).unwrap_or(path.len());
    (0..=base).find_map(|base| {
        let dialect = match path.get(base..)? {
            ["tyk", _, ..] => Dialect::Tyk,
            ["api", "v1", ..] => Dialect::Gmi,
            // `/manage` is where the API's very first generation was.
            ["v1", "manage" | "auth", ..] | ["manage", ..] => Dialect::Requesty,
            ["v1", ..] => Dialect::Gate,
            _ => return None,
        };
        Some((base, dialect))
    })
}

/// What is wrong with the path behind its first `base` segments.
fn unrouted(request: &Request, base: usize) -> Unrouted {
    let segments = request.segments.as_deref().unwrap_or_default();
    // API Gateway tells a path from the same one with a slash behind it, which is an empty segment.
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

    fn dialect_of(path: &str) -> Option<(usize, Dialect)> {
        dialect(&path.split('/').skip(1).collect::<Vec<_>>())
    }

    #[test]
    fn the_dialect_is_found_behind_a_base_path() {
        assert_eq!(dialect_of("/tyk/nowhere"), Some((0, Dialect::Tyk)));
        assert_eq!(dialect_of("/keys/service/tyk/nowhere"), Some((2, Dialect::Tyk)));
        assert_eq!(dialect_of("/base/v1/manage/nowhere"), Some((1, Dialect::Requesty)));
        assert_eq!(dialect_of("/base/api/v1/nowhere"), Some((1, Dialect::Gmi)));
        assert_eq!(dialect_of("/v1/keys/tyk/keys"), Some((0, Dialect::Gate)));
        for path in ["/elsewhere", "/tyk", "/", ""] {
            assert_eq!(dialect_of(path), None, "{path}");
        }
    }

    #[test]
    fn a_path_that_begins_like_another_host_has_no_base_path() {
        assert_eq!(dialect_of("//evil.example/tyk/keys/abc/"), None);
        assert_eq!(dialect_of("/base//evil.example/tyk/keys/abc/"), None);
    }
}
