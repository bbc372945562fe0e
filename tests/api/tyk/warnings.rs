//! `Latchkey-Warning`: what of a request has no effect is named in the answer.

use latchkey_harness::{Reply, TestServer, key};
use serde_json::{Value, json};

use super::asserts::{EDITIONS, assert_nothing_stored, of_edition, read};

const PAST: &str = "expires is in the past and has no effect: to revoke a key, delete it or set is_inactive";

fn warning(reply: &Reply) -> &str {
    assert_eq!(reply.status, 200, "{reply:?}");
    reply.header("latchkey-warning")
}

/// Everything that takes a session.
const WRITES: [(&str, &str); 8] = [
    ("POST", "/tyk/keys/create"),
    ("POST", "/tyk/keys/preview"),
    ("POST", "/tyk/keys"),
    ("POST", "/tyk/keys/my-key"),
    ("PUT", "/tyk/keys/my-key"),
    ("POST", "/tyk/org/keys/acme"),
    ("PUT", "/tyk/org/keys/acme"),
    ("POST", "/tyk/keys/policy/my-key"),
];

fn with(fields: Value) -> Value {
    let mut body = key("");
    body.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    body
}

#[tokio::test]
async fn unknown_fields_are_named_wherever_a_session_is_taken() {
    for edition in EDITIONS {
        let server = of_edition(edition).await;
        for (method, path) in WRITES {
            let body = match path {
                "/tyk/keys/policy/my-key" => json!({"policies": ["secret"], "policy": "p"}),
                _ => with(json!({"policies": {"secret": 1}})),
            };
            let reply = server.admin(method, path, body).await;
            assert_eq!(warning(&reply), "unknown field: policies", "{method} {path}");
        }
    }
}

#[tokio::test]
async fn a_rate_without_its_period_is_named_and_taken() {
    let server = TestServer::start().await;
    for (method, path) in &WRITES[..7] {
        let reply = server.admin(method, path, with(json!({"rate": 5, "per": 0}))).await;
        assert_eq!(warning(&reply), "rate has no effect without per", "{method} {path}");
    }
    let session = read(&server, "/tyk/keys/my-key").await;
    assert_eq!((&session["rate"], session.get("per")), (&json!(5), None));
}

#[tokio::test]
async fn what_has_an_effect_is_not_warned_of() {
    let server = TestServer::start().await;
    for (method, path) in &WRITES[..7] {
        let reply = server.admin(method, path, with(json!({"RATE": 5, "meta_data": {"made": {"up": 1}}}))).await;
        assert!(!reply.headers.contains_key("latchkey-warning"), "{method} {path}");
    }
    let as_read = read(&server, "/tyk/keys/my-key").await;
    let reply = server.admin("PUT", "/tyk/keys/my-key", as_read).await.expect(200);
    assert!(!reply.headers.contains_key("latchkey-warning"), "a key is sent back as it was read");
}

#[tokio::test]
async fn an_expiry_that_is_past_leaves_the_key_usable_and_is_warned_of() {
    for edition in EDITIONS {
        let server = of_edition(edition).await;
        let usable = async || {
            let body = json!({"key": "my-key", "api": "test"});
            server.bearer(latchkey_harness::ADMIN, "POST", "/v1/keys/verify", body).await.expect(200).json()["allowed"]
                == json!(true)
        };
        let past = with(json!({"expires": server.clock.now() / 1000 - 60}));
        assert_eq!(warning(&server.admin("POST", "/tyk/keys", &past).await), PAST);
        for method in ["POST", "PUT", "PUT"] {
            assert_eq!(warning(&server.admin(method, "/tyk/keys/my-key", &past).await), PAST, "{method}");
            assert!(usable().await, "{method}");
        }
        // What does revoke it.
        let _off = server.admin("PUT", "/tyk/keys/my-key", with(json!({"is_inactive": true}))).await.expect(200);
        assert!(!usable().await);
        let _on = server.admin("PUT", "/tyk/keys/my-key", key("")).await.expect(200);
        assert!(usable().await);
        let _deleted = server.admin("DELETE", "/tyk/keys/my-key", ()).await.expect(200);
        assert!(!usable().await);
    }
}

#[tokio::test]
async fn a_flag_of_the_query_that_is_not_1_is_named_and_not_taken() {
    let server = TestServer::start().await;
    for (flag, path) in [("suppress_reset", "/tyk/keys/my-key"), ("reset_quota", "/tyk/org/keys/acme")] {
        for method in ["POST", "PUT"] {
            for (value, told) in
                [("true", true), ("yes", true), ("1", false), ("0", false), ("", false), ("false", false)]
            {
                let reply = server.admin(method, &format!("{path}?{flag}={value}"), key("")).await;
                let text = if told { format!("{flag} has no effect unless it is 1") } else { String::new() };
                assert_eq!(warning(&reply), text, "{method} {path} {value}");
            }
        }
    }
}

#[tokio::test]
async fn a_warning_is_short_and_safe_and_has_no_value_in_it() {
    let server = TestServer::start().await;
    let fields = (0..20_000).map(|number| (format!("made-up\r\nX: {number}\u{1f600}"), json!("secret-value")));
    let body = with(Value::Object(fields.collect()));
    let text = warning(&server.admin("POST", "/tyk/keys/my-key", body).await).to_owned();
    assert!(text.len() < 1024 && text.ends_with(" and more"), "{text}");
    assert!(text.starts_with("unknown fields: made-up??X??0?, "), "{text}");
    assert!(!text.contains("secret-value"));
}

#[tokio::test]
async fn names_that_callers_choose_are_not_repeated() {
    let server = TestServer::start().await;
    let body = json!({"access_rights": {"chosen": {"limit": {"rates": 5}}}});
    let reply = server.admin("POST", "/tyk/keys/my-key", body).await;
    assert_eq!(warning(&reply), "unknown field: access_rights.*.limit.rates");
}

#[tokio::test]
async fn a_refusal_has_no_warning() {
    let server = TestServer::start().await;
    let reply = server.admin("POST", "/tyk/keys/my-key", json!({"made_up": 1})).await.expect(500);
    assert!(!reply.headers.contains_key("latchkey-warning"));
    assert_nothing_stored(&server).await;
}
