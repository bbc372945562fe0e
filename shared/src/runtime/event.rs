//! API Gateway's event of an HTTP API, payload format 2.0: any event becomes a request, and the
//! response an answer.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use serde::{Serialize, Serializer};

use super::function::{Route, WITH_SLASH};
use super::payload::{Part, Payload};
use super::request::{Query, Request, Response, Unreadable, encode_path};

/// The request in an event for one of `routes`, which Lambda calls `id`; `None` when it is not an
/// event of an HTTP API. API Gateway has already decoded the path and its parameters, but not the
/// query.
pub(crate) fn request(routes: &[Route], event: &str, id: String) -> Option<Request> {
    let event: Payload<'_> = serde_json::from_str(event).ok()?;
    let context = &event.request_context;
    let method = Method::from_bytes(context.http.method.as_bytes()).ok()?;
    let (stage, path) = split_stage(&event.raw_path, context.domain_name.text(), context.stage.text());
    let params = event.path_parameters.texts().iter().map(|(name, value)| (name.to_string(), value.to_string()));
    let (chosen, params) = (event.route_key.text(), params.collect());
    let routed = route(routes, chosen, (method.as_str(), path), &params);
    let (taken, rendered) = routed.map(|(route, path)| ((route.method, route.path), path)).unzip();
    let split = rendered.as_deref().and_then(|rendered| split_base(path, rendered));
    let (fits, (base, path)) = (split.is_some(), split.unwrap_or(("", path)));
    let base = format!("{stage}{base}");
    let (rest, is_slash) = (rest(chosen, &params), chosen.is_some_and(|chosen| chosen.ends_with(WITH_SLASH)));
    let path = if is_slash && rest == Some("") { path.trim_end_matches('/') } else { path };
    let mut request = Request::new(method, path.to_owned(), body(event.body, event.is_base64_encoded.is_true()), id);
    let is_stray = |rest: &str| if is_slash { !rest.is_empty() || !fits } else { rest.is_empty() };
    request.is_stray = rendered.is_some() && rest.is_some_and(is_stray);
    request.base = encode_path(base.split('/').skip(1));
    request.route = taken.filter(|_| !request.is_stray);
    request.is_whole = routes.is_empty() || rendered.is_some();
    request.query = Query::parse(event.raw_query_string.text().unwrap_or_default());
    request.headers = headers(&event.headers);
    request.params = params;
    Some(request)
}

/// Splits a path into its stage, if it begins with one, and the rest. On API Gateway's own host
/// names a named stage is the first segment; on other host names there is none.
#[must_use]
pub fn split_stage<'a>(path: &'a str, host: Option<&str>, stage: Option<&str>) -> (&'a str, &'a str) {
    let own_host = host.is_some_and(|host| host.contains(".execute-api."));
    let stage = stage.filter(|stage| own_host && *stage != "$default");
    let rest = stage.and_then(|stage| path.strip_prefix('/')?.strip_prefix(stage));
    match rest {
        Some("") => (path, "/"),
        Some(rest) if rest.starts_with('/') => path.split_at(path.len() - rest.len()),
        _ => ("", path),
    }
}

/// Splits a path that ends with `rendered` before that: what precedes it is the base path of a host
/// name.
fn split_base<'a>(path: &'a str, rendered: &str) -> Option<(&'a str, &'a str)> {
    let base = path.strip_suffix(rendered)?;
    Some(path.split_at(base.len()))
}

/// The route that API Gateway chose or, if it names none of these, the route that fits the method
/// and the path, with its path; `None` when a parameter is missing.
fn route<'a>(
    routes: &'a [Route],
    chosen: Option<&str>,
    (method, path): (&str, &str),
    params: &BTreeMap<String, String>,
) -> Option<(&'a Route, String)> {
    let chosen = chosen.and_then(|chosen| chosen.split_once(' '));
    let chosen = chosen.filter(|(of, _)| [method, "ANY"].contains(of)).map(|(_, path)| path);
    let is_chosen =
        |route: &&Route| chosen.is_some_and(|path| path == route.path || Some(path) == route.with_slash().as_deref());
    let mut of_method = routes.iter().filter(|route| route.method == method);
    match of_method.clone().find(is_chosen).zip(chosen) {
        Some((route, path)) => Some((route, render(path, params)?)),
        None => of_method.find_map(|route| {
            let rendered = render(route.path, params).filter(|rendered| path.ends_with(rendered));
            Some((route, rendered?))
        }),
    }
}

/// What a greedy parameter at the end of the chosen route took; `None` when the route has none.
fn rest<'a>(chosen: Option<&str>, params: &'a BTreeMap<String, String>) -> Option<&'a str> {
    let (_, last) = chosen?.rsplit_once("/{")?;
    Some(params.get(last.strip_suffix("+}")?).map_or("", String::as_str))
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
fn headers(given: &Part<'_>) -> HeaderMap {
    let mut headers = HeaderMap::with_capacity(given.texts().len().min(100));
    for (name, value) in given.texts() {
        let (name, value) = (HeaderName::from_bytes(name.as_bytes()), HeaderValue::from_str(value));
        // A full map drops the rest; API Gateway passes on 10 KB at most.
        let _taken = name.ok().zip(value.ok()).map(|(name, value)| headers.try_append(name, value));
    }
    headers
}

