//! Requests to a service, with the admin secret in the header that each dialect expects.

use std::time::Duration;

use http::header::{AUTHORIZATION, CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::redirect::Policy;
use reqwest::{Client, Url};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::connection::Target;
use super::failure::Failure;
use super::output;

const CONNECT: Duration = Duration::from_secs(10);
/// Longer than any request may take in the service.
const ANSWER: Duration = Duration::from_secs(60);
/// How often a request that may be repeated is sent while the service is too busy to answer.
const ATTEMPTS: u32 = 3;
/// The pause before the second attempt.
const PAUSE: Duration = Duration::from_millis(500);

/// What is encoded in a part of a path.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// A service at a URL.
pub(super) struct Service {
    http: Client,
    url: Url,
    bearer: HeaderValue,
    tyk: HeaderValue,
}

/// A request before it is sent.
pub(super) struct Call {
    method: Method,
    url: Url,
    headers: HeaderMap,
    body: Option<Vec<u8>>,
    /// Whether it may be sent again if it is not known what became of it.
    repeatable: bool,
}

/// An answer that reports success.
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) text: String,
}

impl Service {
    /// The service at this target.
    pub(super) fn new(target: &Target) -> Result<Self, Failure> {
        let http = Client::builder()
            .user_agent(concat!("latchkey/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(CONNECT)
            .timeout(ANSWER)
            // A redirect could carry the secret to another service.
            .redirect(Policy::none())
            .build()
            .map_err(|error| Failure::usage(format!("no HTTP client: {}", reason(&error))))?;
        let header = |text: &str| {
            let mut value =
                HeaderValue::from_str(text).map_err(|_| Failure::usage("no header can carry the secret"))?;
            value.set_sensitive(true);
            Ok::<_, Failure>(value)
        };
        let bearer = header(&format!("Bearer {}", target.secret))?;
        Ok(Self { http, url: target.url.clone(), bearer, tyk: header(&target.secret)? })
    }

    /// A request to the gate, or to Requesty's dialect.
    pub(super) fn gate(&self, method: Method, path: &[&str]) -> Result<Call, Failure> {
        self.call(method, path, AUTHORIZATION, &self.bearer)
    }

    /// A request to Tyk's dialect.
    pub(super) fn tyk(&self, method: Method, path: &[&str]) -> Result<Call, Failure> {
        self.call(method, path, HeaderName::from_static("x-tyk-authorization"), &self.tyk)
    }

    fn call(&self, method: Method, path: &[&str], name: HeaderName, secret: &HeaderValue) -> Result<Call, Failure> {
        // URLs have no such parts: they would name another path.
        if path.iter().any(|part| matches!(*part, "" | "." | "..")) {
            return Err(Failure::usage("the name must not be empty, . or .."));
        }
        let mut url = self.url.clone();
        let parts = path.iter().map(|part| utf8_percent_encode(part, ENCODED).to_string());
        let path = parts.collect::<Vec<_>>().join("/");
        url.set_path(&format!("{}/{path}", self.url.path().trim_end_matches('/')));
        let headers = HeaderMap::from_iter([(name, secret.clone())]);
        let repeatable = method == Method::GET || method == Method::PUT;
        Ok(Call { method, url, headers, body: None, repeatable })
    }

    /// Sends a request. One that may be repeated is sent again if its answer is lost, or says that
    /// the service is busy.
    pub(super) async fn send(&self, call: &Call) -> Result<Answer, Failure> {
        let mut attempt = 1;
        loop {
            let (failure, again) = match self.attempt(call).await {
                Ok(answer) if answer.status.is_success() => {
                    answer
                        .headers
                        .get_all("latchkey-warning")
                        .iter()
                        .filter_map(|value| value.to_str().ok())
                        .for_each(|warning| output::note(&format!("warning: {}", output::printable(warning))));
                    return Ok(answer);
                }
                Ok(answer) => {
                    let busy = answer.status.is_server_error() && answer.headers.contains_key(RETRY_AFTER);
                    (Failure::of(&answer), busy)
                }
                Err(error) => (unanswered(&call.url, &error), !error.is_connect()),
            };
            if !again || !call.repeatable || attempt == ATTEMPTS {
                return Err(failure);
            }
            tokio::time::sleep(PAUSE * attempt).await;
            attempt += 1;
        }
    }

    async fn attempt(&self, call: &Call) -> Result<Answer, reqwest::Error> {
        let mut request = self.http.request(call.method.clone(), call.url.clone()).headers(call.headers.clone());
        if let Some(body) = &call.body {
            request = request.body(body.clone());
        }
        let response = request.send().await?;
        let (status, headers) = (response.status(), response.headers().clone());
        Ok(Answer { status, headers, text: response.text().await? })
    }
}

impl Call {
    /// Adds a parameter, if it has a value.
    pub(super) fn query(mut self, name: &str, value: Option<impl AsRef<str>>) -> Self {
        if let Some(value) = value {
            self.url.query_pairs_mut().append_pair(name, value.as_ref());
        }
        self
    }

    /// Adds a header.
    pub(super) fn header(mut self, name: &'static str, value: &str) -> Result<Self, Failure> {
        let value = HeaderValue::from_str(value);
        let value = value.map_err(|_| Failure::usage(format!("no header can carry this {name}")))?;
        self.headers.insert(HeaderName::from_static(name), value);
        Ok(self)
    }

    /// Makes the service answer a repetition with the first answer.
    pub(super) fn idempotent(mut self, key: &str) -> Result<Self, Failure> {
        self.repeatable = true;
        self.header("idempotency-key", key)
    }

    /// Sets the body, which is JSON.
    pub(super) fn json(mut self, body: &impl Serialize) -> Result<Self, Failure> {
        self.body = Some(serde_json::to_vec(body).map_err(Failure::usage)?);
        self.headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        Ok(self)
    }

    /// The same request for the next page, which must be on the same service.
    pub(super) fn at(&self, next: &str) -> Result<Self, Failure> {
        let url = self.url.join(next).map_err(|_| Failure::unexpected())?;
        if url.origin() != self.url.origin() {
            return Err(Failure::unexpected());
        }
        Ok(Self { method: self.method.clone(), url, headers: self.headers.clone(), body: None, repeatable: true })
    }

    /// Sets the parameter `limit` in place of any before.
    pub(super) fn limited(mut self, limit: usize) -> Self {
        let pairs = self.url.query_pairs().filter(|(name, _)| name != "limit");
        let pairs: Vec<_> = pairs.map(|(name, value)| (name.into_owned(), value.into_owned())).collect();
        self.url.query_pairs_mut().clear().extend_pairs(pairs).append_pair("limit", &limit.to_string());
        self
    }
}

impl Answer {
    /// Reads the body.
    pub(super) fn read<T: DeserializeOwned>(&self) -> Result<T, Failure> {
        serde_json::from_str(&self.text).map_err(|_| Failure::unexpected())
    }

    /// The address of the next page, if there is one.
    pub(super) fn next(&self) -> Option<&str> {
        let links = self.headers.get_all(http::header::LINK).iter().filter_map(|link| link.to_str().ok());
        links.filter_map(|link| link.strip_suffix(r#">; rel="next""#)?.strip_prefix('<')).next()
    }
}

/// A request without an answer. The path, which may hold a token, is not repeated.
fn unanswered(url: &Url, error: &reqwest::Error) -> Failure {
    Failure::Unavailable(format!("{}: {}", url.origin().ascii_serialization(), reason(error)))
}

/// The innermost cause, without the URL.
fn reason(error: &reqwest::Error) -> String {
    if error.is_timeout() {
        return "timed out".into();
    }
    let mut cause: &dyn std::error::Error = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    match cause.downcast_ref::<reqwest::Error>() {
        Some(_) => "the answer is incomplete".into(),
        None => cause.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn service(url: &str) -> Service {
        Service::new(&Target { url: Url::parse(url).unwrap(), secret: "s".into() }).unwrap()
    }

    #[test]
    fn a_name_stays_one_part_of_the_path_and_the_base_path_is_kept() {
        let call = service("https://example.org/base/").tyk(Method::GET, &["tyk", "keys", "a/b?c#d%e f"]).unwrap();
        assert_eq!(call.url.as_str(), "https://example.org/base/tyk/keys/a%2Fb%3Fc%23d%25e%20f");
        for name in ["", ".", ".."] {
            assert!(service("https://example.org").tyk(Method::GET, &["tyk", "keys", name]).is_err());
        }
    }

    #[test]
    fn the_next_page_is_on_the_same_service() {
        let call = service("https://example.org/base").gate(Method::GET, &["v1", "keys"]).unwrap();
        let next = call.at("/base/v1/keys?limit=5&cursor=abc").unwrap().limited(7);
        assert_eq!(next.url.as_str(), "https://example.org/base/v1/keys?cursor=abc&limit=7");
        for other in ["https://example.com/v1/keys", "//example.com/", "http://example.org/v1/keys"] {
            assert!(call.at(other).is_err(), "{other}");
        }
    }
}
