//! `events`: a sample event for each function. A skeleton is generated; what it sends is filled in by hand.

use latchkey_shared::runtime::function::{Function, Route, Serves};
use serde_json::{Value, json};

use crate::Error;
use crate::files::Files;
use crate::sources::FUNCTIONS;

const FOLDER: &str = "events";
const HOST: &str = "abc123def4.execute-api.eu-west-1.amazonaws.com";

/// Makes the skeletons that are missing, and returns what is wrong with the events that are there.
pub(crate) fn generate(files: &mut Files) -> Result<Vec<String>, Error> {
    let mut problems = Vec::new();
    for name in files.names(FOLDER, ".json")? {
        if !FUNCTIONS.iter().any(|function| function.name == name) {
            problems.push(format!("{FOLDER}/{name}.json: there is no function {name}"));
        }
    }
    for function in FUNCTIONS {
        let path = format!("{FOLDER}/{}.json", function.name);
        match (files.read(&path)?, function.serves) {
            (Some(text), _) => {
                let event = serde_json::from_str(&text);
                let event = event.map_err(|source| Error::Json { path: path.clone(), source })?;
                problems.extend(problem(function, &event).map(|problem| format!("{path}: {problem}")));
            }
            (None, Serves::Requests(_)) => files.set(path, Some(skeleton(function)))?,
            (None, Serves::Authorizations(_)) => problems.push(format!("{path} is missing: write one by hand")),
        }
    }
    Ok(problems)
}

/// What is wrong with the event: it must be one that API Gateway would send to this function.
fn problem(function: &Function, event: &Value) -> Option<String> {
    if matches!(function.serves, Serves::Authorizations(_)) {
        let is_of_authorizer = event["version"] == "2.0" && event["type"] == "REQUEST";
        return (!is_of_authorizer).then(|| "must be an authorizer's event of version 2.0".to_owned());
    }
    let context = &event["requestContext"];
    let method = &context["http"]["method"];
    let is_of = |route: &Route| event["routeKey"] == key(route) && *method == route.method;
    if event["routeKey"] != context["routeKey"] {
        return Some("the two `routeKey`s differ".to_owned());
    }
    let fits = match function.routes {
        [] => event["routeKey"] == "$default",
        routes => routes.iter().any(is_of),
    };
    (!fits).then(|| format!("{method} with the route {} does not reach {}", event["routeKey"], function.name))
}

fn key(route: &Route) -> String {
    format!("{} {}", route.method, route.path)
}

/// An event of the function's first route, which sends nothing yet. Each path parameter has its own name as its value.
fn skeleton(function: &Function) -> String {
    let (method, template, key) = match function.routes {
        [] => ("GET", "/", "$default".to_owned()),
        [route, ..] => (route.method, route.path, key(route)),
    };
    let mut event = request(method, &template.replace('{', "").replace("+}", "").replace('}', ""), &key);
    let (header, value) = match function.name.starts_with("tyk-") {
        true => ("x-tyk-authorization", "REPLACE-ME"),
        false => ("authorization", "Bearer REPLACE-ME"),
    };
    event["headers"][header] = value.into();
    let names = template.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
    for name in names.map(|name| name.trim_end_matches('+')) {
        event["pathParameters"][name] = name.into();
    }
    if matches!(method, "POST" | "PUT" | "PATCH") {
        event["headers"]["content-type"] = "application/json".into();
        event["body"] = "{}".into();
    }
    format!("{event:#}\n")
}

/// What API Gateway sends of any request.
fn request(method: &str, path: &str, key: &str) -> Value {
    json!({
        "version": "2.0", "routeKey": key, "rawPath": path, "rawQueryString": "",
        "headers": {
            "accept": "*/*", "host": HOST, "user-agent": "curl/8.5.0", "x-forwarded-for": "192.0.2.1",
            "x-forwarded-port": "443", "x-forwarded-proto": "https",
        },
        "requestContext": {
            "accountId": "123456789012", "apiId": "abc123def4", "domainName": HOST, "domainPrefix": "abc123def4",
            "http": {
                "method": method, "path": path, "protocol": "HTTP/1.1", "sourceIp": "192.0.2.1",
                "userAgent": "curl/8.5.0",
            },
            "requestId": "JKJaXmPLvHcESHA=", "routeKey": key, "stage": "$default",
            "time": "15/Jan/2026:12:00:00 +0000", "timeEpoch": 1_768_478_400_000_i64,
        },
        "isBase64Encoded": false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_skeleton_is_an_event_of_its_function_and_of_no_other() {
        for function in FUNCTIONS.into_iter().filter(|function| matches!(function.serves, Serves::Requests(_))) {
            let event: Value = serde_json::from_str(&skeleton(function)).unwrap();
            assert_eq!(problem(function, &event), None, "{}", function.name);
            for other in FUNCTIONS.into_iter().filter(|other| other.name != function.name) {
                assert!(problem(other, &event).is_some(), "{} with the event of {}", other.name, function.name);
            }
        }
    }
}
