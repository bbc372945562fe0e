//! `POST /v1/manage/apikey/{id}/label`: all labels in place of all.

use latchkey_harness::TestServer;
use serde_json::{Map, Value, json};

use super::asking::{KEYS, Made, assert_refused, first, make, read};

async fn labels(server: &TestServer, by: &Made, of: &Made) -> Value {
    let list = read(server, by, KEYS).await;
    list["keys"].as_array().unwrap().iter().find(|key| key["id"] == of.id.as_str()).unwrap()["labels"].clone()
}

/// So many labels.
fn many(count: usize) -> Value {
    Value::Object((0..count).map(|n| (format!("label-{n}"), n.to_string().into())).collect::<Map<_, _>>())
}

#[tokio::test]
async fn labels_replace_all_that_were_there() {
    let server = TestServer::start().await;
    let root = first(&server, "acme").await;
    let made = make(&server, &root, json!({})).await;
    assert_eq!(labels(&server, &root, &made).await, json!({}));
    let (longest, value) = ("é".repeat(63), "é".repeat(255));
    for set in [
        json!({"env": "prod", "team": "a"}),
        json!({"env": "dev"}),
        json!({longest: value, "empty": ""}),
        many(50),
        json!({}),
    ] {
        let body = json!({"labels": set});
        let reply = server.bearer(&root.secret, "POST", &made.path("/label"), body).await.expect(204);
        assert_eq!(reply.text, "");
        assert_eq!(labels(&server, &root, &made).await, set);
    }
}

#[tokio::test]
async fn labels_that_are_none_or_too_many_or_too_long_are_refused_and_change_nothing() {
    let server = TestServer::start().await;
    let root = first(&server, "acme").await;
    let made = make(&server, &root, json!({})).await;
    let before = server.everything().await;
    for set in [
        many(51),
        json!({"": "x"}),
        json!({"x".repeat(64): "x"}),
        json!({"x": "x".repeat(256)}),
        json!({"x": 1}),
        json!({"x": null}),
        json!({"x": {"y": "z"}}),
        json!(["x"]),
        json!("x"),
        json!(null),
    ] {
        let body = json!({"labels": set});
        assert_refused(&server.bearer(&root.secret, "POST", &made.path("/label"), body).await, 400);
    }
    for body in ["", "{}", "[]", r#"{"label":{}}"#, r#"{"labels":{}"#] {
        assert_refused(&server.bearer(&root.secret, "POST", &made.path("/label"), body).await, 400);
    }
    assert_eq!(server.everything().await, before);
}

#[tokio::test]
async fn labels_that_make_a_key_too_large_to_keep_are_refused() {
    let server = TestServer::with(&[("LATCHKEY_MAX_KEY_BYTES", "1024")]).await;
    let root = first(&server, "acme").await;
    let before = server.everything().await;
    let body =
        json!({"labels": {"a": "x".repeat(255), "b": "x".repeat(255), "c": "x".repeat(255), "d": "x".repeat(255)}});
    let refused = server.bearer(&root.secret, "POST", &root.path("/label"), body).await;
    assert!(assert_refused(&refused, 400).contains("1024"));
    assert_eq!(refused.header("retry-after"), "");
    assert_eq!(server.everything().await, before);
}
