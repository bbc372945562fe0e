//! API Gateway's event of an HTTP API, payload format 2.0: read into a request, whatever it holds, and answered.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use serde::Serialize;
use serde_json::Value;

use crate::function::Route;
use crate::request::{Query, Request, Response, Unreadable, encode_path};

/// The request that an event for one of `routes` holds, which Lambda calls `id`; `None` when it is no event of an HTTP
/// API. API Gateway has decoded the path and its parameters already; the query it leaves as sent.
pub(crate) fn request(routes: &[Route], mut event: Value, id: String) -> Option<Request> {
    let body = body(&mut event);
    let method = Method::from_bytes(event["requestContext"]["http"]["method"].as_str()?.as_bytes()).ok()?;
    let (stage, path) = split_stage(&event)?;
    let params = params(&event);
    let route = route(routes, &event, method.as_str());
    let rendered = route.and_then(|route| render(route.path, &params));
    let (base, path) = match rendered.as_deref().and_then(|rendered| split_base(path, rendered)) {
        Some((base, path)) => (format!("{stage}{base}"), path),
        None => (stage.to_owned(), path),
    };
    let mut request = Request::new(method, path.to_owned(), body, id);
    request.base = encode_path(base.split('/').skip(1));
    request.is_whole = route.is_none() || rendered.is_some();
    request.query = Query::parse(event["rawQueryString"].as_str().unwrap_or_default());
    request.headers = headers(&event);
    request.params = params;
    Some(request)
}

/// Splits a path into its stage, if it begins with one, and the rest. API Gateway's own host names have a named stage
/// as first segment; other host names have none. `None` when the event has no path.
#[must_use]
pub fn split_stage(event: &Value) -> Option<(&str, &str)> {
    let (path, context) = (event["rawPath"].as_str()?, &event["requestContext"]);
    let own_host = context["domainName"].as_str().is_some_and(|host| host.contains(".execute-api."));
    let stage = context["stage"].as_str().filter(|stage| own_host && *stage != "$default");
    let rest = stage.and_then(|stage| path.strip_prefix('/')?.strip_prefix(stage));
    Some(match rest {
        Some("") => (path, "/"),
        Some(rest) if rest.starts_with('/') => path.split_at(path.len() - rest.len()),
        _ => ("", path),
    })
}

/// Splits a path before `rendered`, where it ends with that: what precedes it is the base path of a host name.
fn split_base<'a>(path: &'a str, rendered: &str) -> Option<(&'a str, &'a str)> {
    let base = path.strip_suffix(rendered)?;
    Some(path.split_at(base.len()))
}

/// The route that API Gateway chose; where it names none of these, the one of this method with just the event's
/// parameters.
fn route<'a>(routes: &'a [Route], event: &Value, method: &str) -> Option<&'a Route> {
    let chosen = event["routeKey"].as_str().and_then(|chosen| chosen.split_once(' '));
    let is_chosen =
        |route: &&Route| chosen.is_some_and(|(of, path)| path == route.path && [method, "ANY"].contains(&of));
    let mut of_method = routes.iter().filter(|route| route.method == method);
    of_method.clone().find(is_chosen).or_else(|| of_method.find(|route| render(route.path, &params(event)).is_some()))
}

fn params(event: &Value) -> BTreeMap<String, String> {
    let params = event["pathParameters"].as_object().into_iter().flatten();
    params.filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned()))).collect()
}

/// The path of a template with these parameters; `None` when one is missing or empty. The rest of a path may be empty.
fn render(template: &str, params: &BTreeMap<String, String>) -> Option<String> {
    let mut path = String::new();
    for part in template.split('/').skip(1) {
        path.push('/');
        path.push_str(match part.strip_prefix('{').and_then(|part| part.strip_suffix('}')) {
            None => part,
            Some(name) => match name.strip_suffix('+') {
                Some(rest) => params.get(rest).map_or("", String::as_str),
                None => params.get(name).filter(|value| !value.is_empty())?,
            },
        });
    }
    Some(path)
}

/// The headers; those that HTTP does not have are left out.
fn headers(event: &Value) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in event["headers"].as_object().into_iter().flatten() {
        let name = HeaderName::from_bytes(name.as_bytes()).ok();
        let value = value.as_str().and_then(|value| HeaderValue::from_str(value).ok());
        // A map that takes no more leaves out the rest: API Gateway passes on 10 KB at most.
        let _taken = name.zip(value).map(|(name, value)| headers.try_append(name, value));
    }
    headers
}

fn body(event: &mut Value) -> Result<Bytes, Unreadable> {
    let encoded = event["isBase64Encoded"] == true;
    match event.get_mut("body").map(Value::take) {
        Some(Value::String(body)) if encoded => {
            STANDARD.decode(body).map(Bytes::from).map_err(|_| Unreadable::Undecodable)
        }
        Some(Value::String(body)) => Ok(body.into()),
        _ => Ok(Bytes::new()),
    }
}

/// A response as API Gateway takes it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Answer {
    status_code: u16,
    headers: BTreeMap<String, String>,
    body: String,
    is_base64_encoded: bool,
}

impl From<Response> for Answer {
    fn from(response: Response) -> Self {
        let (parts, body) = response.into_parts();
        let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
        let headers = parts.headers.iter().map(|(name, value)| (name.to_string(), text(value))).collect();
        Self { status_code: parts.status.as_u16(), headers, body, is_base64_encoded: false }
    }
}
