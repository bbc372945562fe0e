//! API Gateway's event of an HTTP API, payload format 2.0: any event becomes a request, and the
//! response an answer.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use serde::Serialize;
use serde_json::Value;

use super::function::{Route, WITH_SLASH};
use super::request::{Query, Request, Response, Unreadable, encode_path};

/// The request in an event for one of `routes`, which Lambda calls `id`; `None` when it is not an
/// event of an HTTP API. API Gateway has already decoded the path and its parameters, but not the
/// query.
pub(crate) fn request(routes: &[Route], mut event: Value, id: String) -> Option<Request> {
    let body = body(&mut event);
    let method = Method::from_bytes(event["requestContext"]["http"]["method"].as_str()?.as_bytes()).ok()?;
    let (stage, path) = split_stage(&event)?;
    let params = params(&event);
    let rendered = route(routes, &event, (method.as_str(), path), &params);
    let (base, path) = rendered.as_deref().and_then(|rendered| split_base(path, rendered)).unwrap_or(("", path));
    let base = format!("{stage}{base}");
    let rest = rest(&event, &params);
    let path = if rest == Some("") { path.trim_end_matches('/') } else { path };
    let mut request = Request::new(method, path.to_owned(), body, id);
    request.goes_on = rest.is_some_and(|rest| !rest.is_empty());
    request.base = encode_path(base.split('/').skip(1));
    request.is_whole = routes.is_empty() || rendered.is_some();
    request.query = Query::parse(event["rawQueryString"].as_str().unwrap_or_default());
    request.headers = headers(&event);
    request.params = params;
    Some(request)
}

/// Splits a path into its stage, if it begins with one, and the rest. On API Gateway's own host
/// names a named stage is the first segment; on other host names there is none. `None` when the
/// event has no path.
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

/// Splits a path that ends with `rendered` before that: what precedes it is the base path of a host
/// name.
fn split_base<'a>(path: &'a str, rendered: &str) -> Option<(&'a str, &'a str)> {
    let base = path.strip_suffix(rendered)?;
    Some(path.split_at(base.len()))
}

/// The path of the route that API Gateway chose or, if it names none of these, of the route that
/// fits the method and the path; `None` when a parameter is missing.
fn route(
    routes: &[Route],
    event: &Value,
    (method, path): (&str, &str),
    params: &BTreeMap<String, String>,
) -> Option<String> {
    let chosen = event["routeKey"].as_str().and_then(|chosen| chosen.split_once(' '));
    let chosen = chosen.filter(|(of, _)| [method, "ANY"].contains(of)).map(|(_, path)| path);
    let is_chosen =
        |route: &&Route| chosen.is_some_and(|path| path == route.path || Some(path) == route.with_slash().as_deref());
    let mut of_method = routes.iter().filter(|route| route.method == method);
    match of_method.clone().find(is_chosen).and(chosen) {
        Some(path) => render(path, params),
        None => of_method.find_map(|route| render(route.path, params).filter(|rendered| path.ends_with(rendered))),
    }
}

/// What follows the route's path and a slash; `None` when API Gateway chose the path without slash.
fn rest<'a>(event: &Value, params: &'a BTreeMap<String, String>) -> Option<&'a str> {
    let is_slash = event["routeKey"].as_str().is_some_and(|route| route.ends_with(WITH_SLASH));
    is_slash.then(|| params.get("proxy").map_or("", String::as_str))
}

fn params(event: &Value) -> BTreeMap<String, String> {
    let params = event["pathParameters"].as_object().into_iter().flatten();
    params.filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned()))).collect()
}

/// The path of a template with these parameters; `None` when one is missing or empty. A rest
/// parameter may be empty.
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

/// The headers, without those that HTTP does not allow.
fn headers(event: &Value) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in event["headers"].as_object().into_iter().flatten() {
        let name = HeaderName::from_bytes(name.as_bytes()).ok();
        let value = value.as_str().and_then(|value| HeaderValue::from_str(value).ok());
        // A full map drops the rest; API Gateway passes on 10 KB at most.
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

/// A response in the form that API Gateway expects.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct EventResponse {
    status_code: u16,
    headers: BTreeMap<String, String>,
    body: String,
    is_base64_encoded: bool,
}

