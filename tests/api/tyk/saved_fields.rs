//! `POST` and `PUT /tyk/keys/{keyName}`: what the server makes of dates, quota periods, ends and lifetimes.

use latchkey_harness::{TestServer, key};
use serde_json::{Value, json};

use super::asserts::{assert_refused, listed, of_edition, read};

/// A usual key without an organisation, with `fields` on top.
fn with(fields: &Value) -> Value {
    let mut body = key("");
    body.as_object_mut().unwrap().append(&mut fields.as_object().unwrap().clone());
    body
}

/// Sends `fields` and reads the key back.
async fn saved(server: &TestServer, method: &str, query: &str, fields: Value) -> Value {
    let _saved = server.admin(method, &format!("/tyk/keys/my-key{query}"), with(&fields)).await.expect(200);
    read(server, "/tyk/keys/my-key").await
}

fn stamps(session: &Value) -> [&Value; 3] {
    [&session["date_created"], &session["last_updated"], &session["quota_renews"]]
}

const SENT: [&str; 2] = ["2001-01-01T00:00:00Z", "77"];

fn sent() -> Value {
    json!({"date_created": SENT[0], "last_updated": SENT[1], "quota_renews": 88, "quota_max": 5, "quota_renewal_rate": 100})
}

#[tokio::test]
async fn posting_sets_all_three_stamps() {
    let server = TestServer::start().await;
    let now = server.clock.now() / 1000;
    let session = saved(&server, "POST", "", sent()).await;
    assert_eq!(stamps(&session), [&json!("2026-01-15T12:00:00Z"), &json!(now.to_string()), &json!(now + 100)]);
}

#[tokio::test]
async fn posting_with_suppress_reset_leaves_two_stamps_as_sent() {
    let server = TestServer::start().await;
    let session = saved(&server, "POST", "?suppress_reset=1", sent()).await;
    assert_eq!(stamps(&session), [&json!("2026-01-15T12:00:00Z"), &json!("77"), &json!(88)]);
}

#[tokio::test]
async fn suppress_reset_means_exactly_1() {
    let server = TestServer::start().await;
    let now = server.clock.now() / 1000;
    for value in ["true", "01", "11", "0", ""] {
        let session = saved(&server, "POST", &format!("?suppress_reset={value}"), sent()).await;
        assert_eq!(session["quota_renews"], now + 100, "{value}");
    }
}

#[tokio::test]
async fn putting_keeps_the_date_and_starts_a_new_period() {
    let server = TestServer::start().await;
    let _made = saved(&server, "POST", "", sent()).await;
    server.clock.advance(10_000);
    let now = server.clock.now() / 1000;
    let session = saved(&server, "PUT", "", sent()).await;
    assert_eq!(stamps(&session), [&json!("2026-01-15T12:00:00Z"), &json!(now.to_string()), &json!(now + 100)]);
}

#[tokio::test]
async fn putting_with_suppress_reset_carries_the_stored_stamps() {
    let server = TestServer::start().await;
    let before = saved(&server, "POST", "", sent()).await;
    server.clock.advance(10_000);
    let session = saved(&server, "PUT", "?suppress_reset=1", sent()).await;
    assert_eq!(stamps(&session), stamps(&before));
}

#[tokio::test]
async fn putting_with_suppress_reset_carries_the_period_of_a_limit_per_api_where_both_have_one() {
    let server = TestServer::start().await;
    let limited = |renews: i64| json!({"limit": {"quota_max": 5, "quota_renews": renews}});
    let before = json!({"access_rights": {"both": limited(1), "old": limited(2), "new": {}}});
    let _made = saved(&server, "POST", "?suppress_reset=1", before).await;
    let after = json!({"access_rights": {"both": limited(11), "old": {}, "new": limited(13)}});
    let session = saved(&server, "PUT", "?suppress_reset=1", after).await;
    let access = &session["access_rights"];
    assert_eq!(access["both"]["limit"]["quota_renews"], 1);
    assert_eq!(access["old"].get("limit"), None);
    assert_eq!(access["new"]["limit"]["quota_renews"], 13);
}

#[tokio::test]
async fn posting_a_past_end_means_never() {
    let server = TestServer::start().await;
    let now = server.clock.now() / 1000;
    for past in [2, now - 1] {
        assert_eq!(saved(&server, "POST", "", json!({"expires": past})).await.get("expires"), None);
    }
    for kept in [1, now + 1, -1, i64::MAX] {
        assert_eq!(saved(&server, "POST", "", json!({"expires": kept})).await["expires"], kept);
    }
}

