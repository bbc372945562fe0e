//! `GET /tyk/keys/{keyName}`: which key a name finds.

use latchkey_harness::{TestServer, key};
use serde_json::json;

use super::asserts::{EDITIONS, assert_refused, of_edition, read};

/// A server with the key `my-key` of the organisation `default`, and two APIs of different organisations.
async fn with_named_key(edition: &str) -> TestServer {
    let apis = "test@default,elsewhere@other,ownerless@";
    let server = TestServer::with(&[("LATCHKEY_TYK_EDITION", edition), ("LATCHKEY_APIS", apis)]).await;
    let _made = server.admin("POST", "/tyk/keys/my-key", key("default")).await.expect(200);
    server
}

#[tokio::test]
async fn a_name_is_found_by_its_token_its_organisation_or_an_api_of_it() {
    for edition in EDITIONS {
        let server = with_named_key(edition).await;
        for path in [
            "defaultmy-key",
            "my-key?org_id=default",
            "my-key?api_id=test",
            "my-key?api_id=test&org_id=other",
            "my-key?api_id=unknown&org_id=default",
            "my-key?username=true&org_id=default",
            "defaultmy-key?username=true&org_id=default",
        ] {
            assert_eq!(read(&server, &format!("/tyk/keys/{path}")).await["org_id"], "default", "{path}");
        }
    }
}

#[tokio::test]
async fn a_name_is_not_found_by_another_organisation() {
    for edition in EDITIONS {
        let server = with_named_key(edition).await;
        for path in [
            "my-key",
            "my-key?org_id=other",
            "my-key?api_id=elsewhere",
            "my-key?api_id=elsewhere&org_id=default",
            "my-key?api_id=ownerless&org_id=default",
            "my-key?username=true",
            "my-key?username=1",
            "no-such-key",
            "defaultmy-ke",
            "defaultmy-key2",
            "Defaultmy-key",
        ] {
            assert_refused(&server.admin("GET", &format!("/tyk/keys/{path}"), ()).await, 404, "Key not found");
        }
    }
}

#[tokio::test]
async fn a_full_token_is_found_whatever_organisation_is_given() {
    let server = with_named_key("documented").await;
    for org in ["default", "53ac07777cbb8c2d53000002", ""] {
        let token = server.create_key(org).await;
        for query in ["", "?org_id=other", "?org_id=default", "?api_id=elsewhere", "?api_id=no-right-to-it"] {
            let session = read(&server, &format!("/tyk/keys/{token}{query}")).await;
            assert_eq!(session.get("org_id").unwrap_or(&json!("")), org, "{query}");
        }
    }
}

#[tokio::test]
async fn a_name_of_the_organisation_wins_over_the_same_text_as_a_token() {
    let server = TestServer::start().await;
    for (org, alias) in [("default", "of the organisation"), ("", "as it is")] {
        let mut body = key(org);
        body["alias"] = alias.into();
        let _made = server.admin("POST", "/tyk/keys/my-key", body).await.expect(200);
    }
    assert_eq!(read(&server, "/tyk/keys/my-key?org_id=default").await["alias"], "of the organisation");
    assert_eq!(read(&server, "/tyk/keys/my-key").await["alias"], "as it is");
    assert_eq!(read(&server, "/tyk/keys/my-key?org_id=other").await["alias"], "as it is");
}

#[tokio::test]
async fn asking_by_hash_is_refused_while_hashes_are_off() {
    for edition in EDITIONS {
        let server = of_edition(edition).await;
        let token = server.create_key("default").await;
        let message = "Key requested by hash but key hashing is not enabled";
        for value in ["1", "true", "false", "x"] {
            let reply = server.admin("GET", &format!("/tyk/keys/{token}?hashed={value}"), ()).await;
            assert_refused(&reply, 400, message);
        }
        let _shown = server.admin("GET", &format!("/tyk/keys/{token}?hashed="), ()).await.expect(200);
    }
}

#[tokio::test]
async fn the_token_is_not_in_the_body() {
    let server = TestServer::start().await;
    let token = server.create_key("default").await;
    let reply = server.admin("GET", &format!("/tyk/keys/{token}"), ()).await.expect(200);
    assert!(!reply.text.contains(&token["default".len()..]), "{}", reply.text);
}

#[tokio::test]
async fn the_internal_id_of_a_key_finds_nothing() {
    let server = TestServer::start().await;
    let _token = server.create_key("default").await;
    let id =
        server.items(latchkey_shared::store::Table::Keys).await[0]["id"].as_s().unwrap()["key#".len()..].to_owned();
    for name in [id.clone(), id.replace('-', "")] {
        assert_eq!(server.admin("GET", &format!("/tyk/keys/{name}"), ()).await.status, 404);
    }
}

#[tokio::test]
async fn reading_changes_nothing() {
    let server = TestServer::start().await;
    let token = server.create_key("default").await;
    let before = server.everything().await;
    let _shown = read(&server, &format!("/tyk/keys/{token}")).await;
    let _list = read(&server, "/tyk/keys").await;
    assert_eq!(server.everything().await, before);
}