fn body(body: Part<'_>, is_base64: bool) -> Result<Bytes, Unreadable> {
    match body {
        Part::Text(body) if is_base64 => {
            STANDARD.decode(body.as_bytes()).map(Bytes::from).map_err(|_| Unreadable::Undecodable)
        }
        Part::Text(body) => Ok(body.into_owned().into()),
        _ => Ok(Bytes::new()),
    }
}

/// A response in the form that API Gateway expects.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct EventResponse {
    status_code: u16,
    #[serde(serialize_with = "as_texts")]
    headers: HeaderMap,
    body: String,
    is_base64_encoded: bool,
}

impl From<Response> for EventResponse {
    fn from(response: Response) -> Self {
        let (parts, body) = response.into_parts();
        Self { status_code: parts.status.as_u16(), headers: parts.headers, body, is_base64_encoded: false }
    }
}

fn as_texts<S: Serializer>(headers: &HeaderMap, serializer: S) -> Result<S::Ok, S::Error> {
    let text = |value| String::from_utf8_lossy(HeaderValue::as_bytes(value));
    serializer.collect_map(headers.iter().map(|(name, value)| (name.as_str(), text(value))))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    const ROUTES: [Route; 2] =
        [Route { method: "POST", path: "/tyk/keys" }, Route { method: "POST", path: "/tyk/keys/{keyName}" }];

    const USERS: [Route; 1] = [Route { method: "POST", path: "/users/{id+}" }];

    fn event(route: &str, path: &str, params: Value) -> Value {
        json!({
            "routeKey": route, "rawPath": path, "pathParameters": params,
            "requestContext": {"http": {"method": "POST"}, "stage": "prod", "domainName": "a.execute-api.b"},
        })
    }

    fn read(event: Value) -> Request {
        request(&ROUTES, &event.to_string(), String::new()).unwrap()
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
    fn a_trailing_slash_is_dropped_and_more_than_that_is_stray() {
        for (path, params, read_path, is_stray) in [
            ("/prod/tyk/keys/a/", json!({"keyName": "a", "proxy": ""}), "/tyk/keys/a", false),
            ("/prod/tyk/keys/a/", json!({"keyName": "a"}), "/tyk/keys/a", false),
            ("/prod/tyk/keys/a/b", json!({"keyName": "a", "proxy": "b"}), "/tyk/keys/a/b", true),
            ("/prod/tyk/keys/a/b/", json!({"keyName": "a", "proxy": "b/"}), "/tyk/keys/a/b/", true),
            ("/prod/tyk/keys/a/b", json!({"keyName": "a"}), "/tyk/keys/a/b", true),
        ] {
            let request = read(event("POST /tyk/keys/{keyName}/{proxy+}", path, params));
            assert_eq!((request.base.as_str(), request.path.as_str()), ("/prod", read_path));
            assert_eq!((request.is_whole, request.is_stray), (true, is_stray), "{path}");
            assert_eq!(request.param("keyName"), "a");
        }
    }

    #[test]
    fn a_greedy_parameter_of_the_routes_own_must_not_be_empty() {
        for (user, is_stray) in [(json!({"id": "a/b"}), false), (json!({"id": ""}), true), (json!({}), true)] {
            let event = event("POST /users/{id+}", "/users/a/b", user.clone()).to_string();
            assert_eq!(request(&USERS, &event, String::new()).unwrap().is_stray, is_stray, "{user}");
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

    #[test]
    fn a_part_of_another_type_counts_as_missing() {
        let parts = ["routeKey", "rawQueryString", "pathParameters", "headers", "body", "isBase64Encoded"];
        for odd in [json!(null), json!(true), json!(-1), json!(1.5), json!([{"a": "b"}]), json!({"a": {"b": 1}})] {
            let mut event = event("POST /tyk/keys", "/tyk/keys", json!({}));
            parts.iter().for_each(|part| event[part] = odd.clone());
            event["requestContext"]["stage"] = odd.clone();
            event["requestContext"]["domainName"] = odd.clone();
            let request = read(event);
            let is_empty = request.headers.is_empty() && request.params.is_empty() && request.query == Query::default();
            assert!(request.is_whole && is_empty && body_of(&request).is_empty(), "{odd}");
        }
    }

    #[test]
    fn an_event_without_a_path_or_a_method_is_none() {
        let whole = event("$default", "/", json!({}));
        for missing in ["/rawPath", "/requestContext", "/requestContext/http", "/requestContext/http/method"] {
            let mut event = whole.clone();
            *event.pointer_mut(missing).unwrap() = json!(1);
            assert!(request(&ROUTES, &event.to_string(), String::new()).is_none(), "{missing}");
        }
        assert!(request(&ROUTES, "{", String::new()).is_none());
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