#[tokio::test]
async fn putting_a_past_end_keeps_the_old_one() {
    let server = TestServer::start().await;
    let now = server.clock.now() / 1000;
    let _made = saved(&server, "POST", "", json!({"expires": now + 60})).await;
    for (sent, saved_as) in [(now - 1, now + 60), (2, now + 60), (1, 1), (now - 1, 1), (now + 90, now + 90), (-1, -1)] {
        assert_eq!(saved(&server, "PUT", "", json!({"expires": sent})).await["expires"], saved_as, "{sent}");
    }
    assert_eq!(saved(&server, "PUT", "", json!({})).await.get("expires"), None, "no end means never");
}

#[tokio::test]
async fn only_create_makes_an_hmac_secret() {
    let server = TestServer::start().await;
    for method in ["POST", "PUT"] {
        let session = saved(&server, method, "", json!({"hmac_enabled": true, "hmac_string": "mine"})).await;
        assert_eq!((&session["hmac_enabled"], &session["hmac_string"]), (&json!(true), &json!("mine")));
    }
}

#[tokio::test]
async fn a_key_is_gone_everywhere_when_its_lifetime_is_over() {
    let server = of_edition("5.13").await;
    let _made = saved(&server, "POST", "", json!({"session_lifetime": 60, "alias": "old"})).await;
    server.clock.advance(59_999);
    assert_eq!(listed(&server, "/tyk/keys").await, ["my-key"]);
    server.clock.advance(1);
    assert_eq!(listed(&server, "/tyk/keys").await, [""; 0]);
    assert_refused(&server.admin("GET", "/tyk/keys/my-key", ()).await, 404, "Key not found");
    assert_refused(&server.admin("PUT", "/tyk/keys/my-key", key("")).await, 404, "Key is not found");
    assert_refused(&server.admin("DELETE", "/tyk/keys/my-key", ()).await, 404, "There is no such key found");
    let again = saved(&server, "POST", "", json!({})).await;
    assert_eq!((again.get("alias"), &again["date_created"]), (None, &json!("2026-01-15T12:01:00Z")));
    assert_eq!(listed(&server, "/tyk/keys").await, ["my-key"]);
}

#[tokio::test]
async fn saving_a_key_starts_its_lifetime_again() {
    let server = TestServer::start().await;
    let _made = saved(&server, "POST", "", json!({"session_lifetime": 60})).await;
    server.clock.advance(50_000);
    let _saved = saved(&server, "PUT", "", json!({"session_lifetime": 60})).await;
    server.clock.advance(50_000);
    assert_eq!(listed(&server, "/tyk/keys").await, ["my-key"]);
    let _saved = saved(&server, "PUT", "", json!({})).await;
    server.clock.advance(1_000_000);
    assert_eq!(listed(&server, "/tyk/keys").await, ["my-key"], "without a lifetime it stays");
}

#[tokio::test]
async fn an_expired_key_stays_readable_unless_it_says_otherwise() {
    let server = TestServer::start().await;
    let expires = server.clock.now() / 1000 + 10;
    for (name, fields) in [
        ("plain", json!({})),
        ("retain", json!({"post_expiry_action": "retain"})),
        ("for-ever", json!({"post_expiry_action": "retain", "post_expiry_grace_period": -1, "session_lifetime": 5})),
        ("grace", json!({"post_expiry_action": "retain", "post_expiry_grace_period": 20})),
        ("delete", json!({"post_expiry_action": "delete"})),
    ] {
        let mut body = with(&fields);
        body["expires"] = expires.into();
        let _made = server.admin("POST", &format!("/tyk/keys/{name}"), body).await.expect(200);
    }
    server.clock.advance(9_999);
    assert_eq!(listed(&server, "/tyk/keys").await.len(), 5);
    server.clock.advance(1);
    assert_eq!(listed(&server, "/tyk/keys").await, ["for-ever", "grace", "plain", "retain"]);
    server.clock.advance(20_000);
    assert_eq!(listed(&server, "/tyk/keys").await, ["for-ever", "plain", "retain"]);
    assert_eq!(server.admin("GET", "/tyk/keys/delete", ()).await.status, 404);
    assert_eq!(read(&server, "/tyk/keys/plain").await["expires"], expires);
}
