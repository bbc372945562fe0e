//! API Gateway's choice of a route, made here as its documentation describes it: whatever it hands to a function is
//! answered as the local server answers it.

use std::collections::{BTreeMap, BTreeSet};

use latchkey_functions::router::{self, Routed};
use latchkey_functions::table::{FUNCTIONS, ROUTES};
use latchkey_harness::{ADMIN, Reply, TestServer};
use latchkey_shared::runtime::function::Function;
use serde_json::{Value, json};

use crate::cloud::{Cloud, Process};
use crate::event::Event;

/// A route of the HTTP API, as the template has it.
struct ApiRoute {
    function: &'static Function,
    method: &'static str,
    path: String,
}

fn api_routes() -> Vec<ApiRoute> {
    let routes = FUNCTIONS.into_iter().flat_map(|function| {
        function.routes.iter().flat_map(move |route| {
            let paths = std::iter::once(route.path.to_owned()).chain(route.with_slash());
            paths.map(move |path| ApiRoute { function, method: route.method, path })
        })
    });
    routes.collect()
}

/// How well a route's path matches: without a rest before with one, then by the number of equal segments.
type Fit = (bool, usize);

impl ApiRoute {
    /// The parameters of this path, and how well it matches.
    fn matched(&self, segments: &[&str]) -> Option<(Fit, BTreeMap<String, String>)> {
        let (mut params, mut equal) = (BTreeMap::new(), 0);
        for (at, part) in self.path.split('/').skip(1).enumerate() {
            match part.strip_prefix('{').and_then(|part| part.strip_suffix('}')) {
                Some(name) if name.ends_with('+') => {
                    params.insert(name.trim_end_matches('+').to_owned(), segments.get(at..)?.join("/"));
                    return (segments.len() > at).then_some(((false, equal), params));
                }
                Some(name) => {
                    params.insert(name.to_owned(), segments.get(at).filter(|segment| !segment.is_empty())?.to_string());
                }
                None if segments.get(at) == Some(&part) => equal += 1,
                None => return None,
            }
        }
        (self.path.split('/').skip(1).count() == segments.len()).then_some(((true, equal), params))
    }
}

/// The function that gets the request, and its event.
fn handed_over(routes: &[ApiRoute], method: &'static str, path: &str) -> (&'static str, Value) {
    let segments: Vec<_> = path.split('/').skip(1).collect();
    let of_method = routes.iter().filter(|route| route.method == method);
    let fitting = of_method.filter_map(|route| Some((route.matched(&segments)?, route)));
    let mut event = Event::unrouted(method, path).bearer(ADMIN).to_json();
    let Some(((_, params), route)) = fitting.max_by_key(|((fit, _), _)| *fit) else { return ("unrouted", event) };
    event["routeKey"] = format!("{method} {}", route.path).into();
    event["requestContext"]["routeKey"] = event["routeKey"].clone();
    if !params.is_empty() {
        event["pathParameters"] = json!(params);
    }
    (route.function.name, event)
}

/// The same event under a stage with a name.
fn staged(event: &Value) -> Value {
    let mut event = event.clone();
    event["requestContext"]["stage"] = "prod".into();
    event["rawPath"] = format!("/prod{}", event["rawPath"].as_str().unwrap()).into();
    event
}

/// The paths of all routes, and paths near them: longer ones, and names where the table has a fixed word.
fn paths() -> BTreeSet<String> {
    let filled = |path: &str, name: &str| {
        let parts = path.split('/').skip(1).map(|part| if part.starts_with('{') { name } else { part });
        parts.fold(String::new(), |path, part| path + "/" + part)
    };
    let routes = FUNCTIONS.into_iter().flat_map(|function| function.routes);
    let exact: BTreeSet<_> = routes.flat_map(|route| ["abc", "policy"].map(|name| filled(route.path, name))).collect();
    let near = |path: &String| {
        let longer = ["", "/", "/x", "/x/", "/x/y", "//", "//x"].map(|rest| format!("{path}{rest}"));
        longer.into_iter().chain([format!("/{path}")])
    };
    exact.iter().flat_map(near).collect()
}

/// Whether a route of the local server takes the request; it reads a path without the slash at its end, and redirects
/// from one with empty segments.
fn exists_locally(method: &str, path: &str) -> bool {
    if path.contains("//") {
        return false;
    }
    let segments: Vec<_> = path.trim_end_matches('/').split('/').skip(1).map(str::to_owned).collect();
    matches!(router::find(&ROUTES, method, &segments), Routed::To(..))
}

/// Whether the path is that of a user: API Gateway decodes `%2F`, so to a function it looks the same as a slash.
fn is_a_user_with_a_slash(path: &str) -> bool {
    path.split_once("/users/").is_some_and(|(_, user)| user.contains('/'))
}

const METHODS: [&str; 6] = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

/// What a client sees of an answer.
fn seen(reply: &Reply) -> (u16, Option<&str>, &str) {
    let location = reply.headers.get("location").map(|location| location.to_str().unwrap());
    let location = location.map(|location| location.strip_prefix("/prod").unwrap_or(location));
    (reply.status, location, &reply.text)
}

#[tokio::test]
async fn what_does_not_exist_locally_does_not_exist_behind_the_gateway_either() {
    let (cloud, server, routes) = (Cloud::start().await, TestServer::start().await, api_routes());
    let mut processes: BTreeMap<&str, Process> = BTreeMap::new();
    let (mut compared, mut caught, mut different) = (0, 0, Vec::new());
    for path in paths() {
        for method in METHODS {
            let headers = [("X-Tyk-Authorization", ADMIN), ("Authorization", &format!("Bearer {ADMIN}"))];
            if exists_locally(method, &path) || is_a_user_with_a_slash(&path) {
                continue;
            }
            let (name, event) = handed_over(&routes, method, &path);
            if !processes.contains_key(name) {
                processes.insert(name, cloud.function(name).await);
            }
            let local = server.send(method, &path, &headers, ()).await;
            for event in [staged(&event), event] {
                let answered = processes.get_mut(name).unwrap().call_json(event).await;
                if seen(&answered) != seen(&local) {
                    let (answered, local) = (seen(&answered), seen(&local));
                    different.push(format!("{method} {path} by {name}: {answered:?}, locally {local:?}"));
                }
            }
            compared += 1;
            caught += usize::from(name != "unrouted");
        }
    }
    assert!(different.is_empty(), "{different:#?}");
    assert!(compared > 500 && caught > 50, "{compared} compared, {caught} of them by a route with a rest");
}
