//! How every dialect answers a request that no route takes.

use http::{HeaderValue, StatusCode, header};

use crate::runtime::request::Response;

/// Why no route takes a request.
#[derive(Debug, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum Unrouted {
    /// The path does not exist.
    NoSuchPath,
    /// The path exists, but not for this method.
    NoSuchMethod,
    /// The path exists without its trailing slash, at this address.
    TrailingSlash(String),
    /// A path parameter has no value, or the function has no such route: a function URL passes on
    /// every request.
    NotWhole,
}

impl Unrouted {
    pub(super) fn status(&self) -> StatusCode {
        match self {
            Self::NoSuchPath => StatusCode::NOT_FOUND,
            Self::NoSuchMethod => StatusCode::METHOD_NOT_ALLOWED,
            Self::TrailingSlash(_) => StatusCode::PERMANENT_REDIRECT,
            Self::NotWhole => StatusCode::BAD_REQUEST,
        }
    }

    /// The message, if the vendor has none of its own.
    pub(super) fn message(&self) -> &'static str {
        match self {
            Self::NoSuchPath => "This path does not exist",
            Self::NoSuchMethod => "This path does not support this method",
            Self::TrailingSlash(_) => "This path has no trailing slash",
            Self::NotWhole => "A path parameter is missing, or this function does not serve the request",
        }
    }

    /// Redirects the client, if the path exists without its trailing slash.
    pub(super) fn redirect(&self, response: &mut Response) {
        if let Self::TrailingSlash(location) = self
            && let Ok(location) = HeaderValue::from_str(location)
        {
            response.headers_mut().insert(header::LOCATION, location);
        }
    }
}
