//! `LATCHKEY_HASH_KEYS`: keys are shown, listed and addressed by their hashes, and no token is kept.

use latchkey_harness::{ADMIN, TestServer, key, session_token};
use latchkey_shared::store::Table;
use serde_json::json;

use super::asserts::{EDITIONS, assert_done, assert_nothing_stored, assert_refused, of_edition, read, segment};

async fn hashing() -> TestServer {
    hashing_in("documented").await
}

async fn hashing_in(edition: &str) -> TestServer {
    TestServer::with(&[("LATCHKEY_HASH_KEYS", "true"), ("LATCHKEY_TYK_EDITION", edition)]).await
}

#[tokio::test]
async fn a_created_key_tells_its_hash_and_is_listed_and_addressed_by_it() {
    let server = hashing().await;
    let made = server.admin("POST", "/tyk/keys/create", key("default")).await.expect(200);
    let (token, hash) = (made.text_of("key"), made.text_of("key_hash"));
    assert!(hash.len() == 32 && hash.bytes().all(|byte| byte.is_ascii_hexdigit()), "{hash}");
    assert_eq!(server.admin("GET", "/tyk/keys?filter=ignored", ()).await.json(), json!({"keys": [hash]}));
    for path in [format!("/tyk/keys/{token}"), format!("/tyk/keys/{hash}?hashed=1")] {
        let _found = server.admin("GET", &path, ()).await.expect(200);
    }
    let _unknown = server.admin("GET", &format!("/tyk/keys/{hash}"), ()).await.expect(404);
}

#[tokio::test]
async fn no_token_is_kept() {
    let server = hashing().await;
    server.create_key("default").await;
    assert!(server.items(Table::OrgKeys).await.iter().all(|row| !row.contains_key("t")));
}

#[tokio::test]
async fn put_and_delete_by_hash_answer_with_the_hash() {
    let server = hashing().await;
    let hash = server.admin("POST", "/tyk/keys/mine", key("default")).await.expect(200).text_of("key_hash");
    let path = format!("/tyk/keys/{hash}?hashed=true");
    let replaced = server.admin("PUT", &path, key("default")).await.expect(200);
    assert_eq!(replaced.json(), json!({"key": hash, "status": "ok", "action": "modified"}));
    let deleted = server.admin("DELETE", &path, ()).await.expect(200);
    assert_eq!(deleted.json(), json!({"key": hash, "status": "ok", "action": "deleted"}));
    let _gone = server.admin("GET", "/tyk/keys/mine?org_id=default", ()).await.expect(404);
}

#[tokio::test]
async fn the_token_of_a_users_key_is_not_told() {
    let server = hashing().await;
    let mut user = key("default");
    user["basic_auth_data"] = json!({"password": "open sesame"});
    let made = server.admin("POST", "/tyk/keys/alice", user).await.expect(200).json();
    assert_eq!(made["key"], "");
    assert!(made["key_hash"].is_string());
}

/// Neither method reaches a key by `hash`, in no way.
async fn assert_beyond_reach(server: &TestServer, hash: &str) {
    let before = server.everything().await;
    for method in ["PUT", "POST"] {
        for query in ["hashed=1", "hashed=1&suppress_reset=1", "hashed=1&username=true&org_id=default"] {
            let reply = server.admin(method, &format!("/tyk/keys/{hash}?{query}"), key("default")).await;
            assert_refused(&reply, 404, "Key is not found");
        }
    }
    let path = format!("/tyk/keys/{hash}?hashed=1");
    assert_refused(&server.admin("GET", &path, ()).await, 404, "Key not found");
    assert_refused(&server.admin("DELETE", &path, ()).await, 404, "There is no such key found");
    let policies = server.admin("POST", &format!("/tyk/keys/policy/{hash}"), json!({"policy": "p"})).await;
    assert_refused(&policies, 404, "Key not found");
    assert_eq!(server.everything().await, before);
}

#[tokio::test]
async fn by_hash_no_deleted_key_comes_back() {
    for edition in EDITIONS {
        let server = hashing_in(edition).await;
        for path in ["/tyk/keys/create", "/tyk/keys/mine"] {
            let made = server.admin("POST", path, key("default")).await.expect(200);
            let (token, hash) = (made.text_of("key"), made.text_of("key_hash"));
            let _deleted = server.admin("DELETE", &format!("/tyk/keys/{hash}?hashed=1"), ()).await.expect(200);
            assert_beyond_reach(&server, &hash).await;
            let verify = json!({"key": token, "api": "test"});
            let decision = server.bearer(ADMIN, "POST", "/v1/keys/verify", verify).await.expect(200).json();
            assert_eq!(decision["code"], "unknown_key");
        }
    }
}

#[tokio::test]
async fn by_hash_no_key_is_made() {
    for edition in EDITIONS {
        let server = hashing_in(edition).await;
        for hash in ["abababababababababababababababab", "abababab-abab-8bab-abab-abababababab", "odd-one"] {
            assert_beyond_reach(&server, hash).await;
        }
        assert_nothing_stored(&server).await;
    }
}

