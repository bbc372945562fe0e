//! What each endpoint costs: store calls and capacity units, so that a dearer call fails here.

use latchkey_harness::{ADMIN, TestServer};
use serde_json::json;

use super::asking::{KEYS, Made, ORG, first, make, manager};

/// Sends a request and tells the calls it caused: operation and units.
async fn cost(server: &TestServer, secret: &str, method: &str, path: &str, body: &str) -> Vec<(String, f64)> {
    let _before = server.watch.calls();
    let bearer = format!("Bearer {secret}");
    let reply = server.send(method, path, &[("Authorization", &bearer), ("X-Organization-Id", "acme")], body).await;
    assert!((200..300).contains(&reply.status), "{method} {path}: {reply:?}");
    server.watch.calls().into_iter().map(|call| (call.operation, call.units)).collect()
}

fn calls(expected: &[(&str, f64)]) -> Vec<(String, f64)> {
    expected.iter().map(|(operation, units)| ((*operation).to_owned(), *units)).collect()
}

async fn with_keys() -> (TestServer, Made, Made) {
    let server = TestServer::start().await;
    let root = first(&server, "acme").await;
    let made = make(&server, &root, json!({"monthly_limit": 5})).await;
    (server, root, made)
}

#[tokio::test]
async fn making_a_key_is_a_read_of_the_maker_and_one_transaction() {
    let (server, root, _) = with_keys().await;
    let body = r#"{"name":"x"}"#;
    let made = cost(&server, &root.secret, "POST", KEYS, body).await;
    assert_eq!(made, calls(&[("GetItem", 1.0), ("TransactWriteItems", 8.0)]));
    let first = cost(&server, ADMIN, "POST", KEYS, body).await;
    assert_eq!(first, calls(&[("TransactWriteItems", 6.0)]));
}

#[tokio::test]
async fn a_key_and_its_caller_are_one_read() {
    let (server, root, made) = with_keys().await;
    let read = cost(&server, &root.secret, "GET", &made.path(""), "").await;
    assert_eq!(read, calls(&[("BatchGetItem", 2.0)]));
    for path in [root.path(""), format!("{KEYS}/self"), "/v1/auth/check".to_owned()] {
        assert_eq!(cost(&server, &root.secret, "GET", &path, "").await, calls(&[("GetItem", 1.0)]), "{path}");
    }
}

#[tokio::test]
async fn a_change_is_that_read_and_one_transaction() {
    let (server, root, made) = with_keys().await;
    for (rest, body) in [
        ("/limit", r#"{"monthly_limit":7}"#),
        ("/label", r#"{"labels":{"env":"prod"}}"#),
        ("/expiry", r#"{"expires_at":"2027-01-01T00:00:00Z"}"#),
    ] {
        let other = cost(&server, &root.secret, "POST", &made.path(rest), body).await;
        assert_eq!(other, calls(&[("BatchGetItem", 2.0), ("TransactWriteItems", 6.0)]), "{rest}");
        let own = cost(&server, &root.secret, "POST", &root.path(rest), body).await;
        assert_eq!(own, calls(&[("GetItem", 1.0), ("TransactWriteItems", 4.0)]), "{rest}");
    }
    let deleted = cost(&server, &root.secret, "DELETE", &made.path(""), "").await;
    assert_eq!(deleted, calls(&[("BatchGetItem", 2.0), ("TransactWriteItems", 10.0)]));
    let own = cost(&server, &root.secret, "DELETE", &root.path(""), "").await;
    assert_eq!(own, calls(&[("GetItem", 1.0), ("TransactWriteItems", 8.0)]));
}

#[tokio::test]
async fn a_list_is_a_read_of_the_caller_a_query_and_a_read_for_each_hundred_keys() {
    let (server, root, _) = with_keys().await;
    let list = cost(&server, &root.secret, "GET", KEYS, "").await;
    assert_eq!(list, calls(&[("GetItem", 1.0), ("Query", 1.0), ("BatchGetItem", 2.0)]));
}

#[tokio::test]
async fn use_is_read_with_one_call_for_a_key_and_three_for_an_organisation() {
    let (server, root, made) = with_keys().await;
    let body = json!({"key_id": made.id, "id": "report-1", "spend": 1, "requests": 1});
    let _counted = server.bearer(ADMIN, "POST", "/v1/keys/usage", body).await.expect(200);
    let other = cost(&server, &root.secret, "GET", &made.path("/usage?start=2026-01-15T00:00:00Z"), "").await;
    assert_eq!(other, calls(&[("BatchGetItem", 2.0), ("BatchGetItem", 1.0)]));
    let own = cost(&server, &root.secret, "GET", &root.path("?start_date=2026-01-15"), "").await;
    assert_eq!(own, calls(&[("GetItem", 1.0), ("BatchGetItem", 1.0)]));
    let org = cost(&server, &root.secret, "GET", &format!("{ORG}/usage?start=2026-01-15T00:00:00Z"), "").await;
    assert_eq!(org, calls(&[("GetItem", 1.0), ("Query", 1.0), ("BatchGetItem", 2.0), ("Query", 1.0)]));
}

#[tokio::test]
async fn an_organisation_is_one_read_more_and_setting_it_one_read_and_one_transaction() {
    let (server, root, _) = with_keys().await;
    let shown = cost(&server, &root.secret, "GET", ORG, "").await;
    assert_eq!(shown, calls(&[("GetItem", 1.0), ("GetItem", 1.0)]));
    for _ in 0..2 {
        let set = cost(&server, ADMIN, "PUT", ORG, r#"{"name":"Acme"}"#).await;
        assert_eq!(set, calls(&[("GetItem", 1.0), ("TransactWriteItems", 4.0)]));
    }
}

#[tokio::test]
async fn what_is_refused_costs_the_read_of_the_caller_at_most() {
    let (server, root, made) = with_keys().await;
    let none = manager(&server, &root, "none").await;
    for (secret, method, path, body, expected) in [
        (&root.secret, "POST", KEYS.to_owned(), "{", &["GetItem"][..]),
        (&root.secret, "DELETE", format!("{KEYS}/nonsense"), "", &["GetItem"]),
        (&root.secret, "DELETE", format!("{KEYS}/self"), "", &["GetItem"]),
        (&root.secret, "POST", made.path("/limit"), "{}", &["BatchGetItem"]),
        (&none.secret, "DELETE", made.path(""), "", &["BatchGetItem"]),
        (&none.secret, "GET", KEYS.to_owned(), "", &["GetItem"]),
    ] {
        let _before = server.watch.calls();
        let reply = server.bearer(secret, method, &path, body).await;
        assert!((400..404).contains(&reply.status), "{method} {path}: {reply:?}");
        let operations: Vec<_> = server.watch.calls().into_iter().map(|call| call.operation).collect();
        assert_eq!(operations, expected, "{method} {path}");
    }
}
