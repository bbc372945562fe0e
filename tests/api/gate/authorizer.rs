//! The authorizer, asked with API Gateway's own events: both kinds of API, both modes, never a guess.

use latchkey_functions::gate::authorizer;
use latchkey_harness::{Fault, TestServer, patient_client, test_secret};
use latchkey_shared::runtime::function::{Serves, Unauthorized};
use latchkey_shared::runtime::service::Service;
use latchkey_shared::secrets::Secrets;
use latchkey_shared::settings::{ID_SECRET, Settings};
use latchkey_shared::store::Store;
use serde_json::{Value, json};

use super::asking::{answer, edit, key_with, limit_org, make};
use crate::capacity::{assert_cost, calls};

const METHOD_ARN: &str = "arn:aws:execute-api:eu-west-1:123456789012:abc123/prod/GET/orders/42";

/// The authorizer on the store of a test's server.
struct Authorizer<'a> {
    server: &'a TestServer,
    service: Service,
}

impl<'a> Authorizer<'a> {
    fn on(server: &'a TestServer, settings: &[(&str, &str)]) -> Self {
        let get = |name: &str| match name {
            name if name == ID_SECRET.name => Some(test_secret('I')),
            _ => settings.iter().find(|(set, _)| *set == name).map(|(_, value)| (*value).to_owned()),
        };
        let (settings, secrets) =
            (Settings::read(get).unwrap(), Secrets::read(authorizer::FUNCTION.secrets, get).unwrap());
        let store = Store::new(patient_client(server.watch.of(&authorizer::FUNCTION)), &settings);
        Self { server, service: Service { settings, secrets, store, clock: server.clock.clone() } }
    }

    async fn ask(&self, event: &Value) -> Result<Value, Unauthorized> {
        let Serves::Authorizations(judge) = authorizer::FUNCTION.serves else { panic!("it serves no authorizations") };
        judge(&self.service, event).await
    }

    /// The calls of the store since the last time this was asked.
    fn calls(&self) -> Vec<String> {
        self.server.watch.calls().into_iter().map(|call| call.parts.join("+")).collect()
    }
}

/// An HTTP API's event, format 2.0.
fn http_event(authorization: Option<&str>) -> Value {
    let mut event = json!({
        "version": "2.0", "type": "REQUEST", "routeArn": "arn", "identitySource": [authorization],
        "routeKey": "$default", "rawPath": "/orders/42", "rawQueryString": "", "headers": {"host": "abc123"},
        "requestContext": {
            "apiId": "test", "domainName": "abc123.execute-api.eu-west-1.amazonaws.com", "stage": "$default",
            "http": {"method": "GET", "path": "/orders/42"}, "requestId": "request-1",
        },
    });
    if let Some(authorization) = authorization {
        event["headers"]["authorization"] = authorization.into();
    }
    event
}

/// A REST API's event.
fn rest_event(authorization: Option<&str>) -> Value {
    let mut event = json!({
        "type": "REQUEST", "methodArn": METHOD_ARN, "resource": "/orders/{id}", "path": "/orders/42",
        "httpMethod": "GET", "headers": {"Host": "abc123"}, "pathParameters": {"id": "42"},
        "requestContext": {
            "apiId": "test", "path": "/prod/orders/42", "stage": "prod", "httpMethod": "GET", "requestId": "request-1",
        },
    });
    if let Some(authorization) = authorization {
        event["headers"]["Authorization"] = authorization.into();
    }
    event
}

fn policy(effect: &str) -> Value {
    let statement = json!({"Action": "execute-api:Invoke", "Effect": effect, "Resource": METHOD_ARN});
    json!({"Version": "2012-10-17", "Statement": [statement]})
}

#[tokio::test]
async fn an_http_api_is_told_yes_or_no_and_a_rest_api_gets_a_policy_for_that_one_method() {
    let server = TestServer::start().await;
    let authorizer = Authorizer::on(&server, &[]);
    let token = make(&server, json!({"alias": "billing", "quota_max": 2, "quota_renewal_rate": 60})).await;
    let key_id = answer(&server, json!({"key": token, "api": "test", "cost": 0})).await["key_id"].clone();
    let allowed = json!({
        "allowed": true, "status": 200, "code": "ok", "message": "OK",
        "key_id": key_id, "org_id": "default", "alias": "billing",
    });
    let told = authorizer.ask(&http_event(Some(&format!("Bearer {token}")))).await;
    assert_eq!(told, Ok(json!({"isAuthorized": true, "context": allowed})));
    let told = authorizer.ask(&rest_event(Some(&token))).await;
    assert_eq!(told, Ok(json!({"principalId": key_id, "policyDocument": policy("Allow"), "context": allowed})));
    let refused = json!({
        "allowed": false, "status": 403, "code": "quota_exceeded", "message": "Quota exceeded", "retry_after": 60,
        "key_id": key_id, "org_id": "default", "alias": "billing",
    });
    let told = authorizer.ask(&http_event(Some(&format!("bEaReR  {token} ")))).await;
    assert_eq!(told, Ok(json!({"isAuthorized": false, "context": refused})));
    let told = authorizer.ask(&rest_event(Some(&token))).await;
    assert_eq!(told, Ok(json!({"principalId": key_id, "policyDocument": policy("Deny"), "context": refused})));
}

