//! What a consumer presents: the header `Authorization`, as Tyk Gateway reads it.

/// The token in the header's value: the whole of it, or what stands behind `Bearer`; `None` when that is nothing.
///
/// ```
/// use latchkey_functions::gate::credential::credential;
///
/// assert_eq!(credential("my-token"), Some("my-token"));
/// assert_eq!(credential("bearer my-token"), Some("my-token"));
/// assert_eq!(credential("  "), None);
/// ```
#[must_use]
pub fn credential(authorization: &str) -> Option<&str> {
    let value = authorization.trim();
    let token = match value.split_once(' ') {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => token.trim(),
        _ => value,
    };
    (!token.is_empty()).then_some(token)
}
