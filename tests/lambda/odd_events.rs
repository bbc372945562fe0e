//! Events such as no sample is: whatever one holds, the process answers and goes on.

use latchkey_functions::table::FUNCTIONS;
use latchkey_harness::{ADMIN, key};
use latchkey_shared::runtime::function::{Function, Serves};
use latchkey_shared::store::Table;
use serde_json::{Value, json};

use crate::cloud::{Cloud, Process, function};
use crate::event::Event;

/// The functions that answer HTTP requests.
fn functions() -> impl Iterator<Item = &'static Function> {
    FUNCTIONS.into_iter().filter(|function| matches!(function.serves, Serves::Requests(_)))
}

/// The administrator's event for a function's first route, with this value for each parameter of its path.
fn event(function: &'static Function, value: &str) -> Value {
    let Some(route) = function.routes.first() else { return Event::unrouted("GET", "/tyk/nowhere").to_json() };
    let whole = route.params().fold(Event::routed(route).secret(ADMIN), |event, name| event.param(name, "a"));
    let mut event = whole.to_json();
    route.params().for_each(|name| event["pathParameters"][name] = value.into());
    event
}

async fn assert_answered(process: &mut Process, what: &str, event: Value) {
    let answer = process.ask(event).await.unwrap_or_else(|error| panic!("{what}: {error}"));
    let status = answer["statusCode"].as_u64().unwrap_or_else(|| panic!("{what}: {answer}"));
    assert!((200..600).contains(&status), "{what}: {answer}");
}

#[tokio::test]
async fn every_byte_anywhere_in_an_event_gets_an_answer() {
    let cloud = Cloud::start().await;
    for function in functions() {
        let mut process = cloud.function(function.name).await;
        for byte in 0..=u8::MAX {
            let odd = format!("a{}b", char::from(byte));
            let mut event = event(function, &odd);
            event["rawPath"] = format!("{}{odd}", event["rawPath"].as_str().unwrap()).into();
            event["rawQueryString"] = format!("cursor={odd}&filter={odd}&{odd}").into();
            event["cookies"] = json!([odd, format!("{odd}={odd}")]);
            for name in ["host", "x-forwarded-proto", "idempotency-key", odd.as_str()] {
                event["headers"][name] = odd.as_str().into();
            }
            event["requestContext"]["stage"] = odd.as_str().into();
            event["body"] = odd.as_str().into();
            // Two of three are no base64.
            event["isBase64Encoded"] = (byte % 2 == 0).into();
            assert_answered(&mut process, &format!("{}, byte {byte}", function.name), event).await;
        }
    }
}

#[tokio::test]
async fn any_host_and_parts_of_any_length_get_an_answer() {
    let cloud = Cloud::start().await;
    let long = "a".repeat(70_000);
    let hosts = ["abc:99999", "a b", "[::1", "xn--", "999.999.999.999", "@", ":", "\"<%]^{}|`", "", &long];
    for function in functions() {
        let mut process = cloud.function(function.name).await;
        let mut ask = async |what: &str, change: &dyn Fn(&mut Value)| {
            let mut event = event(function, "a");
            change(&mut event);
            assert_answered(&mut process, &format!("{}, {what}", function.name), event).await;
        };
        for host in hosts {
            ask("host", &|event| {
                event["headers"]["host"] = host.into();
                event["requestContext"]["domainName"] = host.into();
            })
            .await;
        }
        ask("long path", &|event| event["rawPath"] = format!("/{long}").into()).await;
        ask("long query", &|event| event["rawQueryString"] = format!("{long}={long}").into()).await;
        ask("long stage", &|event| event["requestContext"]["stage"] = long.as_str().into()).await;
        ask("bad base64", &|event| {
            event["isBase64Encoded"] = true.into();
            event["body"] = "no base64!".into();
        })
        .await;
        ask("many headers", &|event| {
            event["headers"] =
                (0..40_000).map(|at| (format!("x-{at}"), "1".into())).collect::<serde_json::Map<_, _>>().into();
        })
        .await;
        ask("other types", &|event| {
            for part in
                ["headers", "rawQueryString", "pathParameters", "body", "isBase64Encoded", "cookies", "routeKey"]
            {
                event[part] = json!([1]);
            }
        })
        .await;
    }
}

