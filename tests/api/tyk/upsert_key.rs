//! `POST` and `PUT /tyk/keys/{keyName}`, and `POST /tyk/keys`: which key is meant, and what is refused.

use latchkey_harness::{TestServer, key};
use serde_json::json;

use super::asserts::{
    EDITIONS, INSECURE, assert_done, assert_nothing_stored, assert_refused, listed, of_edition, read,
};
use super::races::assert_consistent;

#[tokio::test]
async fn a_name_becomes_a_token_behind_its_organisation_once() {
    let server = of_edition("5.13").await;
    for name in ["my-key", "defaultmy-key"] {
        assert_done(
            &server.admin("POST", &format!("/tyk/keys/{name}"), key("default")).await,
            "defaultmy-key",
            "added",
        );
    }
    assert_done(&server.admin("POST", "/tyk/keys/my-key", key("")).await, "my-key", "added");
    assert_eq!(listed(&server, "/tyk/keys").await, ["defaultmy-key", "my-key"]);
}

#[tokio::test]
async fn a_name_that_is_just_the_organisation_gets_a_random_token() {
    let server = TestServer::start().await;
    let token = server.admin("POST", "/tyk/keys/default", key("default")).await.expect(200).text_of("key");
    assert!(regex::Regex::new("^default[0-9a-f]{32}$").unwrap().is_match(&token), "{token}");
}

#[tokio::test]
async fn posting_to_a_full_token_replaces_that_key() {
    let server = TestServer::start().await;
    let token = server.create_key("default").await;
    let reply = server.admin("POST", &format!("/tyk/keys/{token}"), key("default")).await;
    assert_eq!(reply.expect(200).text_of("key"), token);
    assert_eq!(listed(&server, "/tyk/keys").await, [token]);
}

#[tokio::test]
async fn posting_replaces_the_whole_key() {
    let server = TestServer::start().await;
    let mut body = key("");
    body["alias"] = "first".into();
    body["tags"] = json!(["a"]);
    let _made = server.admin("POST", "/tyk/keys/my-key", &body).await.expect(200);
    server.clock.advance(5_000);
    let _replaced = server.admin("POST", "/tyk/keys/my-key", key("")).await.expect(200);
    let session = read(&server, "/tyk/keys/my-key").await;
    assert_eq!((session.get("alias"), session.get("tags")), (None, None));
    assert_eq!(session["date_created"], "2026-01-15T12:00:05Z", "a POST starts the key's life again");
}

#[tokio::test]
async fn putting_replaces_the_whole_key_and_keeps_its_date() {
    let server = TestServer::start().await;
    let mut body = key("");
    body["alias"] = "first".into();
    body["hmac_string"] = "secret".into();
    body["expires"] = 2_000_000_000.into();
    let _made = server.admin("POST", "/tyk/keys/my-key", &body).await.expect(200);
    server.clock.advance(5_000);
    assert_done(&server.admin("PUT", "/tyk/keys/my-key", key("")).await, "my-key", "modified");
    let session = read(&server, "/tyk/keys/my-key").await;
    assert_eq!((session.get("alias"), session.get("hmac_string"), session.get("expires")), (None, None, None));
    assert_eq!(session["date_created"], "2026-01-15T12:00:00Z");
}

#[tokio::test]
async fn putting_finds_a_short_name_by_the_bodys_organisation_and_names_the_token() {
    let server = of_edition("5.13").await;
    let _made = server.admin("POST", "/tyk/keys/my-key", key("default")).await.expect(200);
    for name in ["my-key", "defaultmy-key"] {
        let reply = server.admin("PUT", &format!("/tyk/keys/{name}"), key("default")).await;
        assert_done(&reply, "defaultmy-key", "modified");
    }
    let reply = server.admin("PUT", "/tyk/keys/my-key?org_id=default&api_id=test", key("other")).await;
    assert_refused(&reply, 404, "Key is not found");
}

#[tokio::test]
async fn putting_with_username_expands_the_name_by_the_querys_organisation() {
    let server = of_edition("5.13").await;
    let _made = server.admin("POST", "/tyk/keys/user", key("default")).await.expect(200);
    let reply = server.admin("PUT", "/tyk/keys/user?username=true&org_id=default", key("other")).await;
    assert_done(&reply, "defaultuser", "modified");
    assert_eq!(read(&server, "/tyk/keys/defaultuser").await["org_id"], "other");
}

#[tokio::test]
async fn a_body_that_is_not_one_json_session_is_malformed() {
    for edition in EDITIONS {
        let server = of_edition(edition).await;
        for (method, path) in [("POST", "/tyk/keys/abc"), ("PUT", "/tyk/keys/abc"), ("POST", "/tyk/keys")] {
            let trailing = format!("{} x", key(""));
            let two = format!("{}{{}}", key(""));
            for body in ["", "{", "[]", "1", "{\"rate\":\"1\"}", "{\"expires\":1.5}", &trailing, &two] {
                assert_refused(&server.admin(method, path, body).await, 400, "Request malformed");
            }
        }
        assert_nothing_stored(&server).await;
    }
}

