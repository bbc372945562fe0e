//! The request as a handler sees it, the same from API Gateway and from the local server.

use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::{Mutex, PoisonError};

use bytes::Bytes;
use http::{HeaderMap, Method};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use tokio::sync::OnceCell;

use super::deadline::Deadline;
use crate::telemetry;

/// The largest request body that is read, in bytes.
pub const MAX_BODY_BYTES: usize = 1024 * 1024;

/// The most bytes that a list may add to a response, well below Lambda's limit of 6 MB.
pub const MAX_LISTED_BYTES: usize = 4_000_000;

/// What is percent-encoded in a segment of a path: all but RFC 3986's unreserved characters and
/// harmless ones.
const SEGMENT: AsciiSet = NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b':')
    .remove(b'@')
    .remove(b'!')
    .remove(b'$')
    .remove(b'*')
    .remove(b'+')
    .remove(b',')
    .remove(b';')
    .remove(b'=');

/// A reply, ready to be sent.
pub type Response = http::Response<String>;

/// A body that is still arriving, or why it cannot be read.
pub type Incoming = Pin<Box<dyn Future<Output = Result<Bytes, Unreadable>> + Send>>;

/// A request whose path and query are percent-decoded once.
pub struct Request {
    /// The method, as sent.
    pub method: Method,
    /// The path without the query and without what precedes the API's own paths, as the platform
    /// hands it over.
    pub path: String,
    /// What precedes the API's own paths in the caller's: a stage or a base path, percent-encoded;
    /// usually empty.
    pub base: String,
    /// The path's segments, decoded; `None` when they cannot be.
    pub segments: Option<Vec<String>>,
    /// The decoded path parameters by the names of the route's template.
    pub params: BTreeMap<String, String>,
    /// Whether the platform gave a value for each parameter of the route's template. If not,
    /// nothing is done.
    pub is_whole: bool,
    /// Whether API Gateway chose a route that the path is not of: one with a greedy parameter also
    /// takes paths that do not exist, longer ones or those where nothing is left for the parameter.
    pub is_stray: bool,
    /// The decoded query parameters in the order sent.
    pub query: Query,
    /// The headers.
    pub headers: HeaderMap,
    /// The platform's id of this request, for logs and audit records.
    pub id: String,
    /// The route that took it, for logs; `None` if none did.
    pub route: Option<telemetry::Route>,
    /// When work for it ends.
    pub deadline: Deadline,
    body: OnceCell<Result<Bytes, Unreadable>>,
    /// Reads the body once a handler asks for it.
    incoming: Mutex<Option<Incoming>>,
}

/// Why a body cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// It is larger than [`MAX_BODY_BYTES`].
    #[error("the body has more than {MAX_BODY_BYTES} bytes")]
    TooLarge,
    /// The sender stopped before the end.
    #[error("the body was interrupted")]
    Interrupted,
    /// It is encoded, and cannot be decoded.
    #[error("the body cannot be decoded")]
    Undecodable,
}

impl Request {
    /// A request that arrives now, with a decoded path and without path parameters, query or
    /// headers.
    #[must_use]
    pub fn new(method: Method, path: String, body: Result<Bytes, Unreadable>, id: String) -> Self {
        Self {
            method,
            segments: Some(path.split('/').skip(1).map(str::to_owned).collect()),
            path,
            base: String::new(),
            params: BTreeMap::new(),
            is_whole: true,
            is_stray: false,
            query: Query::default(),
            headers: HeaderMap::new(),
            id,
            route: None,
            deadline: Deadline::from_now(),
            body: OnceCell::new_with(Some(body)),
            incoming: Mutex::default(),
        }
    }

    /// The same request with a body that is read only when a handler needs it, so that an early
    /// refusal need not wait.
    #[must_use]
    pub fn with_incoming(self, incoming: Incoming) -> Self {
        Self { body: OnceCell::new(), incoming: Mutex::new(Some(incoming)), ..self }
    }

