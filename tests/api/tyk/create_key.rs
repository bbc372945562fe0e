//! `POST /tyk/keys/create`.

use latchkey_harness::{TestServer, key};
use serde_json::{Value, json};

use super::asserts::{EDITIONS, assert_done, assert_nothing_stored, assert_refused, listed, of_edition, read};

/// Makes a usual key with `fields` on top, and reads it back.
async fn made(server: &TestServer, fields: Value) -> Value {
    let mut body = key("default");
    body.as_object_mut().unwrap().append(&mut fields.as_object().unwrap().clone());
    let token = server.admin("POST", "/tyk/keys/create", body).await.expect(200).text_of("key");
    read(server, &format!("/tyk/keys/{token}")).await
}

#[tokio::test]
async fn a_token_is_the_organisation_and_a_random_uuid() {
    let server = TestServer::start().await;
    let uuid = "[0-9a-f]{12}4[0-9a-f]{3}[89ab][0-9a-f]{15}";
    for org in ["default", "53ac07777cbb8c2d53000002", ""] {
        let (one, other) = (server.create_key(org).await, server.create_key(org).await);
        let pattern = regex::Regex::new(&format!("^{org}{uuid}$")).unwrap();
        assert!(pattern.is_match(&one) && pattern.is_match(&other), "{one} {other}");
        assert_ne!(one, other);
    }
}

#[tokio::test]
async fn the_reply_has_its_three_fields_in_order_and_a_newline() {
    for (edition, action) in [("documented", "create"), ("5.13", "added")] {
        let server = of_edition(edition).await;
        let reply = server.admin("POST", "/tyk/keys/create", key("default")).await;
        let token = reply.text_of("key");
        assert_done(&reply, &token, action);
        let text = format!("{{\"key\":\"{token}\",\"status\":\"ok\",\"action\":\"{action}\"}}\n");
        assert_eq!((reply.text, reply.headers["content-type"].to_str().unwrap()), (text, "application/json"));
    }
}

#[tokio::test]
async fn a_body_that_is_no_session_is_500_and_makes_nothing() {
    for edition in EDITIONS {
        let server = of_edition(edition).await;
        for body in ["", " ", "{", "{not json}", "[]", "1", "\"text\"", "true", "{\"rate\":\"1\"}", "{\"rate\":1"] {
            assert_refused(&server.admin("POST", "/tyk/keys/create", body).await, 500, "Unmarshalling failed");
        }
        assert_nothing_stored(&server).await;
    }
}

#[tokio::test]
async fn what_follows_the_first_json_value_is_ignored() {
    let server = TestServer::start().await;
    let body = format!("{} and then {{ anything", key("default"));
    let _made = server.admin("POST", "/tyk/keys/create", body.as_str()).await.expect(200);
}

#[tokio::test]
async fn a_key_without_access_rights_is_refused() {
    let message = "Failed to create key, keys must have at least one Access Rights record set.";
    for edition in EDITIONS {
        let server = of_edition(edition).await;
        for body in ["{}", "null", "{\"access_rights\":{}}", "{\"access_rights\":null,\"org_id\":\"default\"}"] {
            assert_refused(&server.admin("POST", "/tyk/keys/create", body).await, 400, message);
        }
        assert_nothing_stored(&server).await;
    }
}

#[tokio::test]
async fn a_key_without_access_rights_is_made_where_master_keys_are_allowed() {
    let server = TestServer::with(&[("LATCHKEY_ALLOW_MASTER_KEYS", "true")]).await;
    let token = server.admin("POST", "/tyk/keys/create", json!({"org_id": "default"})).await.expect(200).text_of("key");
    assert_eq!(read(&server, &format!("/tyk/keys/{token}")).await["org_id"], "default");
}

#[tokio::test]
async fn an_api_that_does_not_exist_is_no_obstacle() {
    let server = TestServer::with(&[("LATCHKEY_APIS", "another@default")]).await;
    let token = server.create_key("default").await;
    assert_eq!(read(&server, &format!("/tyk/keys/{token}")).await["access_rights"]["test"]["versions"], json!(["v1"]));
}

