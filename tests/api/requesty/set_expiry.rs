//! `POST /v1/manage/apikey/{id}/expiry`.

use latchkey_harness::TestServer;
use serde_json::json;

use super::asking::{KEYS, assert_refused, code, expired, first, make, read};

#[tokio::test]
async fn a_key_is_refused_everywhere_from_its_expiry_on_to_the_millisecond() {
    let server = TestServer::start().await;
    let root = first(&server, "acme").await;
    let made = make(&server, &root, json!({})).await;
    let body = json!({"expires_at": "2026-01-15T12:00:05.001Z"});
    let reply = server.bearer(&root.secret, "POST", &made.path("/expiry"), body).await.expect(204);
    assert_eq!(reply.text, "");
    server.clock.advance(5_000);
    assert_eq!(code(&server, &made, "completions", "POST").await, "ok");
    let _alive = server.bearer(&made.secret, "GET", "/v1/auth/check", ()).await.expect(200);
    server.clock.advance(1);
    assert_eq!(code(&server, &made, "completions", "POST").await, "expired");
    assert_refused(&server.bearer(&made.secret, "GET", "/v1/auth/check", ()).await, 403);
    assert_eq!(read(&server, &root, &made.path("")).await["id"], made.id.as_str(), "it is still there for others");
}

#[tokio::test]
async fn null_and_nothing_take_an_expiry_away() {
    let server = TestServer::start().await;
    let root = first(&server, "acme").await;
    let made = make(&server, &root, json!({})).await;
    for none in ["{\"expires_at\":null}", "{}", "{\"expiresAt\":\"2026-01-15T12:00:05Z\"}"] {
        for body in ["{\"expires_at\":\"2027-01-15T12:00:05Z\"}", none] {
            let _set = server.bearer(&root.secret, "POST", &made.path("/expiry"), body).await.expect(204);
        }
        assert_eq!(read(&server, &root, &made.path("")).await.get("expires_at"), None);
    }
}

#[tokio::test]
async fn a_time_that_is_not_in_the_future_or_no_time_is_refused_and_changes_nothing() {
    let server = TestServer::start().await;
    let root = first(&server, "acme").await;
    let made = make(&server, &root, json!({})).await;
    let before = server.everything().await;
    for body in [
        "",
        "[]",
        "null",
        r#"{"expires_at":"2026-01-15T12:00:00Z"}"#,
        r#"{"expires_at":"2026-01-15T13:59:59.999+02:00"}"#,
        r#"{"expires_at":"1999-01-01T00:00:00Z"}"#,
        r#"{"expires_at":"2027-01-15"}"#,
        r#"{"expires_at":"2027-02-30T00:00:00Z"}"#,
        r#"{"expires_at":"tomorrow"}"#,
        r#"{"expires_at":""}"#,
        r#"{"expires_at":1900000000}"#,
        r#"{"expires_at":["2027-01-15T12:00:00Z"]}"#,
    ] {
        assert_refused(&server.bearer(&root.secret, "POST", &made.path("/expiry"), body).await, 400);
    }
    assert_eq!(server.everything().await, before);
}

#[tokio::test]
async fn an_expired_key_gets_no_other_expiry_and_can_be_deleted() {
    let server = TestServer::start().await;
    let root = first(&server, "acme").await;
    let made = expired(&server, &root).await;
    let before = server.everything().await;
    for body in ["{}", r#"{"expires_at":null}"#, r#"{"expires_at":"2027-01-15T12:00:00Z"}"#] {
        let refused = server.bearer(&root.secret, "POST", &made.path("/expiry"), body).await;
        assert!(assert_refused(&refused, 400).contains("expired"));
    }
    assert_eq!(server.everything().await, before);
    let _deleted = server.bearer(&root.secret, "DELETE", &made.path(""), ()).await.expect(200);
}

#[tokio::test]
async fn a_manager_may_end_its_own_time() {
    let server = TestServer::start().await;
    let root = first(&server, "acme").await;
    let body = json!({"expires_at": "2026-01-15T12:00:01Z"});
    let _set = server.bearer(&root.secret, "POST", &root.path("/expiry"), body).await.expect(204);
    server.clock.advance(1_000);
    assert_refused(&server.bearer(&root.secret, "GET", KEYS, ()).await, 403);
}
