//! `POST /v1/keys/verify`: the questions it understands, and the answers.

use latchkey_harness::{ADMIN, Fault, TestServer};
use serde_json::{Value, json};

use super::asking::{self, answer, ask, call, code, code_of, limit_org, make};

#[tokio::test]
async fn every_answer_has_its_code_its_status_and_its_text() {
    let server = TestServer::start().await;
    limit_org(&server, "off", json!({"is_inactive": true})).await;
    limit_org(&server, "slow", json!({"rate": 1, "per": 60})).await;
    limit_org(&server, "spent", json!({"quota_max": 1, "quota_renewal_rate": 60})).await;
    let soon = server.clock.now() / 1000 + 10;
    let paths = json!({"test": {"allowed_urls": [{"url": "^/only$", "methods": ["GET"]}]}});
    let api = "Access to this API has been disallowed";
    let org = |what: &str| format!("This organisation {what} has been exceeded, please contact your API administrator");
    let off = "this organisation access has been disabled, please contact your API administrator";
    let rows = [
        (json!({}), "ok", 200, "OK".to_owned()),
        (json!({"is_inactive": true}), "inactive", 403, "Key is inactive, please renew".into()),
        (json!({"expires": soon}), "expired", 401, "Key has expired, please renew".into()),
        (json!({"access_rights": {"other": {}}}), "api_not_allowed", 403, api.into()),
        (
            json!({"access_rights": paths}),
            "resource_not_allowed",
            403,
            "Access to this resource has been disallowed".into(),
        ),
        (json!({"rate": 1, "per": 60}), "rate_limited", 429, "Rate Limit Exceeded".into()),
        (json!({"quota_max": 1, "quota_renewal_rate": 60}), "quota_exceeded", 403, "Quota exceeded".into()),
        (json!({"org_id": "off"}), "org_inactive", 403, off.into()),
        (json!({"org_id": "slow"}), "org_rate_limited", 403, org("rate limit")),
        (json!({"org_id": "spent"}), "org_quota_exceeded", 403, org("quota")),
    ];
    for (fields, code, status, message) in rows {
        let token = make(&server, fields).await;
        let _first = call(&server, &token).await;
        if code == "expired" {
            server.clock.advance(10_000);
        }
        let answer = call(&server, &token).await;
        let expected = json!({"allowed": code == "ok", "code": code, "status": status, "message": message});
        let found: Value =
            ["allowed", "code", "status", "message"].map(|name| (name, answer[name].clone())).into_iter().collect();
        assert_eq!(found, expected);
    }
    let unknown = json!({"allowed": false, "code": "unknown_key", "status": 403, "message": api});
    assert_eq!(call(&server, "nobody").await, unknown, "and nothing else is told of a key that is none");
}

#[tokio::test]
async fn an_answer_tells_whose_key_it_is_and_what_is_left() {
    let server = TestServer::start().await;
    let fields = json!({
        "alias": "billing", "meta_data": {"plan": "gold", "seats": 3}, "rate": 5, "per": 60,
        "quota_max": 2, "quota_renewal_rate": 3600,
    });
    let path = "/tyk/keys/billing?org_id=default";
    let _made = server.admin("POST", path, super::asking::key_with(&fields)).await.expect(200);
    let admitted = call(&server, "defaultbilling").await;
    let _last = call(&server, "defaultbilling").await;
    let refused = call(&server, "defaultbilling").await;
    insta::assert_json_snapshot!(json!({"admitted": admitted, "refused": refused}));
}

#[tokio::test]
async fn what_has_no_limit_is_told_as_none() {
    let server = TestServer::start().await;
    let token = make(&server, json!({"rate": 0})).await;
    let answer = call(&server, &token).await;
    assert_eq!((&answer["code"], &answer["rate"], &answer["quota"]), (&json!("ok"), &Value::Null, &Value::Null));
}

#[tokio::test]
async fn a_cost_is_taken_whole_or_not_at_all() {
    let server = TestServer::start().await;
    let token = make(&server, json!({"rate": 100, "per": 60, "quota_max": 10, "quota_renewal_rate": 60})).await;
    let left = async |cost: i64| {
        let answer = answer(&server, json!({"key": token, "api": "test", "cost": cost})).await;
        (
            answer["code"].as_str().unwrap().to_owned(),
            answer["rate"]["remaining"].clone(),
            answer["quota"]["remaining"].clone(),
        )
    };
    let row = |code: &str, rate: i64, quota: i64| (code.to_owned(), json!(rate), json!(quota));
    assert_eq!(left(0).await, row("ok", 100, 10));
    assert_eq!(left(11).await, row("quota_exceeded", 100, 10), "above the whole quota");
    assert_eq!(left(101).await, row("rate_limited", 100, 10), "above the whole rate");
    assert_eq!(left(1_000_000_000).await, row("rate_limited", 100, 10));
    assert_eq!(left(7).await, row("ok", 93, 3));
    assert_eq!(left(4).await, row("quota_exceeded", 93, 3), "above what is left");
    assert_eq!(left(3).await, row("ok", 90, 0));
    assert_eq!(left(0).await, row("ok", 90, 0), "costs nothing");
    assert_eq!(left(1).await, row("quota_exceeded", 90, 0));
}

#[tokio::test]
async fn only_the_admin_secret_as_bearer_may_ask() {
    let server = TestServer::start().await;
    let token = server.create_key("default").await;
    let _before = server.watch.calls();
    let question = json!({"key": token, "api": "test"});
    let (basic, bare) = (format!("Basic {ADMIN}"), ADMIN.to_owned());
    let wrong = [("Authorization", "Bearer wrong"), ("Authorization", "Bearer "), ("Authorization", &basic)];
    let others = [("Authorization", bare.as_str()), ("X-Tyk-Authorization", ADMIN), ("X-Nothing", "")];
    for header in wrong.into_iter().chain(others) {
        let reply = server.send("POST", "/v1/keys/verify", &[header], &question).await.expect(401);
        assert_eq!(reply.json(), json!({"error": {"message": "the admin secret is missing or wrong"}}), "{header:?}");
    }
    assert_eq!(server.watch.calls(), []);
}