#[tokio::test]
async fn an_event_of_another_kind_is_an_error_and_the_process_goes_on() {
    let cloud = Cloud::start().await;
    for name in ["gate-verify", "unrouted", "tyk-create-key", "gate-authorizer"] {
        let mut process = cloud.function(name).await;
        for other in [
            json!(null),
            json!([]),
            json!(1),
            json!("text"),
            json!({}),
            json!({"rawPath": "/"}),
            json!({"Records": []}),
        ] {
            let error = process.ask(other.clone()).await.unwrap_err();
            assert!(error.contains("errorMessage"), "{name}, {other}: {error}");
        }
    }
    let mut unrouted = cloud.function("unrouted").await;
    let _error = unrouted.ask(json!({})).await.unwrap_err();
    let _answer = unrouted.call(&Event::unrouted("GET", "/elsewhere")).await.expect(404);
}

#[tokio::test]
async fn a_body_that_cannot_be_decoded_is_malformed() {
    let cloud = Cloud::start().await;
    for (name, status) in [("tyk-upsert-key", 400), ("gate-verify", 400), ("requesty-create-key", 400)] {
        let mut event = event(function(name), "");
        event["headers"]["x-organization-id"] = "acme".into();
        event["isBase64Encoded"] = true.into();
        event["body"] = "no base64!".into();
        let reply = cloud.function(name).await.call_json(event).await;
        assert_eq!(reply.status, status, "{name}: {}", reply.text);
    }
}

#[tokio::test]
async fn a_path_without_its_parameter_is_refused_and_nothing_is_done() {
    let cloud = Cloud::start().await;
    for function in functions() {
        for route in function.routes {
            let mut process = cloud.function(function.name).await;
            for missing in route.params() {
                let whole = route.params().fold(Event::routed(route), |event, name| event.param(name, "a"));
                let mut absent = whole.json(&key("acme")).to_json();
                let mut empty = absent.clone();
                absent["pathParameters"].as_object_mut().unwrap().remove(missing);
                empty["pathParameters"][missing] = "".into();
                for event in [absent, empty] {
                    let refused = process.call_json(event).await;
                    assert_eq!(refused.status, 400, "{} {}: {}", route.method, route.path, refused.text);
                    assert!(refused.text.contains("A path parameter is missing"), "{}", refused.text);
                }
            }
        }
    }
    for table in Table::ALL {
        let scan = cloud.client.scan().table_name(table.full_name("latchkey-")).send().await.unwrap();
        // The first function that makes keys pins the id secret there.
        let pinned = i32::from(table == Table::Keys);
        assert_eq!(scan.count, pinned, "{table:?}");
    }
}

/// Makes limits for these organisations.
async fn limited(cloud: &Cloud, orgs: &[&str]) {
    let mut upsert = cloud.function("tyk-upsert-org").await;
    for org in orgs {
        let make = Event::admin("POST /tyk/org/keys/{orgID}").param("orgID", org).json(&key(org));
        let _made = upsert.call(&make).await.expect(200);
    }
}

#[tokio::test]
async fn the_query_is_the_one_sent_whatever_the_path_holds() {
    let cloud = Cloud::start().await;
    limited(&cloud, &["acme", "bolt"]).await;
    let mut list = cloud.function("tyk-list-orgs").await;
    for path in ["/tyk/org/keys?filter=bolt", "/tyk/org/keys#", "/tyk/org/keys?filter=bolt#"] {
        let mut event = Event::admin("GET /tyk/org/keys").query("filter=ac").to_json();
        event["rawPath"] = path.into();
        assert_eq!(list.call_json(event).await.expect(200).json()["keys"], json!(["acme"]), "{path}");
    }
    let odd = Event::admin("GET /tyk/org/keys").query("filter=a%63&x=\"<> ").to_json();
    assert_eq!(list.call_json(odd).await.expect(200).json()["keys"], json!(["acme"]));
}

