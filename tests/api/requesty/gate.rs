//! What the gate lets a key of this dialect do: its API, its methods, its month's money.

use latchkey_harness::{ADMIN, TestServer};
use serde_json::{Value, json};

use super::asking::{HOUR, Made, code, first, limit, make, report};

async fn ask(server: &TestServer, question: Value) -> Value {
    server.bearer(ADMIN, "POST", "/v1/keys/verify", question).await.expect(200).json()
}

async fn call(server: &TestServer, key: &Made) -> Value {
    ask(server, json!({"key": key.secret, "api": "completions", "method": "POST"})).await
}

#[tokio::test]
async fn a_key_calls_completions_only_and_as_its_permission_says() {
    let server = TestServer::start().await;
    let root = first(&server, "acme").await;
    for (completions, get, post) in
        [("write", "ok", "ok"), ("read", "ok", "resource_not_allowed"), ("none", "api_not_allowed", "api_not_allowed")]
    {
        let permissions = json!({"permissions": {"manage": "write", "completions": completions}});
        let made = make(&server, &root, permissions).await;
        assert_eq!(code(&server, &made, "completions", "GET").await, get, "{completions}");
        assert_eq!(code(&server, &made, "completions", "POST").await, post, "{completions}");
        assert_eq!(code(&server, &made, "test", "GET").await, "api_not_allowed", "{completions}");
    }
}

#[tokio::test]
async fn no_setting_lets_a_key_without_completions_call_anything() {
    let server = TestServer::with(&[("LATCHKEY_ALLOW_MASTER_KEYS", "true")]).await;
    let root = first(&server, "acme").await;
    let made = make(&server, &root, json!({"permissions": {"manage": "none", "completions": "none"}})).await;
    assert_eq!(code(&server, &made, "completions", "GET").await, "api_not_allowed");
}

#[tokio::test]
async fn a_limit_that_is_reached_is_412_until_the_next_month_or_a_higher_limit() {
    let server = TestServer::start().await;
    let root = first(&server, "acme").await;
    let made = make(&server, &root, json!({"monthly_limit": "0.3"})).await;
    for spend in ["0.1", "0.1"] {
        assert_eq!(call(&server, &made).await["code"], "ok");
        report(&server, &made, json!({"spend": spend})).await;
    }
    assert_eq!(call(&server, &made).await["code"], "ok", "0.1 is left");
    report(&server, &made, json!({"spend": "0.1"})).await;
    let refused = call(&server, &made).await;
    assert_eq!((&refused["code"], &refused["status"]), (&json!("spend_exceeded"), &json!(412)), "exactly reached");
    assert_eq!(refused["retry_after"], 1_769_904_000 - server.clock.now() / 1000, "the first of February");

    limit(&server, &root, &made, "0.300001").await;
    assert_eq!(call(&server, &made).await["code"], "ok");
    limit(&server, &root, &made, "0.3").await;
    server.clock.advance(1_769_904_000_000 - server.clock.now() - 1);
    assert_eq!(call(&server, &made).await["code"], "spend_exceeded");
    server.clock.advance(1);
    assert_eq!(call(&server, &made).await["code"], "ok");
    report(&server, &made, json!({"spend": 5})).await;
    assert_eq!(call(&server, &made).await["code"], "spend_exceeded", "known only afterwards");
    server.clock.advance(28 * 24 * HOUR);
    assert_eq!(call(&server, &made).await["code"], "ok");
}

#[tokio::test]
async fn many_small_amounts_are_summed_without_rounding() {
    let server = TestServer::start().await;
    let root = first(&server, "acme").await;
    let made = make(&server, &root, json!({"monthly_limit": 1})).await;
    for _ in 0..10 {
        report(&server, &made, json!({"spend": 0.1})).await;
    }
    let details = server.bearer(&root.secret, "GET", &made.path(""), ()).await.expect(200);
    assert!(details.text.contains("\"monthly_spend\":1,"), "{}", details.text);
    assert_eq!(call(&server, &made).await["code"], "spend_exceeded");
}

#[tokio::test]
async fn a_managing_key_that_has_spent_its_month_still_manages() {
    let server = TestServer::start().await;
    let root = first(&server, "acme").await;
    limit(&server, &root, &root, "1").await;
    report(&server, &root, json!({"spend": 2})).await;
    assert_eq!(call(&server, &root).await["code"], "spend_exceeded");
    let made = make(&server, &root, json!({})).await;
    let _deleted = server.bearer(&root.secret, "DELETE", &made.path(""), ()).await.expect(200);
}

#[tokio::test]
async fn the_limits_of_the_organisation_hold_its_keys() {
    let server = TestServer::start().await;
    let root = first(&server, "acme").await;
    let limits = json!({"quota_max": 2, "quota_renewal_rate": 3600});
    let _limited = server.admin("POST", "/tyk/org/keys/acme", limits).await.expect(200);
    let other = make(&server, &root, json!({})).await;
    let codes = [call(&server, &root).await, call(&server, &other).await, call(&server, &root).await];
    assert_eq!(codes.map(|answer| answer["code"].clone()), ["ok", "ok", "org_quota_exceeded"]);
}
