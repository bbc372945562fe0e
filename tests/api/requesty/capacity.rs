//! What each endpoint costs in store calls and capacity units: a call that costs more fails here.

use latchkey_harness::{ADMIN, TestServer};
use serde_json::json;

use super::asking::{KEYS, Made, ORG, first, make, manager};
use crate::capacity::{assert_cost, calls};

/// Sends a request and returns the store calls that it made.
async fn cost(server: &TestServer, secret: &str, method: &str, path: &str, body: &str) -> Vec<String> {
    let _before = server.watch.calls();
    let bearer = format!("Bearer {secret}");
    let reply = server.send(method, path, &[("Authorization", &bearer), ("X-Organization-Id", "acme")], body).await;
    assert!((200..300).contains(&reply.status), "{method} {path}: {reply:?}");
    calls(server)
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
    assert_cost("requesty-create-key", "with a managing key", &made);
    let first = cost(&server, ADMIN, "POST", KEYS, body).await;
    assert_cost("requesty-create-key", "with the admin secret", &first);
}

#[tokio::test]
async fn a_key_and_its_caller_are_one_read() {
    let (server, root, made) = with_keys().await;
    let read = cost(&server, &root.secret, "GET", &made.path(""), "").await;
    assert_cost("requesty-get-key", "another key", &read);
    for path in [root.path(""), format!("{KEYS}/self")] {
        let own = cost(&server, &root.secret, "GET", &path, "").await;
        assert_cost("requesty-get-key", "the caller's own key", &own);
    }
    let checked = cost(&server, &root.secret, "GET", "/v1/auth/check", "").await;
    assert_cost("requesty-check-auth", "", &checked);
}

#[tokio::test]
async fn a_change_is_that_read_and_one_transaction() {
    let (server, root, made) = with_keys().await;
    let limit = r#"{"monthly_limit":7}"#;
    let labels = r#"{"labels":{"env":"prod"}}"#;
    let expiry = r#"{"expires_at":"2027-01-01T00:00:00Z"}"#;
    for (function, request, path, body) in [
        ("requesty-set-limit", "another key", made.path("/limit"), limit),
        ("requesty-set-limit", "the caller's own key", root.path("/limit"), limit),
        ("requesty-set-labels", "another key", made.path("/label"), labels),
        ("requesty-set-labels", "the caller's own key", root.path("/label"), labels),
        ("requesty-set-expiry", "another key", made.path("/expiry"), expiry),
        ("requesty-set-expiry", "the caller's own key", root.path("/expiry"), expiry),
    ] {
        assert_cost(function, request, &cost(&server, &root.secret, "POST", &path, body).await);
    }
    let deleted = cost(&server, &root.secret, "DELETE", &made.path(""), "").await;
    assert_cost("requesty-delete-key", "another key", &deleted);
    let own = cost(&server, &root.secret, "DELETE", &root.path(""), "").await;
    assert_cost("requesty-delete-key", "the caller's own key", &own);
}

#[tokio::test]
async fn a_list_is_a_read_of_the_caller_a_query_and_a_read_for_each_hundred_keys() {
    let (server, root, _) = with_keys().await;
    let list = cost(&server, &root.secret, "GET", KEYS, "").await;
    assert_cost("requesty-list-keys", "two keys", &list);
}

#[tokio::test]
async fn use_is_read_with_one_call_for_a_key_and_two_for_an_organisation() {
    let (server, root, made) = with_keys().await;
    let body = json!({"key_id": made.id, "id": "report-1", "spend": 1, "requests": 1});
    let _counted = server.bearer(ADMIN, "POST", "/v1/keys/usage", body).await.expect(200);
    let other = cost(&server, &root.secret, "GET", &made.path("/usage?start=2026-01-15T00:00:00Z"), "").await;
    assert_cost("requesty-get-usage", "one day of another key", &other);
    let own = cost(&server, &root.secret, "GET", &root.path("?start_date=2026-01-15"), "").await;
    assert_cost("requesty-get-key", "one day of the caller's own key", &own);
    let path = format!("{ORG}/usage?start=2026-01-15T00:00:00Z");
    let org = cost(&server, &root.secret, "GET", &path, "").await;
    assert_cost("requesty-get-org-usage", "one day", &org);
    let by_key = cost(&server, &root.secret, "GET", &format!("{path}&group_by=api_key_id"), "").await;
    assert_cost("requesty-get-org-usage", "one day by key", &by_key);
}

#[tokio::test]
async fn an_organisation_is_one_read_more_and_setting_it_one_read_and_one_transaction() {
    let (server, root, _) = with_keys().await;
    let shown = cost(&server, &root.secret, "GET", ORG, "").await;
    assert_cost("requesty-get-org", "", &shown);
    for (function, request) in
        [("requesty-set-org", "setting it for the first time"), ("requesty-set-org", "changing it")]
    {
        assert_cost(function, request, &cost(&server, ADMIN, "PUT", ORG, r#"{"name":"Acme"}"#).await);
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