#[tokio::test]
async fn policies_that_cannot_be_applied_are_named_before_missing_access_rights() {
    let server = TestServer::start().await;
    let none_valid = "Failed to create key - key has no valid policies to be applied";
    for (body, message) in [
        (json!({"apply_policies": ["gold"]}), "Failed to create key - policy not found: \"gold\""),
        (json!({"apply_policy_id": "gold"}), "Failed to create key - policy not found: \"gold\""),
        (json!({"apply_policies": ["gold", "silver"]}), none_valid),
    ] {
        assert_refused(&server.admin("POST", "/tyk/keys/create", body).await, 500, message);
    }
    assert_nothing_stored(&server).await;
}

#[tokio::test]
async fn the_servers_own_fields_overwrite_what_was_sent() {
    let server = TestServer::start().await;
    server.clock.advance(1_500);
    let now = server.clock.now() / 1000;
    let session = made(
        &server,
        json!({"date_created": "2001-01-01T00:00:00Z", "last_updated": "1", "quota_renews": 1, "quota_max": 9,
               "quota_renewal_rate": 3600}),
    )
    .await;
    assert_eq!(session["date_created"], "2026-01-15T12:00:01.5Z");
    assert_eq!(session["last_updated"], now.to_string());
    assert_eq!(session["quota_renews"], now + 3600);
}

#[tokio::test]
async fn informational_fields_are_stored_as_sent() {
    let server = TestServer::start().await;
    let session =
        made(&server, json!({"allowance": 999, "last_check": 123, "quota_max": 9, "quota_remaining": 7})).await;
    assert_eq!(session["allowance"], 999);
    assert_eq!(session["last_check"], 123);
    assert_eq!(session["quota_remaining"], 7);
}

#[tokio::test]
async fn query_parameters_are_ignored() {
    let server = TestServer::start().await;
    let query = "?suppress_reset=1&hashed=1&org_id=other&api_id=other&username=true";
    let mut body = key("default");
    body["quota_renews"] = 1.into();
    let token = server.admin("POST", &format!("/tyk/keys/create{query}"), body).await.expect(200).text_of("key");
    assert!(token.starts_with("default"), "{token}");
    assert_eq!(read(&server, &format!("/tyk/keys/{token}")).await["quota_renews"], server.clock.now() / 1000);
}

#[tokio::test]
async fn a_past_end_is_kept_so_that_the_key_is_born_expired() {
    let server = TestServer::start().await;
    let now = server.clock.now() / 1000;
    for expires in [1, 2, now - 1, now + 60, -1] {
        assert_eq!(made(&server, json!({"expires": expires})).await["expires"], expires);
    }
}

#[tokio::test]
async fn an_hmac_key_gets_a_fresh_secret_whatever_was_sent() {
    let server = TestServer::start().await;
    let (one, other) = (
        made(&server, json!({"hmac_enabled": true, "hmac_string": "mine"})).await,
        made(&server, json!({"hmac_enabled": true, "hmac_string": "mine"})).await,
    );
    // Base64 of 32 hex digits.
    let secret = regex::Regex::new("^[A-Za-z0-9+/]{43}=$").unwrap();
    for session in [&one, &other] {
        assert!(secret.is_match(session["hmac_string"].as_str().unwrap()), "{session}");
        assert_eq!(session["hmac_enabled"], true);
    }
    assert_ne!(one["hmac_string"], other["hmac_string"]);
    assert_eq!(made(&server, json!({"hmac_string": "mine"})).await["hmac_string"], "mine");
}

#[tokio::test]
async fn a_new_key_is_listed_once() {
    let server = TestServer::start().await;
    let token = server.create_key("default").await;
    assert_eq!(listed(&server, "/tyk/keys").await, [token]);
}
