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

#[tokio::test]
async fn a_list_is_one_read_a_page_and_a_whole_token_is_looked_up() {
    let server = TestServer::start().await;
    let token = server.create_key("default").await;
    assert_eq!(cost(&server, "GET", "/tyk/keys", ()).await, calls(&[("Scan", 1.0)]));
    let by_org = cost(&server, "GET", "/tyk/keys?filter=default", ()).await;
    assert_eq!(by_org, calls(&[("Query", 1.0), ("Scan", 1.0)]));
    let by_token = cost(&server, "GET", &format!("/tyk/keys?filter={token}"), ()).await;
    assert_eq!(by_token, calls(&[("GetItem", 1.0)]));
}

#[tokio::test]
async fn moving_a_key_costs_one_row_more_in_the_same_transaction() {
    let server = TestServer::start().await;
    let token = server.create_key("default").await;
    let moved = cost(&server, "PUT", &format!("/tyk/keys/{token}"), key("other")).await;
    // One read more: the name could be a short one of the new organisation.
    assert_eq!(moved, calls(&[("GetItem", 1.0), ("GetItem", 1.0), ("TransactWriteItems", 6.0)]));
}

#[tokio::test]
async fn assigning_policies_is_a_replacement_and_a_preview_reaches_no_table() {
    let server = TestServer::start().await;
    let token = server.create_key("default").await;
    let assigned = cost(&server, "POST", &format!("/tyk/keys/policy/{token}"), json!({"policy": "p"})).await;
    assert_eq!(assigned, calls(&[("GetItem", 1.0), ("TransactWriteItems", 4.0)]));
    assert_eq!(cost(&server, "POST", "/tyk/keys/preview", key("default")).await, []);
}

#[tokio::test]
async fn what_is_refused_at_the_door_reaches_no_table() {
    let server = TestServer::start().await;
    let _wrong_secret = server.send("GET", "/tyk/keys/abc", &[("X-Tyk-Authorization", "wrong")], ()).await.expect(403);
    let _malformed = server.admin("POST", "/tyk/keys/create", "{").await.expect(500);
    let _no_path = server.admin("GET", "/tyk/keys/a/b", ()).await.expect(404);
    assert_eq!(server.watch.calls(), []);
}

#[tokio::test]
async fn a_usual_key_fits_in_one_unit() {
    let server = TestServer::start().await;
    let mut body = key("53ac07777cbb8c2d53000002");
    body["alias"] = "billing service, production".into();
    body["tags"] = json!(["production", "billing"]);
    body["quota_max"] = 100_000.into();
    body["quota_renewal_rate"] = 86_400.into();
    let made = cost(&server, "POST", "/tyk/keys/create", &body).await;
    assert_eq!(made, calls(&[("TransactWriteItems", 6.0)]));
}

#[tokio::test]
async fn a_short_page_costs_the_same_however_many_keys_there_are() {
    let server = TestServer::start().await;
    let page = async |keys: usize, path: &str| {
        for _ in 0..keys {
            server.create_key("default").await;
        }
        cost(&server, "GET", path, ()).await
    };
    for path in ["/tyk/keys?limit=5", "/tyk/keys?limit=5&filter=default"] {
        let of_few = page(10, path).await;
        let of_many = page(200, path).await;
        assert_eq!(of_few.len(), 1, "{path}");
        assert_eq!(of_many, of_few, "{path}");
    }
}