#[tokio::test]
async fn by_hash_no_key_whose_time_is_over_comes_back() {
    let server = hashing().await;
    let mut body = key("default");
    body["session_lifetime"] = 60.into();
    let hash = server.admin("POST", "/tyk/keys/create", body).await.expect(200).text_of("key_hash");
    server.clock.advance(60_000);
    assert_beyond_reach(&server, &hash).await;
}

/// A key of each other dialect: its id, its token, and the path and credential by which it is deleted.
async fn others(server: &TestServer) -> [(String, String, String, String); 2] {
    let session =
        session_token(&json!({"sub": "olga", "email": "o@example.org", "exp": server.clock.now() / 1000 + 60}));
    let org = server.bearer(&session, "POST", "/api/v1/organizations", json!({"name": "Acme"})).await;
    let keys = format!("/api/v1/organizations/{}/api-keys", org.expect(201).text_of("id"));
    let gmi = server.bearer(&session, "POST", &keys, json!({"name": "gmi"})).await.expect(201).text_of("key");
    let listed = server.bearer(&session, "GET", &keys, ()).await.expect(200).json();
    let gmi_id = listed["keys"][0]["id"].as_str().unwrap().to_owned();

    let headers = [("Authorization", &*format!("Bearer {ADMIN}")), ("X-Organization-Id", "default")];
    let body = json!({"name": "first", "permissions": {"manage": "write", "completions": "write"}});
    let made = server.send("POST", "/v1/manage/apikey", &headers, body).await.expect(201);
    let (id, token) = (made.text_of("api_key_id"), made.text_of("api_key"));
    let path = format!("/v1/manage/apikey/{id}");
    [(gmi_id.clone(), gmi, format!("{keys}/{gmi_id}"), session), (id, token.clone(), path, token)]
}

#[tokio::test]
async fn by_hash_no_key_of_another_dialect_is_reached_alive_or_deleted() {
    for edition in EDITIONS {
        let server = hashing_in(edition).await;
        for (id, token, path, credential) in others(&server).await {
            for alive in [true, false] {
                if !alive {
                    let deleted = server.bearer(&credential, "DELETE", &path, ()).await;
                    assert!(matches!(deleted.status, 200 | 204), "{deleted:?}");
                }
                let _setup = server.watch.calls();
                for hash in [id.clone(), id.replace('-', "")] {
                    assert_beyond_reach(&server, &hash).await;
                }
                let calls = server.watch.calls();
                assert!(calls.iter().all(|call| call.operation == "GetItem") && calls.len() <= 18, "{calls:?}");
                for method in ["PUT", "POST"] {
                    let reply = server.admin(method, &format!("/tyk/keys/{}", segment(&token)), key("")).await;
                    assert!(matches!(reply.status, 400 | 404), "{reply:?}");
                }
            }
        }
    }
}

#[tokio::test]
async fn without_hashing_what_is_stored_can_only_be_replaced_by_its_stored_name() {
    for edition in EDITIONS {
        let server = of_edition(edition).await;
        let token = server.create_key("default").await;
        let path = format!("/tyk/keys/{token}?hashed=1");
        assert_done(&server.admin("PUT", &path, key("default")).await, &token, "modified");
        assert_done(&server.admin("DELETE", &path, ()).await, &token, "deleted");
        assert_refused(&server.admin("PUT", &path, key("default")).await, 404, "Key is not found");
    }
}

#[tokio::test]
async fn posting_by_the_hash_of_a_live_key_replaces_it() {
    let server = hashing().await;
    let made = server.admin("POST", "/tyk/keys/create", key("default")).await.expect(200);
    let (token, hash) = (made.text_of("key"), made.text_of("key_hash"));
    let mut body = key("default");
    body["alias"] = "second".into();
    let replaced = server.admin("POST", &format!("/tyk/keys/{hash}?hashed=1"), body).await.expect(200).json();
    assert_eq!(replaced["key_hash"], hash);
    assert_eq!(read(&server, &format!("/tyk/keys/{token}")).await["alias"], "second");
}

#[tokio::test]
async fn policies_are_assigned_by_hash() {
    let server = hashing().await;
    let made = server.admin("POST", "/tyk/keys/create", key("default")).await.expect(200);
    let (token, hash) = (made.text_of("key"), made.text_of("key_hash"));
    let _unknown = server.admin("POST", &format!("/tyk/keys/policy/{token}"), json!({"policy": "p"})).await.expect(404);
    let _updated = server.admin("POST", &format!("/tyk/keys/policy/{hash}"), json!({"policy": "p"})).await.expect(200);
    let session = server.admin("GET", &format!("/tyk/keys/{token}"), ()).await.expect(200).json();
    assert_eq!(session["apply_policies"], json!(["p"]));
}

#[tokio::test]
async fn the_list_by_api_needs_no_filter() {
    let server = hashing().await;
    server.create_key("default").await;
    let count = async |api: &str| {
        let list = server.admin("GET", &format!("/tyk/keys?api_id={api}"), ()).await.expect(200).json();
        list["keys"].as_array().unwrap().len()
    };
    assert_eq!((count("test").await, count("none").await), (1, 0));
}