#[tokio::test]
async fn null_for_an_optional_field_is_the_same_as_not_sending_it() {
    let server = TestServer::start().await;
    let token = server.create_key("default").await;
    let nulls = json!({"key": token, "api": "test", "method": null, "path": null, "version": null, "cost": null,
        "spend": null});
    assert_eq!(ask(&server, nulls).await.expect(200).json()["code"], "ok");
    let required = ask(&server, json!({"key": null, "api": null})).await.expect(400).json();
    let given = |field: &str| json!({"field": field, "problem": "is required"});
    assert_eq!(required["error"]["faults"], json!([given("key"), given("api")]));
    let unknown = ask(&server, json!({"key": token, "api": "test", "costs": null})).await.expect(400).json();
    assert_eq!(unknown["error"]["faults"], json!([{"field": "costs", "problem": "is unknown"}]));
}

#[tokio::test]
async fn every_fault_of_a_question_is_named() {
    let server = TestServer::start().await;
    let cost = "must be a whole number from 0 to 1000000000";
    let faults = async |question: Value| asking::faults(&ask(&server, question).await.expect(400));
    for body in [json!([]), json!("key"), Value::Null] {
        assert_eq!(faults(body).await, ["body must be a JSON object"]);
    }
    assert_eq!(faults(json!({})).await, ["api is required", "key is required"]);
    assert_eq!(faults(json!({"key": "", "api": ""})).await, ["api is required", "key is required"]);
    for wrong in [json!(-1), json!(0.5), json!(1.0), json!("1"), json!([1]), json!(1_000_000_001), json!(1e300)] {
        assert_eq!(faults(json!({"key": "k", "api": "a", "cost": wrong})).await, [format!("cost {cost}")]);
    }
    let all = json!({"key": 1, "method": [], "path": {}, "version": true, "cost": -1, "Key": "k", "costs": 1});
    let text = |field: &str| format!("{field} must be a string");
    let mut expected = ["key", "method", "path", "version"].map(text).to_vec();
    expected.extend(["Key is unknown".into(), "costs is unknown".into(), format!("cost {cost}")]);
    expected.push("api is required".into());
    expected.sort();
    assert_eq!(faults(all).await, expected);
    assert_eq!(server.watch.calls(), [], "a question with a fault reaches no table");
}

#[tokio::test]
async fn a_failing_store_is_neither_a_yes_nor_a_no() {
    // The first two fail the key's read and take; the others fail the organisation's read and take.
    for (operation, warm, org) in
        [("GetItem", false, false), ("UpdateItem", false, false), ("GetItem", true, false), ("UpdateItem", true, true)]
    {
        for fault in [Fault::Refuse, Fault::LoseAnswer] {
            let server = TestServer::start().await;
            let token = server.create_key("default").await;
            if org {
                limit_org(&server, "default", json!({"rate": 5, "per": 60})).await;
            }
            if warm {
                assert_eq!(code(&server, &token).await, "ok");
            }
            server.watch.fail_next(operation, fault);
            let reply = ask(&server, json!({"key": token, "api": "test"})).await.expect(503);
            assert!(server.watch.all_faults_happened());
            assert_eq!(reply.header("retry-after"), "1");
            let nothing_decided = json!({"error": {"message": "no decision could be made: try again"}});
            assert_eq!(reply.json(), nothing_decided, "{operation} {fault:?}");
        }
    }
}

#[tokio::test]
async fn a_key_that_is_too_short_is_unknown_without_a_look() {
    let server = TestServer::with(&[("LATCHKEY_MIN_TOKEN_LENGTH", "8")]).await;
    assert_eq!(code(&server, "1234567").await, "unknown_key");
    assert_eq!(server.watch.calls(), []);
    let _named =
        server.admin("POST", "/tyk/keys/12345678?org_id=", super::asking::key_with(&json!({"org_id": ""}))).await;
    assert_eq!(code_of(&server, json!({"key": "12345678", "api": "test"})).await, "ok");
}

#[tokio::test]
async fn thousands_of_unknown_fields_come_back_as_a_few_faults() {
    let server = TestServer::start().await;
    let long = "x".repeat(300);
    let fields: serde_json::Map<_, _> = (0..2500).map(|n| (format!("{n:04}{long}"), json!(1))).collect();
    for path in ["/v1/keys/verify", "/v1/keys/usage"] {
        let refused = server.bearer(ADMIN, "POST", path, Value::Object(fields.clone())).await.expect(400);
        assert!(refused.text.len() < 20_000, "{} bytes", refused.text.len());
        let error = refused.json()["error"].clone();
        let (named, more) = (error["faults"].as_array().unwrap().len(), error["more_faults"].as_u64().unwrap());
        // Two required fields are missing as well.
        assert_eq!((named, more), (32, 2500 + 2 - 32), "{path}");
    }
    let wide = json!({"x".repeat(900_000): 1});
    let refused = server.bearer(ADMIN, "POST", "/v1/keys/verify", wide).await.expect(400);
    assert!(refused.text.len() < 2000, "{} bytes", refused.text.len());
    let query: String = (0..1000).map(|n| format!("&a{n}=1")).collect();
    let refused = server.bearer(ADMIN, "GET", &format!("/v1/usage?org=acme{query}"), ()).await.expect(400);
    assert_eq!(refused.json()["error"]["more_faults"], 1000 - 32);
}
