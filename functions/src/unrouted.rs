//! What no route takes, answered in the dialect of the path's prefix.

use latchkey_shared::envelope::{Unrouted, gate, gmi, requesty, tyk};
use latchkey_shared::request::{Request, Response};
use latchkey_shared::service::Service;

use crate::routes::{self, Routed};
use crate::tyk::admin;

/// Says what is wrong with the path or the method.
pub(crate) async fn handle(service: &Service, request: &Request) -> Response {
    let path: Vec<_> = request.path.split('/').skip(1).collect();
    match path.as_slice() {
        ["api", "v1", ..] => {
            gmi::reply(gmi::Operation::Unrouted, request, Err(gmi::Failure::Unrouted(unrouted(request))))
        }
        // `/manage` is where the API's very first generation was.
        ["v1", "manage" | "auth", ..] | ["manage", ..] => {
            requesty::reply(request, Err(requesty::Failure::Unrouted(unrouted(request))))
        }
        ["v1", ..] => gate::reply(request, Err(gate::Failure::Unrouted(unrouted(request)))),
        _ => {
            let failure = tyk_failure(service, request);
            tyk::reply(tyk::Operation::Unrouted, service.settings.tyk_edition, request, Err(failure))
        }
    }
}

fn unrouted(request: &Request) -> Unrouted {
    let segments = request.segments.as_deref().unwrap_or_default();
    // API Gateway tells a path from the same one with a slash behind it, which is an empty segment.
    let named = segments.iter().rposition(|segment| !segment.is_empty()).map_or(0, |last| last + 1);
    let (named, slashes) = segments.split_at(named);
    match routes::find(request.method.as_str(), named) {
        Routed::WrongMethod => Unrouted::NoSuchMethod,
        Routed::To(..) if !slashes.is_empty() => {
            let stripped = request.path.trim_end_matches('/');
            Unrouted::TrailingSlash(format!("{stripped}{}", request.query.encoded()))
        }
        Routed::To(..) | Routed::Nowhere => Unrouted::NoSuchPath,
    }
}

/// Under `/tyk/` nobody learns without the secret which paths exist.
fn tyk_failure(service: &Service, request: &Request) -> tyk::Failure {
    if !request.path.starts_with("/tyk/") {
        return tyk::Failure::NotFound;
    }
    match admin(&service.secrets, request) {
        Ok(_) => tyk::Failure::Unrouted(unrouted(request)),
        Err(refused) => refused,
    }
}
