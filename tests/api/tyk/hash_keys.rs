//! `LATCHKEY_HASH_KEYS`: keys are shown, listed and addressed by their hashes, and no token is kept.

use latchkey_harness::{TestServer, key};
use latchkey_shared::store::Table;
use serde_json::json;

async fn hashing() -> TestServer {
    TestServer::with(&[("LATCHKEY_HASH_KEYS", "true")]).await
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

#[tokio::test]
async fn a_key_posted_by_a_stored_name_can_be_managed_but_no_token_leads_to_it() {
    let server = hashing().await;
    let _made = server.admin("POST", "/tyk/keys/odd-one?hashed=1", key("default")).await.expect(200);
    let _found = server.admin("GET", "/tyk/keys/odd-one?hashed=1", ()).await.expect(200);
    let _unknown = server.admin("GET", "/tyk/keys/odd-one", ()).await.expect(404);
    let _deleted = server.admin("DELETE", "/tyk/keys/odd-one?hashed=1", ()).await.expect(200);
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