/// The same event on API Gateway's own host under the stage `prod`, and on another host under `/base path`.
fn under_a_prefix(event: &Event) -> [(Value, &'static str); 2] {
    let path = event.to_json()["rawPath"].as_str().unwrap().to_owned();
    let (mut staged, mut based) = (event.to_json(), event.to_json());
    staged["requestContext"]["stage"] = "prod".into();
    staged["rawPath"] = format!("/prod{path}").into();
    based["requestContext"]["domainName"] = "api.example.org".into();
    based["headers"]["host"] = "api.example.org".into();
    based["rawPath"] = format!("/base path{path}").into();
    [(staged, "/prod"), (based, "/base%20path")]
}

#[tokio::test]
async fn under_a_stage_or_a_base_path_what_no_route_takes_is_answered_in_its_dialect() {
    let cloud = Cloud::start().await;
    let mut unrouted = cloud.function("unrouted").await;
    for (event, base) in under_a_prefix(&Event::unrouted("GET", "/tyk/nowhere")) {
        assert_eq!(unrouted.call_json(event).await.expect(404).text, "404 page not found\n", "{base}");
    }
    for (event, base) in under_a_prefix(&Event::unrouted("PATCH", "/v1/manage/org")) {
        assert_eq!(unrouted.call_json(event).await.expect(405).json()["error"]["origin"], "router", "{base}");
    }
    for (event, base) in under_a_prefix(&Event::unrouted("PATCH", "/api/v1/organizations/o/api-keys/k")) {
        assert_eq!(unrouted.call_json(event).await.expect(405).json()["group"], "request", "{base}");
    }
    for (event, base) in under_a_prefix(&Event::unrouted("PUT", "/tyk/keys/a \"b/").query("x=1")) {
        let redirected = unrouted.call_json(event).await.expect(308);
        assert_eq!(redirected.header("location"), format!("{base}/tyk/keys/a%20%22b?x=1"));
    }
}

#[tokio::test]
async fn a_redirect_leads_to_no_other_host() {
    let cloud = Cloud::start().await;
    let mut unrouted = cloud.function("unrouted").await;
    for path in ["//evil.example/tyk/keys/a/", "/\\evil.example/tyk/keys/a/", "/\\/evil.example/tyk/keys/a/"] {
        let reply = unrouted.call(&Event::unrouted("GET", path)).await;
        let location = reply.header("location");
        assert!(!location.starts_with("//") && !location.contains('\\'), "{path}: {location}");
    }
}

#[tokio::test]
async fn the_next_page_is_where_the_caller_sees_it() {
    let cloud = Cloud::start().await;
    limited(&cloud, &["acme", "bolt"]).await;
    let mut list = cloud.function("tyk-list-orgs").await;
    for (event, base) in under_a_prefix(&Event::admin("GET /tyk/org/keys").query("limit=1")) {
        let page = list.call_json(event).await.expect(200);
        assert!(page.header("link").starts_with(&format!("<{base}/tyk/org/keys?limit=1&cursor=")), "{page:?}");
    }
    let mut usage = cloud.function("gate-get-usage").await;
    let months = Event::admin("GET /v1/usage").bearer(ADMIN).query("org=acme&from=2026-01-01&to=2026-03-01");
    for (event, base) in under_a_prefix(&months) {
        let page = usage.call_json(event).await.expect(200);
        assert!(page.text_of("next").starts_with(&format!("{base}/v1/usage?")), "{page:?}");
    }
}
