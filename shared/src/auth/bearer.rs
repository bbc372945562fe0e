//! The token behind `Bearer` in the header `Authorization`.

use crate::runtime::request::Request;

/// The one token that follows the scheme, which may be written in any case; `None` for anything else.
pub(super) fn bearer(request: &Request) -> Option<&str> {
    let mut parts = request.header("authorization")?.split_ascii_whitespace();
    let (scheme, token) = (parts.next()?, parts.next()?);
    (scheme.eq_ignore_ascii_case("bearer") && parts.next().is_none()).then_some(token)
}
