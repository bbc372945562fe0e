//! What no route takes: 403 without the secret, else what is wrong with the path or the method.

use latchkey_shared::envelope::tyk::Failure;
use latchkey_shared::request::{Request, Response};
use latchkey_shared::service::Service;

use crate::routes::{self, Routed};
use crate::tyk;

/// Answers in the dialect of the path's prefix.
pub(crate) async fn handle(service: &Service, request: &Request) -> Result<Response, Failure> {
    if !request.path.starts_with("/tyk/") {
        return Err(Failure::NotFound);
    }
    tyk::admin(&service.secrets, request)?;
    let segments = request.segments.as_deref().unwrap_or_default();
    // API Gateway tells a path from the same one with a slash behind it, which is an empty segment.
    let named = segments.iter().rposition(|segment| !segment.is_empty()).map_or(0, |last| last + 1);
    let (named, slashes) = segments.split_at(named);
    Err(match routes::find(request.method.as_str(), named) {
        Routed::WrongMethod => Failure::NoSuchMethod,
        Routed::To(..) if !slashes.is_empty() => {
            let stripped = request.path.trim_end_matches('/');
            Failure::TrailingSlash(format!("{stripped}{}", request.query.encoded()))
        }
        Routed::To(..) | Routed::Nowhere => Failure::NoSuchPath,
    })
}
