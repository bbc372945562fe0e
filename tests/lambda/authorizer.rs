//! The authorizer as API Gateway reaches it: as a Lambda function, by its own events.

use std::collections::HashSet;

use latchkey_harness::key;
use serde_json::{Value, json};

use crate::cloud::{Cloud, Process};
use crate::event::Event;

/// The event of an HTTP API, and of a REST API, for a call with this credential.
fn events(credential: Option<&str>) -> [Value; 2] {
    let context = json!({"apiId": "test", "stage": "prod", "requestId": "request-1", "http": {"method": "GET"}});
    let mut http = json!({
        "version": "2.0", "type": "REQUEST", "rawPath": "/prod/orders", "headers": {}, "requestContext": context,
    });
    let method_arn = "arn:aws:execute-api:eu-west-1:123456789012:test/prod/GET/orders";
    let mut rest = json!({
        "type": "REQUEST", "methodArn": method_arn, "path": "/orders", "httpMethod": "GET", "headers": {},
        "requestContext": context,
    });
    if let Some(credential) = credential {
        http["headers"]["authorization"] = credential.into();
        rest["headers"]["Authorization"] = credential.into();
    }
    [http, rest]
}

/// Whether the request may pass, as both kinds of API are told.
async fn passes(authorizer: &mut Process, credential: &str) -> [bool; 2] {
    let [http, rest] = events(Some(credential));
    let (http, rest) = (authorizer.ask(http).await.unwrap(), authorizer.ask(rest).await.unwrap());
    assert_eq!(http["context"]["allowed"], rest["context"]["allowed"]);
    [http["isAuthorized"] == true, rest["policyDocument"]["Statement"][0]["Effect"] == "Allow"]
}

#[tokio::test]
async fn api_gateway_is_answered_in_both_modes() {
    let cloud = Cloud::start().await;
    let made =
        cloud.function("tyk-create-key").await.call(&Event::admin("POST /tyk/keys/create").json(&key("acme"))).await;
    let token = made.expect(200).text_of("key");
    cloud.keep_secret(&token);
    cloud.keep_secret("never-made-key");
    let mut enforcing = cloud.function("gate-authorizer").await;
    assert_eq!(passes(&mut enforcing, &token).await, [true, true]);
    assert_eq!(passes(&mut enforcing, "never-made-key").await, [false, false]);
    let mut annotating = cloud.function_with("gate-authorizer", &[("LATCHKEY_AUTHORIZER_MODE", "annotate")]).await;
    assert_eq!(passes(&mut annotating, "never-made-key").await, [true, true]);
    let decisions: Vec<_> = cloud.requests().into_iter().filter(|line| line["function"] == "gate-authorizer").collect();
    assert_eq!(decisions.len(), 6, "each event is one line: {decisions:?}");
    let (admitted, refused): (Vec<_>, Vec<_>) = decisions.iter().partition(|line| line["code"] == "ok");
    assert!(admitted.iter().all(|line| (&line["status"], &line["Admitted"]) == (&json!(200), &json!(1))));
    assert_eq!(refused.len(), 4);
    for line in refused {
        let expected = (&json!("unknown_key"), &json!(403), &json!(1), &json!("unknown_key"));
        assert_eq!((&line["code"], &line["status"], &line["Refused"], &line["Code"]), expected, "{line}");
        assert!(line.get("ClientErrors").is_none(), "{line}");
    }
}

#[tokio::test]
async fn what_api_gateway_must_answer_itself_is_an_error_of_the_right_name() {
    let cloud = Cloud::start().await;
    cloud.keep_secret("some-token");
    let message = |error: String| serde_json::from_str::<Value>(&error).unwrap()["errorMessage"].clone();
    let mut authorizer = cloud.function("gate-authorizer").await;
    let [http, rest] = events(None);
    assert_eq!(authorizer.ask(http).await.unwrap()["isAuthorized"], false);
    assert_eq!(message(authorizer.ask(rest).await.unwrap_err()), "Unauthorized");
    let nowhere = [("AWS_ENDPOINT_URL_DYNAMODB", "http://127.0.0.1:1")];
    let mut cut_off = cloud.function_with("gate-authorizer", &nowhere).await;
    for event in events(Some("some-token")) {
        assert_eq!(message(cut_off.ask(event).await.unwrap_err()), "no decision could be made");
    }
    let seen = cloud.requests().into_iter().map(|line| (line["code"].clone(), line["status"].clone()));
    let refused = (json!("no_credential"), json!(401));
    let failed = (json!("store_failed"), json!(500));
    assert_eq!(seen.collect::<HashSet<_>>(), HashSet::from([refused, failed]));
}