    /// The body's bytes, read at the first call.
    ///
    /// # Errors
    /// When it is larger than [`MAX_BODY_BYTES`], incomplete, or not decodable.
    pub async fn body(&self) -> Result<&[u8], Unreadable> {
        let read = self.body.get_or_init(async || {
            let incoming = self.incoming.lock().unwrap_or_else(PoisonError::into_inner).take();
            // A reader that was dropped halfway took the rest of the body with it.
            incoming.ok_or(Unreadable::Interrupted)?.await
        });
        match read.await {
            Ok(body) if body.len() > MAX_BODY_BYTES => Err(Unreadable::TooLarge),
            Ok(body) => Ok(body),
            Err(unreadable) => Err(*unreadable),
        }
    }

    /// The path as the caller sees it, percent-encoded, for links in responses.
    #[must_use]
    pub fn address(&self) -> String {
        let segments = self.segments.as_deref().unwrap_or_default();
        format!("{}{}", self.base, encode_path(segments.iter().map(String::as_str)))
    }

    /// The path parameter `name`; empty when the route has none of that name.
    #[must_use]
    pub fn param(&self, name: &str) -> &str {
        self.params.get(name).map_or("", String::as_str)
    }

    /// The first value of the header `name`; `None` when it is absent or not visible ASCII.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }
}

/// The path of these segments, percent-encoded.
pub fn encode_path<'a>(segments: impl Iterator<Item = &'a str>) -> String {
    segments.map(|segment| format!("/{}", utf8_percent_encode(segment, &SEGMENT))).collect()
}

/// How many bytes a text takes up in Lambda's response, where it is a JSON string.
#[must_use]
pub fn bytes_in_answer(text: &str) -> usize {
    let bytes = text.bytes().map(|byte| match byte {
        b'"' | b'\\' | b'\n' | b'\r' | b'\t' | 0x08 | 0x0c => 2,
        ..0x20 => 6,
        _ => 1,
    });
    bytes.sum()
}

/// The query parameters of a request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query(Vec<(String, String)>);

impl<'a> FromIterator<(&'a str, &'a str)> for Query {
    fn from_iter<T: IntoIterator<Item = (&'a str, &'a str)>>(parameters: T) -> Self {
        Self(parameters.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
    }
}

impl Query {
    /// Parses an encoded query string, without its question mark.
    #[must_use]
    pub fn parse(query: &str) -> Self {
        Self(form_urlencoded::parse(query.as_bytes()).into_owned().collect())
    }

    /// The first value of `name`; empty when it is absent.
    #[must_use]
    pub fn get(&self, name: &str) -> &str {
        self.value(name).unwrap_or_default()
    }

    /// Every value of `name`, in the order sent.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The first value of `name`, which may be empty; `None` when it is absent.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The names of the parameters, in the order sent.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(name, _)| name.as_str())
    }

    /// The parameters as a query string, with a question mark when there are any.
    #[must_use]
    pub fn encoded(&self) -> String {
        let encoded = form_urlencoded::Serializer::new(String::new()).extend_pairs(&self.0).finish();
        if encoded.is_empty() { encoded } else { format!("?{encoded}") }
    }

    /// Encodes parameters as a query string, without a question mark; those without a value are
    /// left out.
    #[must_use]
    pub fn encode(parameters: &[(&str, &str)]) -> String {
        let given = parameters.iter().filter(|(_, value)| !value.is_empty());
        form_urlencoded::Serializer::new(String::new()).extend_pairs(given).finish()
    }

    /// Whether `name` has a value that is not empty.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        !self.get(name).is_empty()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_text_takes_as_many_bytes_as_its_json(text in any::<String>()) {
            prop_assert_eq!(bytes_in_answer(&text) + 2, serde_json::to_string(&text).unwrap().len());
        }

        #[test]
        fn any_query_is_read(query in any::<String>()) {
            let _read = Query::parse(&query);
        }

        #[test]
        fn an_encoded_path_is_a_header_that_decodes_to_its_segments(segments in prop::collection::vec(".{0,9}", 1..4)) {
            let encoded = encode_path(segments.iter().map(String::as_str));
            prop_assert!(http::HeaderValue::from_str(&encoded).is_ok());
            prop_assert!(encoded.bytes().all(|byte| byte.is_ascii_graphic() && !b"\\\"<>?#".contains(&byte)));
            let decoded: Vec<_> = encoded
                .split('/')
                .skip(1)
                .map(|segment| percent_encoding::percent_decode_str(segment).decode_utf8().unwrap().into_owned())
                .collect();
            prop_assert_eq!(decoded, segments);
        }
    }
}
