//! What each endpoint costs: store calls and capacity units, so that a dearer call fails here.

use latchkey_harness::{TestServer, key};
use serde_json::json;

/// Sends a request and tells the calls it caused: operation and units.
async fn cost(
    server: &TestServer,
    method: &str,
    path: &str,
    body: impl Into<latchkey_harness::Body>,
) -> Vec<(String, f64)> {
    let _before = server.watch.calls();
    let _reply = server.admin(method, path, body).await.expect(200);
    server.watch.calls().into_iter().map(|call| (call.operation, call.units)).collect()
}

fn calls(expected: &[(&str, f64)]) -> Vec<(String, f64)> {
    expected.iter().map(|(operation, units)| ((*operation).to_owned(), *units)).collect()
}

#[tokio::test]
async fn making_a_key_is_one_transaction() {
    let server = TestServer::start().await;
    let made = cost(&server, "POST", "/tyk/keys/create", key("default")).await;
    assert_eq!(made, calls(&[("TransactWriteItems", 6.0)]));
}

#[tokio::test]
async fn reading_a_key_is_one_read() {
    let server = TestServer::start().await;
    let token = server.create_key("default").await;
    let read = cost(&server, "GET", &format!("/tyk/keys/{token}"), ()).await;
    assert_eq!(read, calls(&[("GetItem", 1.0)]));
}

#[tokio::test]
async fn replacing_and_deleting_a_key_are_one_read_and_one_transaction() {
    let server = TestServer::start().await;
    let token = server.create_key("default").await;
    let path = format!("/tyk/keys/{token}");
    let replaced = cost(&server, "PUT", &path, key("default")).await;
    assert_eq!(replaced, calls(&[("GetItem", 1.0), ("TransactWriteItems", 4.0)]));
    let deleted = cost(&server, "DELETE", &path, ()).await;
    assert_eq!(deleted, calls(&[("GetItem", 1.0), ("TransactWriteItems", 8.0)]));
    let revived = cost(&server, "POST", &path, key("default")).await;
    assert_eq!(revived, calls(&[("GetItem", 1.0), ("TransactWriteItems", 8.0)]));
}

#[tokio::test]
async fn an_organisations_limits_cost_the_same() {
    let server = TestServer::start().await;
    let limits = json!({"rate": 5, "per": 60});
    let made = cost(&server, "POST", "/tyk/org/keys/acme", &limits).await;
    assert_eq!(made, calls(&[("GetItem", 1.0), ("TransactWriteItems", 6.0)]));
    let replaced = cost(&server, "PUT", "/tyk/org/keys/acme", &limits).await;
    assert_eq!(replaced, calls(&[("GetItem", 1.0), ("TransactWriteItems", 4.0)]));
    assert_eq!(cost(&server, "GET", "/tyk/org/keys/acme", ()).await, calls(&[("GetItem", 1.0)]));
    assert_eq!(cost(&server, "GET", "/tyk/org/keys", ()).await, calls(&[("Query", 1.0)]));
    let deleted = cost(&server, "DELETE", "/tyk/org/keys/acme", ()).await;
    assert_eq!(deleted, calls(&[("GetItem", 1.0), ("TransactWriteItems", 6.0)]));
}
