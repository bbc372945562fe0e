//! What a function writes.

use latchkey_harness::{ADMIN, key};
use latchkey_shared::runtime::function::Serves;
use serde_json::{Value, json};

use crate::cloud::{Cloud, function};
use crate::event::Event;
use crate::events::samples;
use crate::slow_store::Manner;

// That nothing written holds a secret or a token is checked at the end of every test: see `Cloud`.

/// The one line of the one request that `function` answered.
fn line_of(cloud: &Cloud, function: &str) -> Value {
    let lines: Vec<_> = cloud.requests().into_iter().filter(|line| line["function"] == function).collect();
    assert_eq!(lines.len(), 1, "{lines:#?}");
    lines[0].clone()
}

#[tokio::test]
async fn every_event_is_one_line_of_json_that_says_what_became_of_it() {
    let cloud = Cloud::start().await;
    for (function, event) in samples(&cloud).await {
        let mut process = cloud.function(function.name).await;
        let answers = [process.ask(event.clone()).await.unwrap(), process.ask(event).await.unwrap()];
        let lines = process.requests();
        assert_eq!(lines.len(), 2, "{}: {lines:#?}", function.name);
        for (line, answer) in lines.iter().zip(answers) {
            assert_eq!(line["function"], function.name, "{line}");
            let mut routes = function.routes.iter().map(|route| format!("{} {}", route.method, route.path));
            assert_eq!(line.get("route").is_some(), !function.routes.is_empty(), "{line}");
            assert!(line.get("route").is_none_or(|named| routes.any(|route| *named == route)), "{line}");
            if matches!(function.serves, Serves::Requests(_)) {
                assert_eq!(line["status"], answer["statusCode"], "{line}");
            }
            assert_eq!(line["code"] == "ok", line["status"].as_u64().unwrap() < 400, "{line}");
            assert_eq!(line["Requests"], 1, "{line}");
            let reaches_store = !function.access.is_empty() && line["code"] == "ok";
            assert!(!reaches_store || line["store_calls"].as_u64().unwrap() > 0, "{line}");
            assert!(line.get("StoreFailures").is_none() && line["level"] == "INFO", "{line}");
            let trace_id = line["trace_id"].as_str().unwrap();
            assert!(trace_id.starts_with("1-") && !trace_id.contains(';'), "{line}");
            assert!(line.to_string().len() < 1_024, "{line}");
        }
        assert_eq!((&lines[0]["cold"], &lines[1]["cold"]), (&json!(true), &json!(false)), "{lines:#?}");
        assert_ne!(lines[0]["request_id"], lines[1]["request_id"]);
    }
}

#[tokio::test]
async fn a_line_names_caller_key_and_organisation_and_counts_what_was_used() {
    let cloud = Cloud::start().await;
    let mut create = cloud.function("tyk-create-key").await;
    let made = create.call(&Event::admin("POST /tyk/keys/create").json(&key("acme"))).await.expect(200);
    let token = made.text_of("key");
    cloud.keep_secret(&token);
    let created = line_of(&cloud, "tyk-create-key");
    let id = created["key_id"].as_str().unwrap().to_owned();
    assert_eq!((&created["caller"], &created["org_id"]), (&json!("admin"), &json!("acme")), "{created}");
    assert_eq!((&created["store_calls"], &created["write_units"]), (&json!(1), &json!(6)), "{created}");
    assert_eq!((&created["WriteUnits"], created.get("ReadUnits")), (&json!(6), None), "{created}");

    let mut verify = cloud.function("gate-verify").await;
    let ask = |key: &str| Event::admin("POST /v1/keys/verify").bearer(ADMIN).json(&json!({"key": key, "api": "test"}));
    let _decided = verify.call(&ask(&token)).await.expect(200);
    let decided = line_of(&cloud, "gate-verify");
    assert_eq!((&decided["key_id"], &decided["org_id"]), (&json!(id), &json!("acme")), "{decided}");
    assert_eq!((&decided["code"], &decided["Admitted"]), (&json!("ok"), &json!(1)), "{decided}");
    assert_eq!(decided["dialect"], "gate");
}

#[tokio::test]
async fn a_refusal_is_one_line_of_json_without_anything_of_the_request() {
    let cloud = Cloud::start().await;
    cloud.keep_secret("name-of-a-missing-key");
    let mut get = cloud.function("tyk-get-key").await;
    let missing = Event::admin("GET /tyk/keys/{keyName}").param("keyName", "name-of-a-missing-key");
    let _refused = get.call(&missing).await.expect(404);
    let line = line_of(&cloud, "tyk-get-key");
    assert_eq!((&line["level"], &line["status"]), (&"INFO".into(), &404.into()), "{line}");
    assert_eq!((&line["code"], &line["ClientErrors"]), (&"no_such_key".into(), &1.into()), "{line}");
    assert_eq!(line["route"], "GET /tyk/keys/{keyName}");
    assert_eq!(cloud.logs().lines().count(), 1, "{}", cloud.logs());
}

