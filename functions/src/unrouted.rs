//! What no route takes, answered in the dialect of the path's prefix.

use latchkey_shared::envelope::tyk::{self, Failure, Operation};
use latchkey_shared::envelope::{gate, gmi, requesty};
use latchkey_shared::request::{Request, Response};
use latchkey_shared::service::Service;

use crate::routes::{self, Routed};
use crate::tyk::admin;

/// Says what is wrong with the path or the method.
pub(crate) async fn handle(service: &Service, request: &Request) -> Response {
    let path: Vec<_> = request.path.split('/').skip(1).collect();
    match path.as_slice() {
        ["api", "v1", ..] => gmi::reply(gmi::Operation::Unrouted, request, Err(gmi_failure(request))),
        // `/manage` is where the API's very first generation was.
        ["v1", "manage" | "auth", ..] | ["manage", ..] => requesty::reply(request, Err(requesty_failure(request))),
        ["v1", ..] => gate::reply(request, Err(gate_failure(request))),
        _ => tyk::reply(Operation::Unrouted, service.settings.tyk_edition, request, Err(tyk_failure(service, request))),
    }
}

/// What is wrong with a request that no route takes.
enum Unrouted {
    /// There is no such path.
    NoSuchPath,
    /// The path exists for other methods only.
    NoSuchMethod,
    /// The path exists without its trailing slash: where.
    TrailingSlash(String),
}

impl Unrouted {
    fn of(request: &Request) -> Self {
        let segments = request.segments.as_deref().unwrap_or_default();
        // API Gateway tells a path from the same one with a slash behind it, which is an empty segment.
        let named = segments.iter().rposition(|segment| !segment.is_empty()).map_or(0, |last| last + 1);
        let (named, slashes) = segments.split_at(named);
        match routes::find(request.method.as_str(), named) {
            Routed::WrongMethod => Self::NoSuchMethod,
            Routed::To(..) if !slashes.is_empty() => {
                let stripped = request.path.trim_end_matches('/');
                Self::TrailingSlash(format!("{stripped}{}", request.query.encoded()))
            }
            Routed::To(..) | Routed::Nowhere => Self::NoSuchPath,
        }
    }
}

/// Under `/tyk/` nobody learns without the secret which paths exist.
fn tyk_failure(service: &Service, request: &Request) -> Failure {
    if !request.path.starts_with("/tyk/") {
        return Failure::NotFound;
    }
    if let Err(refused) = admin(&service.secrets, request) {
        return refused;
    }
    match Unrouted::of(request) {
        Unrouted::NoSuchPath => Failure::NoSuchPath,
        Unrouted::NoSuchMethod => Failure::NoSuchMethod,
        Unrouted::TrailingSlash(location) => Failure::TrailingSlash(location),
    }
}

fn gmi_failure(request: &Request) -> gmi::Failure {
    match Unrouted::of(request) {
        Unrouted::NoSuchPath => gmi::Failure::NoSuchPath,
        Unrouted::NoSuchMethod => gmi::Failure::NoSuchMethod,
        Unrouted::TrailingSlash(location) => gmi::Failure::TrailingSlash(location),
    }
}

fn gate_failure(request: &Request) -> gate::Failure {
    match Unrouted::of(request) {
        Unrouted::NoSuchPath => gate::Failure::NoSuchPath,
        Unrouted::NoSuchMethod => gate::Failure::NoSuchMethod,
        Unrouted::TrailingSlash(location) => gate::Failure::TrailingSlash(location),
    }
}

fn requesty_failure(request: &Request) -> requesty::Failure {
    match Unrouted::of(request) {
        Unrouted::NoSuchPath => requesty::Failure::NoSuchPath,
        Unrouted::NoSuchMethod => requesty::Failure::NoSuchMethod,
        Unrouted::TrailingSlash(location) => requesty::Failure::TrailingSlash(location),
    }
}
