//! How these tests ask, and what they say again and again.

use std::collections::BTreeSet;

use latchkey_harness::{ADMIN, Body, Reply, TestServer};
use serde_json::{Value, json};

pub(super) const KEYS: &str = "/v1/manage/apikey";
pub(super) const ORG: &str = "/v1/manage/org";
pub(super) const HOUR: i64 = 60 * 60 * 1000;
/// The id of no key.
pub(super) const NOBODY: &str = "7b1c9f0e-2f5d-4c55-9a43-0d6f2f8b7e11";

/// A key that was made.
#[derive(Clone, Debug)]
pub(super) struct Made {
    pub(super) id: String,
    pub(super) secret: String,
}

impl Made {
    pub(super) fn of(reply: &Reply) -> Self {
        Self { id: reply.text_of("api_key_id"), secret: reply.text_of("api_key") }
    }

    /// The path of the key itself, or of what is behind it.
    pub(super) fn path(&self, rest: &str) -> String {
        format!("{KEYS}/{}{rest}", self.id)
    }
}

/// Sends a request as the administrator, for the organisation `org`.
pub(super) async fn as_admin(server: &TestServer, org: &str, method: &str, path: &str, body: impl Into<Body>) -> Reply {
    let bearer = format!("Bearer {ADMIN}");
    server.send(method, path, &[("Authorization", &bearer), ("X-Organization-Id", org)], body).await
}

/// An organisation's first key, which may do everything.
pub(super) async fn first(server: &TestServer, org: &str) -> Made {
    let body = json!({"name": "first", "permissions": {"manage": "write", "completions": "write"}});
    Made::of(&as_admin(server, org, "POST", KEYS, body).await.expect(201))
}

/// Another key of its maker's organisation, with these fields besides a name.
pub(super) async fn make(server: &TestServer, maker: &Made, fields: Value) -> Made {
    let mut body = json!({"name": "made"});
    body.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    Made::of(&server.bearer(&maker.secret, "POST", KEYS, body).await.expect(201))
}

/// A key that may manage others as far as `manage` says.
pub(super) async fn manager(server: &TestServer, maker: &Made, manage: &str) -> Made {
    make(server, maker, json!({"permissions": {"manage": manage, "completions": "write"}})).await
}

/// The document at `path`, as this key sees it.
pub(super) async fn read(server: &TestServer, by: &Made, path: &str) -> Value {
    server.bearer(&by.secret, "GET", path, ()).await.expect(200).json()
}

/// The ids of a list, in its order.
pub(super) async fn listed(server: &TestServer, by: &Made) -> Vec<String> {
    let list = read(server, by, KEYS).await;
    list["keys"].as_array().unwrap().iter().map(|key| key["id"].as_str().unwrap().to_owned()).collect()
}

/// Sets the limit of a key.
pub(super) async fn limit(server: &TestServer, by: &Made, of: &Made, limit: &str) {
    let body = format!("{{\"monthly_limit\":{limit}}}");
    let _set = server.bearer(&by.secret, "POST", &of.path("/limit"), body.as_str()).await.expect(204);
}

/// Reports use of a key, as a server behind the gate does; each call is another report.
pub(super) async fn report(server: &TestServer, of: &Made, fields: Value) {
    let mut body = json!({"key_id": of.id, "id": uuid::Uuid::new_v4().to_string()});
    body.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    let _counted = server.bearer(ADMIN, "POST", "/v1/keys/usage", body).await.expect(200);
}

/// The code of the gate's answer to a call of the API.
pub(super) async fn code(server: &TestServer, key: &Made, api: &str, method: &str) -> String {
    let question = json!({"key": key.secret, "api": api, "method": method});
    server.bearer(ADMIN, "POST", "/v1/keys/verify", question).await.expect(200).text_of("code")
}

/// The request was refused with this status, in the dialect's envelope and with a text for people, which is returned.
#[track_caller]
pub(super) fn assert_refused(reply: &Reply, status: u16) -> String {
    assert_eq!(reply.status, status, "{}", reply.text);
    assert_eq!(reply.header("content-type"), "application/json");
    let body = reply.json();
    let names = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<BTreeSet<_>>();
    assert_eq!(names(&body), BTreeSet::from(["error".to_owned()]));
    assert_eq!(names(&body["error"]), BTreeSet::from(["message".to_owned(), "origin".to_owned()]));
    assert_eq!(body["error"]["origin"], "router");
    let message = body["error"]["message"].as_str().unwrap();
    assert!(!message.is_empty());
    message.to_owned()
}

/// GET of each of these paths, `base` before it, has this status for `by`.
pub(super) async fn assert_status(server: &TestServer, by: &Made, status: u16, base: &str, rests: &[&str]) {
    for rest in rests {
        let reply = server.bearer(&by.secret, "GET", &format!("{base}{rest}"), ()).await;
        assert_eq!(reply.status, status, "{rest}: {}", reply.text);
    }
}

/// A new key whose time is over.
pub(super) async fn expired(server: &TestServer, root: &Made) -> Made {
    let made = make(server, root, json!({})).await;
    let expiry = json!({"expires_at": "2026-01-15T12:00:01Z"});
    let _set = server.bearer(&root.secret, "POST", &made.path("/expiry"), expiry).await.expect(204);
    server.clock.advance(1_000);
    made
}
