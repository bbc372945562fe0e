//! The two editions side by side: every answer in which they differ, and that they differ in no other.

use latchkey_harness::{Body, Fault, TestServer, key};
use serde_json::{Value, json};

use super::asserts::{assert_done, assert_refused, of_edition, read};

async fn both() -> [TestServer; 2] {
    [of_edition("documented").await, of_edition("5.13").await]
}

/// The action in the answer to a request that each server is sent.
async fn actions(servers: &[TestServer; 2], method: &str, path: &str, body: Value) -> [String; 2] {
    let [documented, gateway] = servers;
    [
        documented.admin(method, path, &body).await.expect(200).text_of("action"),
        gateway.admin(method, path, &body).await.expect(200).text_of("action"),
    ]
}

#[tokio::test]
async fn a_random_key_is_create_or_added() {
    let servers = both().await;
    for path in ["/tyk/keys/create", "/tyk/keys"] {
        assert_eq!(actions(&servers, "POST", path, key("default")).await, ["create", "added"]);
    }
}

#[tokio::test]
async fn posting_a_name_is_modified_or_added_whether_it_existed_or_not() {
    let servers = both().await;
    for _ in 0..2 {
        assert_eq!(actions(&servers, "POST", "/tyk/keys/my-key", key("default")).await, ["modified", "added"]);
    }
}

#[tokio::test]
async fn putting_a_missing_key_makes_it_or_is_404() {
    let [documented, gateway] = both().await;
    let reply = documented.admin("PUT", "/tyk/keys/my-key", key("default")).await;
    assert_done(&reply, "defaultmy-key", "modified");
    assert_eq!(read(&documented, "/tyk/keys/defaultmy-key").await["date_created"], "2026-01-15T12:00:00Z");
    assert_refused(&gateway.admin("PUT", "/tyk/keys/my-key", key("default")).await, 404, "Key is not found");
    super::asserts::assert_nothing_stored(&gateway).await;
}

#[tokio::test]
async fn putting_a_missing_key_makes_it_by_the_rules_of_a_post() {
    let documented = TestServer::start().await;
    let now = documented.clock.now() / 1000;
    let mut body = key("");
    body["expires"] = (now - 1).into();
    body["quota_renews"] = 77.into();
    let _made = documented.admin("PUT", "/tyk/keys/my-key?suppress_reset=1", body).await.expect(200);
    let session = read(&documented, "/tyk/keys/my-key").await;
    assert_eq!((session.get("expires"), &session["quota_renews"]), (None, &json!(77)));
}

#[tokio::test]
async fn putting_an_existing_key_is_modified_in_both() {
    let servers = both().await;
    let _made = actions(&servers, "POST", "/tyk/keys/my-key", key("default")).await;
    assert_eq!(actions(&servers, "PUT", "/tyk/keys/my-key", key("default")).await, ["modified"; 2]);
}

#[tokio::test]
async fn a_missing_organisation_is_404_or_400_when_deleted_and_404_when_read() {
    let [documented, gateway] = both().await;
    let path = "/tyk/org/keys/none";
    assert_refused(&documented.admin("DELETE", path, ()).await, 404, "Org not found");
    assert_refused(&gateway.admin("DELETE", path, ()).await, 400, "Failed to remove the key");
    for server in [documented, gateway] {
        assert_refused(&server.admin("GET", path, ()).await, 404, "Org not found");
    }
}

#[tokio::test]
async fn only_the_documented_edition_says_when_to_try_again() {
    for (server, header) in both().await.into_iter().zip(["1", ""]) {
        server.watch.fail_next("GetItem", Fault::Refuse);
        assert_eq!(server.admin("GET", "/tyk/keys/any", ()).await.header("retry-after"), header);
    }
}

#[tokio::test]
async fn everything_else_is_answered_alike() {
    let [documented, gateway] = both().await;
    for (method, path, body) in [
        ("POST", "/tyk/org/keys/acme", "{}"),
        ("PUT", "/tyk/org/keys/acme", "{}"),
        ("GET", "/tyk/org/keys/acme", ""),
        ("GET", "/tyk/org/keys", ""),
        ("DELETE", "/tyk/org/keys/acme", ""),
        ("POST", "/tyk/keys/create", "{"),
        ("POST", "/tyk/keys/create", "{}"),
        ("POST", "/tyk/keys/my-key", "{"),
        ("POST", "/tyk/keys/my-key", "{}"),
        ("PUT", "/tyk/keys", "{}"),
        ("GET", "/tyk/keys", ""),
        ("GET", "/tyk/keys/none", ""),
        ("GET", "/tyk/keys/none?hashed=1", ""),
        ("GET", "/tyk/keys?api_id=test", ""),
        ("DELETE", "/tyk/keys/none", ""),
        ("DELETE", "/tyk/keys", ""),
        ("PATCH", "/tyk/keys", ""),
        ("GET", "/tyk/nowhere", ""),
        ("GET", "/nowhere", ""),
    ] {
        let sent = || Body::Bytes(body.into());
        let one = documented.admin(method, path, sent()).await;
        let other = gateway.admin(method, path, sent()).await;
        assert_eq!((one.status, &one.text), (other.status, &other.text), "{method} {path}");
    }
}
