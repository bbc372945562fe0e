//! What every dialect says alike of a request that no route takes.

use http::{HeaderValue, StatusCode, header};

use crate::runtime::request::Response;

/// What is wrong with a request that no route takes.
#[derive(Debug)]
pub enum Unrouted {
    /// There is no such path.
    NoSuchPath,
    /// The path exists for other methods only.
    NoSuchMethod,
    /// The path exists without its trailing slash: where.
    TrailingSlash(String),
    /// The platform gave no value for a parameter of the path.
    NotWhole,
}

impl Unrouted {
    /// The status.
    pub(super) fn status(&self) -> StatusCode {
        match self {
            Self::NoSuchPath => StatusCode::NOT_FOUND,
            Self::NoSuchMethod => StatusCode::METHOD_NOT_ALLOWED,
            Self::TrailingSlash(_) => StatusCode::PERMANENT_REDIRECT,
            Self::NotWhole => StatusCode::BAD_REQUEST,
        }
    }

    /// The text, where the vendor has none of its own.
    pub(super) fn message(&self) -> &'static str {
        match self {
            Self::NoSuchPath => "There is no such path",
            Self::NoSuchMethod => "The path does not support this method",
            Self::TrailingSlash(_) => "The path has no trailing slash",
            Self::NotWhole => "A parameter of the path is missing",
        }
    }

    /// Tells in `response` where to go instead, if there is such a place.
    pub(super) fn redirect(&self, response: &mut Response) {
        if let Self::TrailingSlash(location) = self
            && let Ok(location) = HeaderValue::from_str(location)
        {
            response.headers_mut().insert(header::LOCATION, location);
        }
    }
}
