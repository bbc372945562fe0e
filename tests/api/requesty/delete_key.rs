//! `DELETE /v1/manage/apikey/{id}`.

use latchkey_harness::TestServer;
use serde_json::json;

use super::asking::{KEYS, assert_refused, code, first, listed, make, manager, read, report};

#[tokio::test]
async fn a_deleted_key_is_refused_at_once_and_gone_everywhere() {
    let server = TestServer::start().await;
    let root = first(&server, "acme").await;
    let made = make(&server, &root, json!({})).await;
    assert_eq!(code(&server, &made, "completions", "POST").await, "ok", "the gate remembers it");
    let reply = server.bearer(&root.secret, "DELETE", &made.path(""), "any body at all").await.expect(200);
    assert_eq!((reply.text.as_str(), reply.header("content-type")), ("", ""));
    assert_eq!(code(&server, &made, "completions", "POST").await, "unknown_key");
    assert_refused(&server.bearer(&made.secret, "GET", "/v1/auth/check", ()).await, 403);
    assert_eq!(listed(&server, &root).await, [root.id.as_str()]);
    for (method, rest, body) in [
        ("GET", "", ""),
        ("GET", "?start_date=2026-01-15", ""),
        ("GET", "/usage?start=2026-01-15T00:00:00Z", ""),
        ("POST", "/limit", r#"{"monthly_limit":1}"#),
        ("POST", "/label", r#"{"labels":{}}"#),
        ("POST", "/expiry", "{}"),
        ("DELETE", "", ""),
    ] {
        assert_refused(&server.bearer(&root.secret, method, &made.path(rest), body).await, 404);
    }
}

#[tokio::test]
async fn a_key_may_delete_itself_by_its_id_and_is_refused_then() {
    let server = TestServer::start().await;
    let root = first(&server, "acme").await;
    let made = manager(&server, &root, "write").await;
    assert_refused(&server.bearer(&made.secret, "DELETE", &format!("{KEYS}/self"), ()).await, 400);
    let path = format!("{KEYS}/{}", made.id.to_uppercase());
    let _deleted = server.bearer(&made.secret, "DELETE", &path, ()).await.expect(200);
    assert_refused(&server.bearer(&made.secret, "GET", KEYS, ()).await, 403);
    assert_refused(&server.bearer(&made.secret, "DELETE", &path, ()).await, 403);
    assert_refused(&server.bearer(&root.secret, "GET", &made.path(""), ()).await, 404);
}

#[tokio::test]
async fn the_last_manager_may_go_and_the_administrator_makes_the_next() {
    let server = TestServer::start().await;
    let root = first(&server, "acme").await;
    let made = make(&server, &root, json!({})).await;
    let _deleted = server.bearer(&root.secret, "DELETE", &root.path(""), ()).await.expect(200);
    let next = first(&server, "acme").await;
    assert_eq!(read(&server, &next, &made.path("")).await["id"], made.id.as_str());
}

#[tokio::test]
async fn a_deleted_keys_use_stays_with_its_organisation_and_its_id() {
    let server = TestServer::start().await;
    let root = first(&server, "acme").await;
    let made = make(&server, &root, json!({})).await;
    report(&server, &made, json!({"spend": 1.25, "requests": 2})).await;
    assert_eq!(code(&server, &made, "completions", "POST").await, "ok");
    let _deleted = server.bearer(&root.secret, "DELETE", &made.path(""), ()).await.expect(200);
    let path = "/v1/manage/org/usage?start=2026-01-15T00:00:00Z&group_by=api_key_id";
    let day = read(&server, &root, path).await["usage"]["2026-01-15T00:00:00Z"].clone();
    assert_eq!(day["total_requests"], 3);
    assert_eq!(day["grouped_data"][0]["group_by_values"], json!({"api_key_id": made.id}));
    assert_eq!(day["grouped_data"][0]["spend"], 1.25);
}
