//! What a browser finds: a page at `/` that says what this is, the OpenAPI documents, and at `/docs` a page to read and
//! try them. All of it is in this binary, and needs no network.

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Method, Response, header};
use http_body_util::Full;
use utoipa_swagger_ui::Config;

/// The OpenAPI documents: the name of each, and its JSON.
pub const DOCUMENTS: [(&str, &str); 4] = [
    ("tyk", include_str!("../../docs/openapi/tyk.json")),
    ("gmi", include_str!("../../docs/openapi/gmi.json")),
    ("requesty", include_str!("../../docs/openapi/requesty.json")),
    ("gate", include_str!("../../docs/openapi/gate.json")),
];

/// The pages and what they load: path, type, content.
const OWN: [(&str, &str, &str); 4] = [
    ("", "text/html; charset=utf-8", include_str!("pages/index.html")),
    ("/docs", "text/html; charset=utf-8", include_str!("pages/docs.html")),
    ("/docs/docs.js", "text/javascript; charset=utf-8", include_str!("pages/docs.js")),
    ("/docs/style.css", "text/css; charset=utf-8", include_str!("pages/style.css")),
];

/// The files of Swagger UI that the page loads.
const VIEWER: [&str; 3] = ["swagger-ui.css", "swagger-ui-bundle.js", "swagger-ui-standalone-preset.js"];

/// A page loads nothing from elsewhere, sends requests to this server only, and is in no frame. Swagger UI has styles in
/// its elements.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
                      connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The headers of every page.
const HEADERS: [(HeaderName, &str); 4] = [
    (header::CONTENT_SECURITY_POLICY, POLICY),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::CACHE_CONTROL, "no-cache"),
];

/// The page at a path without its trailing slash; `None` if there is none, or not for this method.
pub(crate) fn at(method: &Method, path: &str) -> Option<Response<Full<Bytes>>> {
    if ![Method::GET, Method::HEAD].contains(method) {
        return None;
    }
    own(path).or_else(|| document(path)).or_else(|| viewer(path))
}

fn own(path: &str) -> Option<Response<Full<Bytes>>> {
    let (_, kind, content) = OWN.iter().find(|(at, ..)| *at == path)?;
    Some(page(Bytes::from_static(content.as_bytes()), HeaderValue::from_static(kind)))
}

fn document(path: &str) -> Option<Response<Full<Bytes>>> {
    let name = path.strip_prefix("/openapi/")?.strip_suffix(".json")?;
    let (_, json) = DOCUMENTS.iter().find(|(of, _)| *of == name)?;
    Some(page(Bytes::from_static(json.as_bytes()), HeaderValue::from_static("application/json")))
}

fn viewer(path: &str) -> Option<Response<Full<Bytes>>> {
    let file = path.strip_prefix("/docs/").filter(|file| VIEWER.contains(file))?;
    let served = utoipa_swagger_ui::serve(file, Arc::new(Config::default())).ok()??;
    let kind = HeaderValue::from_str(&served.content_type).ok()?;
    let mut response = page(Bytes::from(served.bytes.into_owned()), kind);
    if served.gzpipped {
        response.headers_mut().insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    Some(response)
}

fn page(content: Bytes, kind: HeaderValue) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(content));
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    response.headers_mut().extend(HEADERS.map(|(name, value)| (name, HeaderValue::from_static(value))));
    response
}
