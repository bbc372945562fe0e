//! What the tests of the Tyk dialect say again and again.

use latchkey_harness::{Reply, TestServer};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

/// Both editions, for what holds in either.
pub(super) const EDITIONS: [&str; 2] = ["documented", "5.13"];

/// What a key without usable access rights, or a store that fails, is answered with on `POST` and `PUT`.
pub(super) const INSECURE: &str = "Failed to create key, ensure security settings are correct.";

/// A server that follows this edition.
pub(super) async fn of_edition(edition: &str) -> TestServer {
    TestServer::with(&[("LATCHKEY_TYK_EDITION", edition)]).await
}

/// The request was refused with exactly this status and message, in the dialect's envelope.
#[track_caller]
pub(super) fn assert_refused(reply: &Reply, status: u16, message: &str) {
    let envelope = json!({"status": "error", "message": message}).to_string();
    assert_eq!(reply.status, status, "{}", reply.text);
    assert_eq!(reply.json().to_string(), serde_json::from_str::<Value>(&envelope).unwrap().to_string());
    assert!(reply.text.starts_with("{\"status\":\"error\",\"message\":") && reply.text.ends_with("}\n"));
    assert_eq!(reply.header("content-type"), "application/json");
}

/// The change was made, to this key.
#[track_caller]
pub(super) fn assert_done(reply: &Reply, key: &str, action: &str) {
    let expected = json!({"key": key, "status": "ok", "action": action});
    assert_eq!((reply.status, &reply.text[..7]), (200, "{\"key\":"), "{}", reply.text);
    assert_eq!(reply.json(), expected);
}

/// The document at `path`.
pub(super) async fn read(server: &TestServer, path: &str) -> Value {
    server.admin("GET", path, ()).await.expect(200).json()
}

/// The keys of the list at `path`, in byte order.
pub(super) async fn listed(server: &TestServer, path: &str) -> Vec<String> {
    let list = read(server, path).await;
    let keys = list["keys"].as_array().unwrap_or_else(|| panic!("no list: {list}"));
    let mut keys: Vec<_> = keys.iter().map(|key| key.as_str().unwrap().to_owned()).collect();
    keys.sort();
    keys
}

/// A name as one segment of a path.
pub(super) fn segment(name: &str) -> String {
    utf8_percent_encode(name, NON_ALPHANUMERIC).to_string()
}

/// No table holds anything.
pub(super) async fn assert_nothing_stored(server: &TestServer) {
    let rows = server.everything().await;
    assert!(rows.is_empty(), "{rows:#?}");
}