impl From<Response> for EventResponse {
    fn from(response: Response) -> Self {
        let (parts, body) = response.into_parts();
        let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
        let headers = parts.headers.iter().map(|(name, value)| (name.to_string(), text(value))).collect();
        Self { status_code: parts.status.as_u16(), headers, body, is_base64_encoded: false }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    const ROUTES: [Route; 2] =
        [Route { method: "POST", path: "/tyk/keys" }, Route { method: "POST", path: "/tyk/keys/{keyName}" }];

    fn event(route: &str, path: &str, params: Value) -> Value {
        json!({
            "routeKey": route, "rawPath": path, "pathParameters": params,
            "requestContext": {"http": {"method": "POST"}, "stage": "prod", "domainName": "a.execute-api.b"},
        })
    }

    fn read(event: Value) -> Request {
        request(&ROUTES, event, String::new()).unwrap()
    }

    #[test]
    fn what_precedes_a_route_is_its_base() {
        for (path, base) in
            [("/prod/tyk/keys/a", "/prod"), ("/tyk/keys/a", ""), ("/prod/b c/tyk/keys/a", "/prod/b%20c")]
        {
            let request = read(event("POST /tyk/keys/{keyName}", path, json!({"keyName": "a"})));
            assert_eq!((request.base.as_str(), request.path.as_str()), (base, "/tyk/keys/a"));
            assert!(request.is_whole);
        }
    }

    #[test]
    fn a_trailing_slash_is_dropped_and_more_than_that_goes_on() {
        for (path, params, read_path, goes_on) in [
            ("/prod/tyk/keys/a/", json!({"keyName": "a", "proxy": ""}), "/tyk/keys/a", false),
            ("/prod/tyk/keys/a/", json!({"keyName": "a"}), "/tyk/keys/a", false),
            ("/prod/tyk/keys/a/b", json!({"keyName": "a", "proxy": "b"}), "/tyk/keys/a/b", true),
            ("/prod/tyk/keys/a/b/", json!({"keyName": "a", "proxy": "b/"}), "/tyk/keys/a/b/", true),
        ] {
            let request = read(event("POST /tyk/keys/{keyName}/{proxy+}", path, params));
            assert_eq!((request.base.as_str(), request.path.as_str()), ("/prod", read_path));
            assert_eq!((request.is_whole, request.goes_on), (true, goes_on), "{path}");
            assert_eq!(request.param("keyName"), "a");
        }
    }

    #[test]
    fn a_path_is_not_whole_without_its_parameters_whatever_route_is_named() {
        for (route, path, params, is_whole) in [
            ("POST /tyk/keys/{keyName}", "/tyk/keys/a", json!({}), false),
            ("POST /tyk/keys/{keyName}", "/tyk/keys/a", json!({"keyName": ""}), false),
            ("POST /tyk/keys/{keyName}", "/tyk/keys/a", json!({"keyName": 1}), false),
            ("POST /tyk/keys", "/tyk/keys", Value::Null, true),
            ("ANY /tyk/keys", "/tyk/keys", Value::Null, true),
            ("$default", "/tyk/keys", Value::Null, true),
            ("$default", "/tyk/keys/a", Value::Null, false),
            ("$default", "/tyk/keys/a", json!({"keyName": "a"}), true),
            ("GET /tyk/keys", "/tyk/keys/a", Value::Null, false),
        ] {
            assert_eq!(read(event(route, path, params.clone())).is_whole, is_whole, "{route} {path} {params}");
        }
    }

    fn body_of(request: &Request) -> &[u8] {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(request.body()).unwrap()
    }

    proptest! {
        #[test]
        fn any_texts_in_an_event_make_a_request(text in any::<String>(), other in any::<String>(), encoded: bool) {
            let mut event = event(&text, &other, json!({"keyName": text.clone(), text.clone(): other.clone()}));
            event["headers"] = json!({text.clone(): other.clone(), "host": text.clone()});
            event["rawQueryString"] = text.clone().into();
            event["requestContext"]["stage"] = other.clone().into();
            event["body"] = text.clone().into();
            event["isBase64Encoded"] = encoded.into();
            let request = read(event);
            prop_assert!(HeaderValue::from_str(&request.address()).is_ok());
            prop_assert!(encoded || body_of(&request) == text.as_bytes());
        }
    }
}