/// Wherever a request may hold a secret, with and without the admin secret, and whatever the function is.
#[tokio::test]
async fn nothing_of_a_request_gets_into_a_line() {
    let cloud = Cloud::start().await;
    let places = ["in-a-header", "in-a-query", "in-a-body", "in-a-path", "in-a-cookie", "in-a-trace"];
    let marker = |place: &str| format!("marker-{place}");
    places.iter().for_each(|place| cloud.keep_secret(&marker(place)));
    for (function, sample) in samples(&cloud).await {
        let mut process = cloud.function(function.name).await;
        for changed in ["header", "query", "body", "path", "all"] {
            let mut event = sample.clone();
            let is = |place: &str| [place, "all"].contains(&changed);
            if is("header") {
                let token = format!("Bearer {}", marker("in-a-header"));
                for name in ["authorization", "x-tyk-authorization", "idempotency-key", "x-organization-id", "host"] {
                    event["headers"][name] = token.as_str().into();
                }
                event["headers"]["x-amzn-trace-id"] = format!("Root={}", marker("in-a-trace")).into();
                event["cookies"] = json!([marker("in-a-cookie")]);
            }
            if is("query") {
                let text = marker("in-a-query");
                event["rawQueryString"] = format!("cursor={text}&filter={text}&policy={text}&{text}={text}").into();
            }
            if is("body") {
                event["body"] = json!({"key": marker("in-a-body"), "password": marker("in-a-body")}).to_string().into();
            }
            if is("path") {
                event["rawPath"] = format!("/tyk/{}", marker("in-a-path")).into();
                // The id of an organisation is logged once it is known to be one.
                let params = event["pathParameters"].as_object_mut().into_iter().flatten();
                for (_, value) in params.filter(|(name, _)| *name != "orgID") {
                    *value = marker("in-a-path").into();
                }
            }
            let _any = process.ask(event).await;
        }
    }
    let logged = cloud.requests().len();
    assert!(logged > 200, "{logged} lines");
}

#[tokio::test]
async fn a_store_that_cannot_be_reached_is_logged_without_what_was_to_be_stored() {
    let cloud = Cloud::start().await;
    cloud.keep_secret("password-of-the-key");
    cloud.keep_secret("name-of-the-key");
    let mut session = key("acme");
    session["basic_auth_data"] = json!({"password": "password-of-the-key"});
    let nowhere = [("AWS_ENDPOINT_URL_DYNAMODB", "http://127.0.0.1:1")];
    let mut upsert = cloud.function_with("tyk-upsert-key", &nowhere).await;
    let make = Event::admin("POST /tyk/keys/{keyName}").param("keyName", "name-of-the-key").json(&session);
    let failed = upsert.call(&make).await.expect(500);
    assert_eq!(failed.header("retry-after"), "1");
    let line = line_of(&cloud, "tyk-upsert-key");
    assert_eq!((&line["level"], &line["code"]), (&"ERROR".into(), &"store_failed".into()), "{line}");
    assert!(line["cause"].as_str().unwrap().contains("the store failed: GetItem failed: "), "{line}");
    assert_eq!((&line["ServerErrors"], &line["StoreFailures"]), (&1.into(), &1.into()), "{line}");
}

#[tokio::test]
async fn a_store_that_refuses_or_throttles_is_counted_as_that() {
    for (code, throttles) in [("AccessDeniedException", None), ("ProvisionedThroughputExceededException", Some(2))] {
        let (cloud, slow) = Cloud::start_slow().await;
        let mut get = cloud.function("tyk-get-key").await;
        slow.answer(Manner::Refusing(code));
        let _failed = get.call(&Event::admin("GET /tyk/keys/{keyName}").param("keyName", "some-key")).await.expect(500);
        let line = line_of(&cloud, "tyk-get-key");
        assert_eq!((&line["StoreFailures"], &line["ServerErrors"]), (&json!(1), &json!(1)), "{line}");
        assert_eq!(line.get("StoreThrottles"), throttles.map(Value::from).as_ref(), "{line}");
        assert!(line["cause"].as_str().unwrap().contains(code), "{line}");
    }
}