#[tokio::test]
async fn a_key_that_would_be_insecure_is_500_and_leaves_the_old_one_as_it_was() {
    for edition in EDITIONS {
        let server = of_edition(edition).await;
        let _made = server.admin("POST", "/tyk/keys/my-key", key("")).await.expect(200);
        let before = server.everything().await;
        let mut with_policy = key("");
        with_policy["apply_policies"] = json!(["gold"]);
        for body in [json!({}), json!({"access_rights": {}}), with_policy] {
            for method in ["POST", "PUT"] {
                assert_refused(&server.admin(method, "/tyk/keys/my-key", &body).await, 500, INSECURE);
            }
        }
        assert_eq!(server.everything().await, before);
    }
}

#[tokio::test]
async fn a_name_shorter_than_the_minimum_is_refused() {
    let server = TestServer::start().await;
    let text = |length, minimum| {
        format!(
            "custom key ID length {length} is less than min_token_length ({minimum}); the key would be unreachable at \
             auth time. Use an ID of at least min_token_length characters, or lower min_token_length in the gateway \
             configuration."
        )
    };
    assert_refused(&server.admin("POST", "/tyk/keys/ab", key("default")).await, 400, &text(2, 3));
    assert_nothing_stored(&server).await;
    let _made = server.admin("POST", "/tyk/keys/abc", key("default")).await.expect(200);

    let stricter = TestServer::with(&[("LATCHKEY_MIN_TOKEN_LENGTH", "6")]).await;
    assert_refused(&stricter.admin("POST", "/tyk/keys/abcde", key("")).await, 400, &text(5, 6));
    let _made = stricter.admin("POST", "/tyk/keys/abcdef", key("")).await.expect(200);
}

#[tokio::test]
async fn posting_without_a_name_makes_a_random_token() {
    let random = regex::Regex::new("^default[0-9a-f]{32}$").unwrap();
    for (edition, action) in [("documented", "create"), ("5.13", "added")] {
        let server = of_edition(edition).await;
        let reply = server.admin("POST", "/tyk/keys", key("default")).await;
        let token = reply.text_of("key");
        assert_done(&reply, &token, action);
        assert!(random.is_match(&token), "{token}");
    }
}

#[tokio::test]
async fn a_key_can_be_moved_to_another_organisation() {
    let server = TestServer::start().await;
    let token = server.create_key("53ac07777cbb8c2d53000002").await;
    let other = "53ac07777cbb8c2d53000003";
    let reply = server.admin("PUT", &format!("/tyk/keys/{token}"), key(other)).await;
    assert_done(&reply, &token, "modified");
    assert_eq!(read(&server, &format!("/tyk/keys/{token}")).await["org_id"], other);
    assert_eq!(listed(&server, "/tyk/keys").await, [token.as_str()]);
    assert_eq!(listed(&server, "/tyk/keys?filter=53ac07777cbb8c2d53000002").await, [token.as_str()]);
    assert_consistent(&server).await;
    assert_done(&server.admin("DELETE", &format!("/tyk/keys/{token}"), ()).await, &token, "deleted");
    assert_eq!(listed(&server, "/tyk/keys").await, [""; 0]);
    assert_consistent(&server).await;
}

#[tokio::test]
async fn a_key_that_moves_deleted_and_made_again_or_not_leaves_no_row_behind() {
    let server = TestServer::start().await;
    let path = "/tyk/keys/acme-key";
    for _ in 0..2 {
        let _made = server.admin("POST", path, key("acme")).await.expect(200);
        for org in ["b", "c", "acme", "", "acme", "b"] {
            server.clock.advance(1_000);
            let mut body = key(org);
            body["access_rights"] = json!({org: {}});
            assert_done(&server.admin("PUT", path, body).await, "acme-key", "modified");
            assert_eq!(read(&server, path).await.get("org_id").is_none(), org.is_empty());
            assert_eq!(listed(&server, &format!("/tyk/keys?filter=acme&api_id={org}")).await, ["acme-key"]);
            assert_consistent(&server).await;
        }
        assert_done(&server.admin("DELETE", path, ()).await, "acme-key", "deleted");
        assert_consistent(&server).await;
    }
}

#[tokio::test]
async fn a_moved_key_is_found_by_its_new_organisation() {
    let server = TestServer::start().await;
    let _made = server.admin("POST", "/tyk/keys/acme-key", key("")).await.expect(200);
    assert_done(&server.admin("PUT", "/tyk/keys/acme-key", key("acme")).await, "acme-key", "modified");
    assert_eq!(listed(&server, "/tyk/keys?filter=acme").await, ["acme-key"]);
    assert_eq!(read(&server, "/tyk/keys/-key?org_id=acme").await["org_id"], "acme");
}