#[tokio::test]
async fn annotating_lets_every_call_through_and_tells_why_it_should_not() {
    let server = TestServer::start().await;
    let authorizer = Authorizer::on(&server, &[("LATCHKEY_AUTHORIZER_MODE", "annotate")]);
    let token = make(&server, json!({"rate": 1, "per": 60})).await;
    for (status, code) in [(200, "ok"), (429, "rate_limited")] {
        let told = authorizer.ask(&http_event(Some(&token))).await.unwrap();
        assert_eq!(told["isAuthorized"], true);
        let context = &told["context"];
        assert_eq!((&context["allowed"], &context["status"]), (&json!(status == 200), &json!(status)));
        assert_eq!((&context["code"], context.get("alias")), (&json!(code), None), "there is no alias to tell");
    }
    let told = authorizer.ask(&rest_event(Some("nobody"))).await.unwrap();
    let unknown = json!({
        "allowed": false, "status": 403, "code": "unknown_key", "message": "Access to this API has been disallowed",
    });
    assert_eq!(told, json!({"principalId": "none", "policyDocument": policy("Allow"), "context": unknown}));
}

#[tokio::test]
async fn a_call_without_a_key_is_no_business_of_the_store() {
    let server = TestServer::start().await;
    let enforce = Authorizer::on(&server, &[]);
    let annotate = Authorizer::on(&server, &[("LATCHKEY_AUTHORIZER_MODE", "annotate")]);
    let none = json!({
        "allowed": false, "status": 401, "code": "no_credential", "message": "Authorization field missing",
    });
    for empty in [None, Some(""), Some("  ")] {
        let told = enforce.ask(&http_event(empty)).await;
        assert_eq!(told, Ok(json!({"isAuthorized": false, "context": none})));
        assert_eq!(enforce.ask(&rest_event(empty)).await, Err(Unauthorized::NoCredential));
        let told = annotate.ask(&http_event(empty)).await;
        assert_eq!(told, Ok(json!({"isAuthorized": true, "context": none})));
        let told = annotate.ask(&rest_event(empty)).await;
        assert_eq!(told, Ok(json!({"principalId": "none", "policyDocument": policy("Allow"), "context": none})));
    }
    assert_eq!(Unauthorized::NoCredential.to_string(), "Unauthorized", "the word that a REST API answers 401 to");
    assert_eq!(server.watch.calls(), []);
}

#[tokio::test]
async fn a_failing_store_is_an_error_in_either_mode() {
    let server = TestServer::start().await;
    let token = make(&server, json!({})).await;
    for mode in ["enforce", "annotate"] {
        for event in [http_event(Some(&token)), rest_event(Some(&token))] {
            for (operation, fault) in [("GetItem", Fault::Refuse), ("UpdateItem", Fault::LoseAnswer)] {
                let authorizer = Authorizer::on(&server, &[("LATCHKEY_AUTHORIZER_MODE", mode)]);
                server.watch.fail_next(operation, fault);
                assert_eq!(authorizer.ask(&event).await, Err(Unauthorized::Undecided), "{mode} {operation}");
                assert!(server.watch.all_faults_happened());
            }
        }
    }
}

#[tokio::test]
async fn an_event_of_another_kind_is_an_error() {
    let server = TestServer::start().await;
    let authorizer = Authorizer::on(&server, &[("LATCHKEY_AUTHORIZER_MODE", "annotate")]);
    let mut cut = Vec::new();
    for (event, fields) in [
        (http_event(Some("key")), ["rawPath", "requestContext"].as_slice()),
        (rest_event(Some("key")), &["path", "httpMethod", "methodArn", "requestContext", "type"]),
    ] {
        cut.extend(fields.iter().map(|field| {
            let mut event = event.clone();
            event.as_object_mut().unwrap().remove(*field).unwrap();
            event
        }));
    }
    let token = json!({"type": "TOKEN", "authorizationToken": "key", "methodArn": METHOD_ARN});
    for event in cut.iter().chain([&Value::Null, &json!([]), &json!({"version": "2.0"}), &token]) {
        assert_eq!(authorizer.ask(event).await, Err(Unauthorized::Undecided), "{event}");
    }
}

