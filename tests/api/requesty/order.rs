//! The order of checks: path and method, credential, token, permission, id and query and body, the key, its state.

use latchkey_harness::TestServer;
use serde_json::json;

use super::asking::{KEYS, NOBODY, assert_refused, expired, first, make, manager};

/// A good request of each endpoint; the key is that of nobody.
pub(super) const REQUESTS: [(&str, &str, &str); 13] = [
    ("POST", "/v1/manage/apikey", r#"{"name":"x"}"#),
    ("GET", "/v1/manage/apikey", ""),
    ("GET", "/v1/manage/apikey/7b1c9f0e-2f5d-4c55-9a43-0d6f2f8b7e11", ""),
    ("GET", "/v1/manage/apikey/7b1c9f0e-2f5d-4c55-9a43-0d6f2f8b7e11?start_date=2026-01-01", ""),
    ("GET", "/v1/manage/apikey/7b1c9f0e-2f5d-4c55-9a43-0d6f2f8b7e11/usage?start=2026-01-01T00:00:00Z", ""),
    ("POST", "/v1/manage/apikey/7b1c9f0e-2f5d-4c55-9a43-0d6f2f8b7e11/limit", r#"{"monthly_limit":1}"#),
    ("POST", "/v1/manage/apikey/7b1c9f0e-2f5d-4c55-9a43-0d6f2f8b7e11/label", r#"{"labels":{}}"#),
    ("POST", "/v1/manage/apikey/7b1c9f0e-2f5d-4c55-9a43-0d6f2f8b7e11/expiry", r#"{"expires_at":null}"#),
    ("DELETE", "/v1/manage/apikey/7b1c9f0e-2f5d-4c55-9a43-0d6f2f8b7e11", ""),
    ("GET", "/v1/manage/org", ""),
    ("PUT", "/v1/manage/org", r#"{"name":"Acme"}"#),
    ("GET", "/v1/manage/org/usage?start=2026-01-01T00:00:00Z", ""),
    ("GET", "/v1/auth/check", ""),
];

/// Requests about one key: what follows its path, a good body, and bad ones; and the permission that is needed.
const OF_A_KEY: [(&str, &str, &str, &[&str], &str); 7] = [
    ("GET", "", "", &[], "read"),
    ("GET", "?start_date=2026-01-01", "", &[], "read"),
    ("GET", "/usage?start=2026-01-01T00:00:00Z", "", &["[]"], "read"),
    ("POST", "/limit", r#"{"monthly_limit":1}"#, &["", "{}", r#"{"monthly_limit":-1}"#], "write"),
    ("POST", "/label", r#"{"labels":{}}"#, &["", "{}", r#"{"labels":{"a":1}}"#], "write"),
    ("POST", "/expiry", "{}", &["", r#"{"expires_at":"soon"}"#, r#"{"expires_at":"2026-01-15T12:00:00Z"}"#], "write"),
    ("DELETE", "", "", &[], "write"),
];

#[tokio::test]
async fn path_and_method_come_before_the_credential() {
    let server = TestServer::start().await;
    let root = first(&server, "acme").await;
    for (method, path, status) in [
        ("GET", "/v1/manage", 404),
        ("GET", "/v1/manage/apikeys", 404),
        ("GET", "/v1/manage/apikey/a/b", 404),
        ("POST", "/v1/manage/apikey/a/b/limit", 404),
        ("GET", "/v1/manage/group", 404),
        ("GET", "/v1/auth", 404),
        ("GET", "/v1/auth/checks", 404),
        ("GET", "/manage/apikey", 404),
        ("PUT", "/manage/apikey", 404),
        ("PUT", "/v1/manage/apikey", 405),
        ("DELETE", "/v1/manage/apikey", 405),
        ("PATCH", "/v1/manage/apikey/self", 405),
        ("PATCH", "/v1/manage/apikey/self/limit", 405),
        ("PUT", "/v1/manage/apikey/self/label", 405),
        ("PATCH", "/v1/manage/apikey/self/expiry", 405),
        ("GET", "/v1/manage/apikey/self/limit", 405),
        ("POST", "/v1/manage/apikey/self/usage", 405),
        ("POST", "/v1/manage/org", 405),
        ("POST", "/v1/auth/check", 405),
    ] {
        for secret in [None, Some("wrong"), Some(root.secret.as_str())] {
            let bearer = secret.map(|secret| format!("Bearer {secret}"));
            let headers: Vec<_> = bearer.iter().map(|bearer| ("Authorization", bearer.as_str())).collect();
            assert_refused(&server.send(method, path, &headers, ()).await, status);
        }
    }
    let gates = server.send("GET", "/v1/nowhere", &[], ()).await.expect(404);
    assert_eq!(gates.json()["error"]["origin"], serde_json::Value::Null, "the other paths are the gate's");
}

#[tokio::test]
async fn without_the_permission_good_bad_and_foreign_ids_and_bodies_are_refused_alike() {
    let server = TestServer::start().await;
    let (root, foreign) = (first(&server, "acme").await, first(&server, "other").await);
    let mine = make(&server, &root, json!({})).await;
    let (none, reader) = (manager(&server, &root, "none").await, manager(&server, &root, "read").await);
    let before = server.everything().await;
    for (method, rest, good, bad, needed) in OF_A_KEY {
        let callers = if needed == "write" { vec![&none, &reader] } else { vec![&none] };
        for caller in callers {
            let mut told = Vec::new();
            for id in [mine.id.as_str(), &foreign.id, NOBODY, "not-a-uuid"] {
                for body in bad.iter().chain([&good]) {
                    let path = format!("{KEYS}/{id}{rest}");
                    told.push(server.bearer(&caller.secret, method, &path, *body).await);
                }
            }
            let first = assert_refused(&told[0], 403);
            assert!(first.contains(&format!("manage: {needed}")), "{first}");
            assert!(told.iter().all(|reply| assert_refused(reply, 403) == first), "{method} {rest}: {told:?}");
        }
    }
    for body in ["", "{}", r#"{"name":"x"}"#] {
        assert_refused(&server.bearer(&reader.secret, "POST", KEYS, body).await, 403);
    }
    for path in [KEYS, "/v1/manage/org", "/v1/manage/org/usage", "/v1/manage/org/usage?start=2026-01-01T00:00:00Z"] {
        assert_refused(&server.bearer(&none.secret, "GET", path, ()).await, 403);
    }
    assert_eq!(server.everything().await, before);
}

#[tokio::test]
async fn a_bad_id_query_or_body_is_told_before_a_missing_key() {
    let server = TestServer::start().await;
    let root = first(&server, "acme").await;
    let mine = make(&server, &root, json!({})).await;
    let before = server.everything().await;
    for (method, rest, good, bad, _) in OF_A_KEY {
        for id in ["not-a-uuid", &mine.id.replace('-', ""), "SELF", "%20"] {
            assert_refused(&server.bearer(&root.secret, method, &format!("{KEYS}/{id}{rest}"), good).await, 400);
        }
        for id in [mine.id.as_str(), NOBODY] {
            for body in bad {
                let reply = server.bearer(&root.secret, method, &format!("{KEYS}/{id}{rest}"), *body).await;
                assert_refused(&reply, 400);
            }
        }
        assert_refused(&server.bearer(&root.secret, method, &format!("{KEYS}/{NOBODY}{rest}"), good).await, 404);
    }
    for query in ["?start_date=", "?start_date=soon", "/usage", "/usage?start=soon"] {
        assert_refused(&server.bearer(&root.secret, "GET", &format!("{KEYS}/{NOBODY}{query}"), ()).await, 400);
    }
    assert_eq!(server.everything().await, before);
}

#[tokio::test]
async fn self_is_no_id_for_changes_and_that_is_told_after_the_permission() {
    let server = TestServer::start().await;
    let root = first(&server, "acme").await;
    let none = manager(&server, &root, "none").await;
    for (method, rest, good, _, needed) in OF_A_KEY {
        let path = format!("{KEYS}/self{rest}");
        let (may, may_not) = if needed == "read" { (200, 200) } else { (400, 403) };
        for (caller, status) in [(&root, may), (&none, may_not)] {
            let reply = server.bearer(&caller.secret, method, &path, good).await;
            assert_eq!(reply.status, status, "{method} {path}: {}", reply.text);
        }
    }
}

#[tokio::test]
async fn a_missing_key_is_told_before_a_state_that_forbids_the_change() {
    let server = TestServer::start().await;
    let root = first(&server, "acme").await;
    let late = expired(&server, &root).await;
    assert_refused(&server.bearer(&root.secret, "POST", &late.path("/expiry"), "{}").await, 400);
    assert_refused(&server.bearer(&root.secret, "POST", &format!("{KEYS}/{NOBODY}/expiry"), "{}").await, 404);
    assert_refused(&server.bearer(&root.secret, "POST", &late.path("/expiry"), "[]").await, 400);
}
