//! The redirect from a path with empty segments, such as `/tyk//keys`, to the path without them.

use http::{HeaderValue, StatusCode, header};
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};

use crate::runtime::request::Response;

/// Characters that clients send in URLs although they do not belong there. A browser reads `\` as a
/// slash.
const NOT_IN_A_URL: AsciiSet =
    CONTROLS.add(b' ').add(b'"').add(b'<').add(b'>').add(b'\\').add(b'^').add(b'`').add(b'{').add(b'|').add(b'}');

/// Redirects a request for this percent-encoded path, with its query after a `?`, if it has empty
/// segments; one slash at its end is none. Tyk Gateway does so before it looks for a route. The
/// location begins with one slash, so it leads to no other host.
#[must_use]
pub fn cleaned(path: &str, query: &str) -> Option<Response> {
    if !path.contains("//") {
        return None;
    }
    let segments = path.split('/').filter(|segment| !segment.is_empty());
    let cleaned: String = segments.map(|segment| format!("/{segment}")).collect();
    let slash = if path.ends_with('/') { "/" } else { "" };
    let location = format!("{cleaned}{slash}{query}");
    let location = utf8_percent_encode(&location, &NOT_IN_A_URL).to_string();
    let mut response = Response::default();
    *response.status_mut() = StatusCode::MOVED_PERMANENTLY;
    if let Ok(location) = HeaderValue::from_str(&location) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    Some(response)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_redirect_is_percent_encoded_and_leads_to_no_other_host() {
        for (path, query, location) in [
            ("//", "", "/"),
            ("//tyk//keys", "", "/tyk/keys"),
            ("/tyk/keys//", "?limit=1", "/tyk/keys/?limit=1"),
            ("//evil.example/x", "", "/evil.example/x"),
            ("///\\evil.example/x", "", "/%5Cevil.example/x"),
            ("//a\"<>`{}|^", "", "/a%22%3C%3E%60%7B%7D%7C%5E"),
            ("//a%2Fb", "?x=\"%20", "/a%2Fb?x=%22%20"),
            ("//é", "", "/%C3%A9"),
        ] {
            let response = cleaned(path, query).unwrap();
            assert_eq!(response.status(), StatusCode::MOVED_PERMANENTLY);
            assert_eq!(response.headers()[header::LOCATION], location);
        }
    }

    #[test]
    fn a_path_without_empty_segments_stays() {
        for path in ["/", "/tyk/keys", "/tyk/keys/"] {
            assert!(cleaned(path, "").is_none(), "{path}");
        }
    }
}