#[tokio::test]
async fn a_key_is_judged_by_the_api_the_method_and_the_path_without_its_stage() {
    let server = TestServer::start().await;
    let authorizer = Authorizer::on(&server, &[]);
    let urls = json!([{"url": "^/orders/{id}$", "methods": ["GET"]}]);
    let token = make(&server, json!({"access_rights": {"test": {"allowed_urls": urls}, "prod": {}}})).await;
    let code = async |change: &dyn Fn(&mut Value)| {
        let mut event = http_event(Some(&token));
        change(&mut event);
        authorizer.ask(&event).await.unwrap()["context"]["code"].as_str().unwrap().to_owned()
    };
    assert_eq!(code(&|_| ()).await, "ok");
    assert_eq!(code(&|event| event["rawPath"] = "/other".into()).await, "resource_not_allowed");
    assert_eq!(code(&|event| event["requestContext"]["http"]["method"] = "PUT".into()).await, "resource_not_allowed");
    assert_eq!(code(&|event| event["requestContext"]["apiId"] = "other".into()).await, "api_not_allowed");
    let staged = |path: &'static str, host: &'static str| {
        move |event: &mut Value| {
            event["rawPath"] = path.into();
            event["requestContext"]["stage"] = "orders".into();
            event["requestContext"]["domainName"] = host.into();
        }
    };
    let own = "abc123.execute-api.eu-west-1.amazonaws.com";
    assert_eq!(code(&staged("/orders/orders/42", own)).await, "ok");
    assert_eq!(code(&staged("/orders/42", own)).await, "resource_not_allowed");
    assert_eq!(code(&staged("/orders", own)).await, "resource_not_allowed");
    assert_eq!(code(&staged("/orders/42", "api.example.com")).await, "ok", "a host name of one's own has no stage");
    let mut rest = rest_event(Some(&token));
    assert_eq!(authorizer.ask(&rest).await.unwrap()["context"]["code"], "ok");
    rest["httpMethod"] = "POST".into();
    assert_eq!(authorizer.ask(&rest).await.unwrap()["context"]["code"], "resource_not_allowed");
    let named = Authorizer::on(&server, &[("LATCHKEY_API_ID", "prod")]);
    assert_eq!(named.ask(&rest).await.unwrap()["context"]["code"], "ok", "the API is the one that the setting names");
    let unnamed = Authorizer::on(&server, &[("LATCHKEY_API_ID", "")]);
    assert_eq!(unnamed.ask(&rest).await.unwrap()["context"]["code"], "resource_not_allowed");
}

#[tokio::test]
async fn a_policy_never_reaches_beyond_the_path_that_was_asked_for() {
    let server = TestServer::start().await;
    let authorizer = Authorizer::on(&server, &[]);
    let token = make(&server, json!({})).await;
    for (path, resource) in [("/*", "/?"), ("/a/*/b", "/a/?/b"), ("/${aws:x}", "/?{aws:x}"), ("/a(1)", "/a(1)")] {
        let mut event = rest_event(Some(&token));
        event["path"] = path.into();
        event["methodArn"] = format!("arn:aws:execute-api:eu-west-1:123456789012:abc123/prod/GET{path}").into();
        let told = authorizer.ask(&event).await.unwrap();
        let allowed = told["policyDocument"]["Statement"][0]["Resource"].as_str().unwrap();
        assert_eq!(allowed, format!("arn:aws:execute-api:eu-west-1:123456789012:abc123/prod/GET{resource}"));
    }
}

#[tokio::test]
async fn an_authorization_costs_what_a_verify_call_does() {
    let server = TestServer::start().await;
    let authorizer = Authorizer::on(&server, &[]);
    let token = make(&server, json!({})).await;
    let event = http_event(Some(&token));
    let _before = authorizer.calls();
    let _first = authorizer.ask(&event).await.unwrap();
    assert_eq!(authorizer.calls(), ["Keys:GetItem", "Usage:UpdateItem", "Keys:UpdateItem", "Organizations:GetItem"]);
    let _second = authorizer.ask(&event).await.unwrap();
    assert_eq!(authorizer.calls(), ["Keys:UpdateItem", "Organizations:GetItem"]);
    limit_org(&server, "default", json!({"quota_max": 9})).await;
    let _found = authorizer.ask(&event).await.unwrap();
    let _before = authorizer.calls();
    let _third = authorizer.ask(&event).await.unwrap();
    assert_eq!(authorizer.calls(), ["Keys:UpdateItem", "Organizations:UpdateItem"]);
    let _forged = authorizer.ask(&rest_event(Some("rqsty-sk-guessed"))).await.unwrap();
    assert_eq!(authorizer.calls(), [""; 0]);
}

#[tokio::test]
async fn a_changed_or_deleted_key_is_judged_at_once() {
    let server = TestServer::start().await;
    let authorizer = Authorizer::on(&server, &[]);
    let token = make(&server, json!({})).await;
    let code = async || authorizer.ask(&http_event(Some(&token))).await.unwrap()["context"]["code"].clone();
    assert_eq!(code().await, "ok");
    edit(&server, &token, json!({"is_inactive": true})).await;
    assert_eq!(code().await, "inactive");
    edit(&server, &token, key_with(&json!({}))).await;
    assert_eq!(code().await, "ok");
    let _deleted = server.admin("DELETE", &format!("/tyk/keys/{token}"), ()).await.expect(200);
    assert_eq!(code().await, "unknown_key");
}

#[tokio::test]
async fn an_authorization_costs_what_a_decision_costs() {
    let server = TestServer::start().await;
    let authorizer = Authorizer::on(&server, &[]);
    let event = http_event(Some(&make(&server, json!({})).await));
    let _remembered = authorizer.ask(&event).await.unwrap();
    let _before = server.watch.calls();
    let _decided = authorizer.ask(&event).await.unwrap();
    assert_cost("gate-authorizer", "a remembered key", &calls(&server));
}
