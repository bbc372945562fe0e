//! How a dialect answers what no route takes.

use latchkey_shared::envelope::Unrouted;
use latchkey_shared::runtime::request::{Request, Response};
use latchkey_shared::runtime::service::Service;

/// How a dialect answers its paths that no route takes.
pub(crate) struct Fallback {
    /// Whether a path of these segments belongs to the dialect.
    pub(crate) owns: fn(&[&str]) -> bool,
    /// Answers that the path does not exist, or not for this method.
    pub(crate) answer: fn(&Service, &Request, Unrouted) -> Response,
}
