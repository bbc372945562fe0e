//! `DELETE /tyk/keys/{keyName}`.

use latchkey_harness::{TestServer, key};
use latchkey_shared::store::Table;
use serde_json::json;

use super::asserts::{EDITIONS, assert_done, assert_refused, listed, of_edition, read};

#[tokio::test]
async fn a_deleted_key_is_gone_at_once_and_only_it() {
    for edition in EDITIONS {
        let server = of_edition(edition).await;
        let (token, other) = (server.create_key("default").await, server.create_key("default").await);
        let path = format!("/tyk/keys/{token}");
        assert_done(&server.admin("DELETE", &path, ()).await, &token, "deleted");
        assert_refused(&server.admin("GET", &path, ()).await, 404, "Key not found");
        assert_eq!(listed(&server, "/tyk/keys").await, [other.as_str()]);
        assert_eq!(listed(&server, &format!("/tyk/keys?filter={token}")).await, [""; 0]);
    }
}

#[tokio::test]
async fn deleting_twice_finds_nothing_the_second_time_and_changes_nothing() {
    for edition in EDITIONS {
        let server = of_edition(edition).await;
        let path = format!("/tyk/keys/{}", server.create_key("default").await);
        let _deleted = server.admin("DELETE", &path, ()).await.expect(200);
        let before = server.everything().await;
        assert_refused(&server.admin("DELETE", &path, ()).await, 404, "There is no such key found");
        assert_eq!(server.everything().await, before);
    }
}

#[tokio::test]
async fn a_key_that_never_was_is_not_found_and_leaves_no_trace() {
    let server = TestServer::start().await;
    assert_refused(&server.admin("DELETE", "/tyk/keys/no-such", ()).await, 404, "There is no such key found");
    super::asserts::assert_nothing_stored(&server).await;
}

#[tokio::test]
async fn a_name_is_found_by_its_organisation_and_the_token_is_answered() {
    for query in ["?org_id=default", "?username=true&org_id=default", "?org_id=default&api_id=test"] {
        let server = TestServer::start().await;
        let _made = server.admin("POST", "/tyk/keys/my-key", key("default")).await.expect(200);
        let reply = server.admin("DELETE", &format!("/tyk/keys/my-key{query}"), ()).await;
        assert_done(&reply, "defaultmy-key", "deleted");
    }
}

#[tokio::test]
async fn an_api_does_not_tell_the_organisation() {
    let server = TestServer::with(&[("LATCHKEY_APIS", "test@default")]).await;
    let _made = server.admin("POST", "/tyk/keys/my-key", key("default")).await.expect(200);
    for query in ["", "?api_id=test", "?org_id=other", "?hashed=1"] {
        let reply = server.admin("DELETE", &format!("/tyk/keys/my-key{query}"), ()).await;
        assert_refused(&reply, 404, "There is no such key found");
    }
}

#[tokio::test]
async fn a_raw_token_is_deleted_as_if_it_were_a_hash() {
    for value in ["1", "false"] {
        let server = TestServer::start().await;
        let token = server.create_key("default").await;
        let reply = server.admin("DELETE", &format!("/tyk/keys/{token}?hashed={value}"), ()).await;
        assert_done(&reply, &token, "deleted");
    }
}

#[tokio::test]
async fn the_gateways_api_of_minus_one_deletes_and_answers_null() {
    let server = TestServer::start().await;
    let token = server.create_key("default").await;
    let reply = server.admin("DELETE", &format!("/tyk/keys/{token}?api_id=-1"), ()).await.expect(200);
    assert_eq!(reply.text, "null\n");
    assert_eq!(listed(&server, "/tyk/keys").await, [""; 0]);
}

#[tokio::test]
async fn the_same_name_can_be_made_again_as_a_fresh_key() {
    for edition in EDITIONS {
        let server = of_edition(edition).await;
        let mut body = key("default");
        body["alias"] = "old".into();
        body["hmac_string"] = "old secret".into();
        let _made = server.admin("POST", "/tyk/keys/my-key", body).await.expect(200);
        let _deleted = server.admin("DELETE", "/tyk/keys/defaultmy-key", ()).await.expect(200);
        server.clock.advance(60_000);
        let _again = server.admin("POST", "/tyk/keys/my-key", key("acme")).await.expect(200);
        assert_eq!(server.admin("GET", "/tyk/keys/defaultmy-key", ()).await.status, 404);
        let _again = server.admin("POST", "/tyk/keys/my-key", key("default")).await.expect(200);
        let session = read(&server, "/tyk/keys/defaultmy-key").await;
        assert_eq!((session.get("alias"), session.get("hmac_string")), (None, None));
        assert_eq!(session["date_created"], "2026-01-15T12:01:00Z");
        assert_eq!(listed(&server, "/tyk/keys").await, ["acmemy-key", "defaultmy-key"]);
    }
}

#[tokio::test]
async fn a_key_made_again_in_another_organisation_is_in_one_list_only() {
    let server = of_edition("documented").await;
    let _made = server.admin("POST", "/tyk/keys/acme-key", key("")).await.expect(200);
    let _deleted = server.admin("DELETE", "/tyk/keys/acme-key", ()).await.expect(200);
    let _again = server.admin("POST", "/tyk/keys/acme-key", key("acme")).await.expect(200);
    assert_eq!(listed(&server, "/tyk/keys").await, ["acme-key"]);
    assert_eq!(listed(&server, "/tyk/keys?filter=acme").await, ["acme-key"]);
    assert_eq!(server.items(Table::OrgKeys).await.len(), 1);
}

#[tokio::test]
async fn a_tombstone_keeps_counters_and_no_configuration() {
    let server = TestServer::start().await;
    let mut body = key("default");
    body["alias"] = "a name to forget".into();
    body["jwt_data"] = json!({"secret": "s"});
    let token = server.admin("POST", "/tyk/keys/create", body).await.expect(200).text_of("key");
    let _deleted = server.admin("DELETE", &format!("/tyk/keys/{token}"), ()).await.expect(200);
    let tombstone = &server.items(Table::Keys).await[0];
    assert_eq!(tombstone["off"].as_s().unwrap(), "deleted");
    for gone in ["doc", "sec", "ar", "any", "x", "k"] {
        assert!(!tombstone.contains_key(gone), "{gone}: {tombstone:?}");
    }
    for kept in ["v", "u", "rl", "re", "ql", "qe", "o", "d"] {
        assert!(tombstone.contains_key(kept), "{kept}: {tombstone:?}");
    }
    assert!(server.items(Table::OrgKeys).await.iter().all(|row| !row.contains_key("t")), "its token is gone");
}
