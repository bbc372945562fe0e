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
    let stripped = request.path.trim_end_matches('/');
    let segments: Vec<_> = stripped.split('/').skip(1).map(str::to_owned).collect();
    Err(match routes::find(request.method.as_str(), &segments) {
        Routed::Nowhere => Failure::NoSuchPath,
        Routed::WrongMethod => Failure::NoSuchMethod,
        // Routed, and yet here: API Gateway tells a path from the same one with a slash behind it.
        Routed::To(..) => Failure::TrailingSlash(format!("{stripped}{}", request.query.encoded())),
    })
}
