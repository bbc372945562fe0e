//! The local server: the table of functions on one port, each with the secrets it declares and no others.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request as Incoming, State};
use axum::http::{StatusCode, header};
use axum::response::Response as Outgoing;
use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt;
use latchkey_functions::routes::{self, FUNCTIONS, Routed, UNROUTED};
use latchkey_shared::clock::Clock;
use latchkey_shared::config::{InvalidSetting, Settings};
use latchkey_shared::function::{Function, Serves};
use latchkey_shared::request::{MAX_BODY_BYTES, Query, Request, Unreadable};
use latchkey_shared::secrets::Secrets;
use latchkey_shared::service::Service;
use latchkey_shared::store::Store;
use percent_encoding::{AsciiSet, CONTROLS, percent_decode_str, utf8_percent_encode};

use crate::sample;

/// What is still read of a body that is too large, so that its sender comes to see the reply.
const MAX_DRAINED_BYTES: usize = 16 * MAX_BODY_BYTES;

/// What a client may send in a URL that does not belong in one; a browser takes `\` for a slash.
const NOT_IN_A_URL: AsciiSet =
    CONTROLS.add(b' ').add(b'"').add(b'<').add(b'>').add(b'\\').add(b'^').add(b'`').add(b'{').add(b'|').add(b'}');

/// All functions, each with what it works with.
pub struct Server {
    services: Vec<(&'static Function, Service)>,
}

impl Server {
    /// Sets up every function: settings and secrets through `get`, a store for each through `store`.
    ///
    /// # Errors
    /// When a setting or a secret is missing or wrong.
    pub fn new(
        get: impl Fn(&str) -> Option<String>,
        store: impl Fn(&'static Function, &Settings) -> Store,
        clock: &Clock,
    ) -> Result<Self, InvalidSetting> {
        let settings = Settings::read(&get)?;
        let services = FUNCTIONS.into_iter().chain([&sample::SAMPLE]).map(|function| {
            let secrets = Secrets::read(function.secrets, &get)?;
            let store = store(function, &settings);
            let is_sample = function.name == sample::SAMPLE.name;
            let settings = if is_sample { sample::settings(&settings) } else { settings.clone() };
            Ok((function, Service { settings, secrets, store, clock: clock.clone() }))
        });
        Ok(Self { services: services.collect::<Result<_, InvalidSetting>>()? })
    }

    /// Answers HTTP requests.
    pub fn router(self) -> axum::Router {
        axum::Router::new().fallback(answer).with_state(Arc::new(self))
    }

    async fn call(&self, mut request: Request) -> Outgoing {
        let segments = request.segments.as_deref().unwrap_or_default();
        let name = match routes::find(request.method.as_str(), segments) {
            _ if sample::is_at(segments) => sample::SAMPLE.name,
            Routed::To(index, params) => {
                request.params = params;
                FUNCTIONS.get(index).map_or(UNROUTED.name, |function| function.name)
            }
            Routed::WrongMethod | Routed::Nowhere => UNROUTED.name,
        };
        match self.services.iter().find(|(function, _)| function.name == name) {
            Some((Function { serves: Serves::Requests(answer), .. }, service)) => {
                answer(service, &request).await.map(Body::from)
            }
            _ => status(StatusCode::INTERNAL_SERVER_ERROR),
        }
    }
}

async fn answer(State(server): State<Arc<Server>>, incoming: Incoming) -> Outgoing {
    let (parts, body) = incoming.into_parts();
    let path = parts.uri.path();
    if path.contains("//") {
        return redirect(&clean(path), parts.uri.query());
    }
    let stripped = path.trim_end_matches('/');
    let id = uuid::Uuid::new_v4().to_string();
    let mut request = Request::new(parts.method, stripped.to_owned(), read(body).await, id);
    request.segments = stripped.split('/').skip(1).map(decode).collect();
    request.query = Query::parse(parts.uri.query().unwrap_or_default());
    request.headers = parts.headers;
    server.call(request).await
}

fn decode(segment: &str) -> Option<String> {
    percent_decode_str(segment).decode_utf8().ok().map(|decoded| decoded.into_owned())
}

/// The path without empty segments.
fn clean(path: &str) -> String {
    let segments = path.split('/').filter(|segment| !segment.is_empty());
    let slash = if path.ends_with('/') { "/" } else { "" };
    let clean: String = segments.map(|segment| format!("/{segment}")).collect();
    if clean.is_empty() { "/".into() } else { clean + slash }
}

/// Reads a body as far as any handler looks at it.
async fn read(mut body: Body) -> Result<Bytes, Unreadable> {
    let mut bytes = BytesMut::new();
    let mut length = 0;
    while let Some(frame) = body.frame().await {
        // What was cut short may still read as a whole document, and must not be taken for one.
        let frame = frame.map_err(|_| Unreadable::Interrupted)?;
        let Some(data) = frame.data_ref() else { continue };
        length += data.len();
        if length <= MAX_BODY_BYTES {
            bytes.extend_from_slice(data);
        }
        if length > MAX_DRAINED_BYTES {
            break;
        }
    }
    if length > MAX_BODY_BYTES { Err(Unreadable::TooLarge) } else { Ok(bytes.freeze()) }
}

fn redirect(path: &str, query: Option<&str>) -> Outgoing {
    let location = query.map_or_else(|| path.to_owned(), |query| format!("{path}?{query}"));
    let location = utf8_percent_encode(&location, &NOT_IN_A_URL).to_string();
    let mut response = status(StatusCode::MOVED_PERMANENTLY);
    if let Ok(location) = header::HeaderValue::from_str(&location) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    response
}

fn status(status: StatusCode) -> Outgoing {
    let mut response = Outgoing::new(Body::empty());
    *response.status_mut() = status;
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn empty_segments_are_cleaned_away() {
        for (path, cleaned) in [("//", "/"), ("//tyk//keys", "/tyk/keys"), ("/tyk/keys//", "/tyk/keys/")] {
            assert_eq!(clean(path), cleaned);
        }
    }

    #[test]
    fn a_redirect_is_percent_encoded_and_leads_to_no_other_host() {
        for (path, query, location) in [
            ("/a\"<>`{}|^", None, "/a%22%3C%3E%60%7B%7D%7C%5E"),
            ("/\\evil.example/x", None, "/%5Cevil.example/x"),
            ("/a%2Fb", Some("x=\"%20"), "/a%2Fb?x=%22%20"),
            ("/é", None, "/%C3%A9"),
        ] {
            assert_eq!(redirect(path, query).headers()[header::LOCATION], location);
        }
    }
}