#[tokio::test]
async fn a_call_that_is_given_up_at_the_deadline_is_counted_as_failed() {
    let (cloud, slow) = Cloud::start_slow().await;
    let mut verify = cloud.function("gate-verify").await;
    let ask = Event::admin("POST /v1/keys/verify").bearer(ADMIN).json(&json!({"key": "some-key", "api": "test"}));
    let _unknown = verify.call(&ask).await.expect(200);
    slow.answer(Manner::Never);
    let answer = verify.ask_for(std::time::Duration::from_millis(1_000), ask.to_json()).await.unwrap();
    assert_eq!(answer["statusCode"], 503, "{answer}");
    let line = cloud.requests().pop().unwrap();
    assert_eq!((&line["code"], &line["StoreFailures"]), (&json!("out_of_time"), &json!(1)), "{line}");
    assert!(line.get("Admitted").is_none() && line.get("Refused").is_none(), "{line}");
}

#[tokio::test]
async fn what_is_logged_is_a_setting() {
    let cloud = Cloud::start().await;
    let [found, missing] =
        [Event::admin("GET /tyk/keys"), Event::admin("GET /tyk/keys").query("cursor=never-made").json(&json!({}))];
    for (log, lines) in [("all", 2), ("failures", 1), ("errors", 0)] {
        let settings = [("LATCHKEY_REQUEST_LOG", log), ("LATCHKEY_SERVICE", log)];
        let mut list = cloud.function_with("tyk-list-keys", &settings).await;
        let _listed = list.call(&found).await.expect(200);
        let _refused = list.call(&missing).await.expect(400);
        let logged: Vec<_> = cloud.requests().into_iter().filter(|line| line["Service"] == log).collect();
        assert_eq!(logged.len(), lines, "{log}: {logged:#?}");
        let counts_all = logged.iter().all(|line| line.get("Requests").is_some());
        assert_eq!(counts_all, log != "failures", "{log}: {logged:#?}");
    }
}

#[tokio::test]
async fn passwords_and_malformed_bodies_are_not_logged() {
    let cloud = Cloud::start().await;
    cloud.keep_secret("password-of-the-key");
    let mut create = cloud.function("tyk-create-key").await;
    let mut session = key("acme");
    session["basic_auth_data"] = json!({"password": "password-of-the-key"});
    let made = create.call(&Event::admin("POST /tyk/keys/create").json(&session)).await.expect(200);
    cloud.keep_secret(&made.text_of("key"));
    session["rate"] = "password-of-the-key".into();
    let _refused = create.call(&Event::admin("POST /tyk/keys/create").json(&session)).await.expect(500);
    let refused = cloud.requests().into_iter().find(|line| line["code"] == "malformed").unwrap();
    assert_eq!((&refused["ClientErrors"], refused.get("ServerErrors")), (&json!(1), None), "{refused}");
}

#[tokio::test]
async fn what_has_no_effect_is_in_the_line_without_its_value() {
    let cloud = Cloud::start().await;
    cloud.keep_secret("value-of-the-field");
    let mut create = cloud.function("tyk-create-key").await;
    let mut session = key("acme");
    session["made_up"] = "value-of-the-field".into();
    let made = create.call(&Event::admin("POST /tyk/keys/create").json(&session)).await.expect(200);
    cloud.keep_secret(&made.text_of("key"));
    assert_eq!(made.header("latchkey-warning"), "unknown field: made_up");
    let line = line_of(&cloud, "tyk-create-key");
    assert_eq!((&line["level"], &line["warning"]), (&"WARN".into(), &"unknown field: made_up".into()), "{line}");
}

#[tokio::test]
async fn a_key_that_is_too_large_is_logged_as_a_refusal() {
    let cloud = Cloud::start().await;
    let mut session = key("acme");
    session["meta_data"] = json!({"text": "a".repeat(500_000)});
    let mut create = cloud.function("tyk-create-key").await;
    let _refused = create.call(&Event::admin("POST /tyk/keys/create").json(&session)).await.expect(400);
    let line = line_of(&cloud, "tyk-create-key");
    assert_eq!(
        (&line["code"], &line["level"], line.get("cause")),
        (&"too_large".into(), &"INFO".into(), None),
        "{line}"
    );
}

#[tokio::test]
async fn an_event_of_another_kind_is_a_line_too() {
    let cloud = Cloud::start().await;
    for name in ["unrouted", "gate-authorizer"] {
        let _error = cloud.function(function(name).name).await.ask(json!({"Records": []})).await.unwrap_err();
        let line = line_of(&cloud, name);
        assert_eq!((&line["code"], &line["status"]), (&"not_an_event".into(), &500.into()), "{line}");
        assert_eq!(line["level"], "ERROR", "{line}");
    }
}
