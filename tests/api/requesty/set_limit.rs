//! `POST /v1/manage/apikey/{id}/limit`: what was spent stays spent.

use latchkey_harness::TestServer;
use serde_json::{Value, json};

use super::asking::{Made, assert_refused, code, first, limit, make, read, report};

/// Limit and spend of a key, and the gate's answer to a call of it.
async fn state(server: &TestServer, by: &Made, of: &Made) -> (Value, Value, String) {
    let details = read(server, by, &of.path("")).await;
    let field = |name: &str| details[name].clone();
    (field("monthly_limit"), field("monthly_spend"), code(server, of, "completions", "POST").await)
}

/// Sets the limit; then limit, spend and the gate's answer are these.
async fn assert_limited(server: &TestServer, by: &Made, of: &Made, sent: &str, expected: (Value, i64, &str)) {
    limit(server, by, of, sent).await;
    let (limit, spend, code) = expected;
    assert_eq!(state(server, by, of).await, (limit, json!(spend), code.into()), "{sent}");
}

#[tokio::test]
async fn a_limit_comes_back_exactly_and_the_answer_is_empty() {
    let server = TestServer::start().await;
    let root = first(&server, "acme").await;
    let made = make(&server, &root, json!({})).await;
    for (sent, told) in [("123.45", "123.45"), ("\"0.30\"", "0.3"), ("1e-6", "0.000001"), ("0", "0"), ("0.0", "0")] {
        let body = format!("{{\"monthly_limit\":{sent},\"more\":1}}");
        let reply = server.bearer(&root.secret, "POST", &made.path("/limit"), body.as_str()).await.expect(204);
        assert_eq!((reply.text.as_str(), reply.header("content-type")), ("", ""));
        let details = server.bearer(&root.secret, "GET", &made.path(""), ()).await.expect(200);
        assert!(details.text.contains(&format!("\"monthly_limit\":{told},")), "{sent}: {}", details.text);
    }
}

#[tokio::test]
async fn a_limit_below_what_is_spent_refuses_at_once_and_a_higher_one_admits_again() {
    let server = TestServer::start().await;
    let root = first(&server, "acme").await;
    let made = make(&server, &root, json!({"monthly_limit": 10})).await;
    report(&server, &made, json!({"spend": 4})).await;
    assert_eq!(state(&server, &root, &made).await, (json!(10), json!(4), "ok".into()));
    assert_limited(&server, &root, &made, "3.5", (json!(3.5), 4, "spend_exceeded")).await;
    assert_limited(&server, &root, &made, "4", (json!(4), 4, "spend_exceeded")).await;
    assert_limited(&server, &root, &made, "4.000001", (json!(4.000_001), 4, "ok")).await;
}

#[tokio::test]
async fn without_a_limit_what_is_spent_is_counted_and_holds_against_the_next_limit() {
    let server = TestServer::start().await;
    let root = first(&server, "acme").await;
    let made = make(&server, &root, json!({"monthly_limit": 1})).await;
    report(&server, &made, json!({"spend": 2})).await;
    assert_limited(&server, &root, &made, "0", (json!(0), 2, "ok")).await;
    report(&server, &made, json!({"spend": 3})).await;
    assert_eq!(state(&server, &root, &made).await, (json!(0), json!(5), "ok".into()));
    assert_limited(&server, &root, &made, "5", (json!(5), 5, "spend_exceeded")).await;
    let never = make(&server, &root, json!({})).await;
    report(&server, &never, json!({"spend": 7})).await;
    assert_limited(&server, &root, &never, "7.5", (json!(7.5), 7, "ok")).await;
}

#[tokio::test]
async fn a_limit_changed_in_a_later_month_finds_nothing_spent() {
    let server = TestServer::start().await;
    let root = first(&server, "acme").await;
    let made = make(&server, &root, json!({"monthly_limit": 10})).await;
    report(&server, &made, json!({"spend": 9})).await;
    server.clock.advance(20 * 24 * 60 * 60 * 1000);
    assert_limited(&server, &root, &made, "2", (json!(2), 0, "ok")).await;
    report(&server, &made, json!({"spend": 2})).await;
    assert_eq!(state(&server, &root, &made).await, (json!(2), json!(2), "spend_exceeded".into()));
}

#[tokio::test]
async fn the_other_settings_stay_and_those_others_leave_the_limit() {
    let server = TestServer::start().await;
    let root = first(&server, "acme").await;
    let made = make(&server, &root, json!({"name": "app", "monthly_limit": 8})).await;
    report(&server, &made, json!({"spend": 3})).await;
    let changes = [
        ("/label", json!({"labels": {"env": "prod"}})),
        ("/expiry", json!({"expires_at": "2026-02-15T12:00:00Z"})),
        ("/limit", json!({"monthly_limit": 9})),
        ("/label", json!({"labels": {"env": "dev"}})),
    ];
    for (rest, body) in changes {
        let _set = server.bearer(&root.secret, "POST", &made.path(rest), body).await.expect(204);
    }
    let details = read(&server, &root, &made.path("")).await;
    let expected = json!({
        "id": made.id, "name": "app", "logging": true, "monthly_spend": 3, "monthly_limit": 9,
        "permissions": {"manage": "none", "completions": "write"}, "expires_at": "2026-02-15T12:00:00Z",
    });
    assert_eq!(details, expected);
    let list = read(&server, &root, "/v1/manage/apikey").await;
    let labels =
        list["keys"].as_array().unwrap().iter().find(|key| key["id"] == made.id.as_str()).unwrap()["labels"].clone();
    assert_eq!(labels, json!({"env": "dev"}));
}

#[tokio::test]
async fn what_is_no_limit_is_refused_and_changes_nothing() {
    let server = TestServer::start().await;
    let root = first(&server, "acme").await;
    let made = make(&server, &root, json!({"monthly_limit": 8})).await;
    let before = server.everything().await;
    for body in [
        "",
        "{",
        "[]",
        "5",
        "{}",
        r#"{"monthly_limit":null}"#,
        r#"{"monthly_limit":-0.01}"#,
        r#"{"monthly_limit":"x"}"#,
        r#"{"monthly_limit":1000000.1}"#,
        r#"{"monthly_limit":true}"#,
        r#"{"monthly_limit":1}x"#,
        r#"{"monthlyLimit":1}"#,
    ] {
        assert_refused(&server.bearer(&root.secret, "POST", &made.path("/limit"), body).await, 400);
    }
    assert_eq!(server.everything().await, before);
}

#[tokio::test]
async fn a_manager_may_limit_itself_and_a_key_that_has_expired() {
    let server = TestServer::start().await;
    let root = first(&server, "acme").await;
    limit(&server, &root, &root, "5").await;
    assert_eq!(read(&server, &root, &root.path("")).await["monthly_limit"], 5);
    let late = make(&server, &root, json!({})).await;
    let expiry = json!({"expires_at": "2026-01-15T12:00:01Z"});
    let _set = server.bearer(&root.secret, "POST", &late.path("/expiry"), expiry).await.expect(204);
    server.clock.advance(1_000);
    assert_limited(&server, &root, &late, "6", (json!(6), 0, "expired")).await;
}
