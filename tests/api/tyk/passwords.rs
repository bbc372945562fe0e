//! Basic-auth passwords: kept as bcrypt hashes by every endpoint, and shown by none.

use std::collections::BTreeMap;

use latchkey_harness::{TestServer, key, test_secret};
use latchkey_shared::keys::KeyId;
use latchkey_shared::secrets::{Purpose, Sealed, Sealer};
use latchkey_shared::store::Table;
use serde_json::{Value, json};

use super::asserts::{assert_refused, read};

fn with_password(org: &str, password: &str) -> Value {
    let mut body = key(org);
    body["basic_auth_data"] = json!({"password": password});
    body
}

/// The password of the only record in `table` that has secrets, as it is stored.
async fn stored(server: &TestServer, table: Table) -> String {
    let items = server.items(table).await;
    let item = items.iter().find(|item| item.contains_key("sec")).unwrap();
    let bound_to = match item.get("id") {
        Some(id) => KeyId::parse(&id.as_s().unwrap()["key#".len()..]).unwrap().as_bytes().to_vec(),
        None => item["org"].as_s().unwrap().clone().into_bytes(),
    };
    let sealer = Sealer::parse(&format!("v1:{}", test_secret('S'))).unwrap();
    let sealed = Sealed::from_bytes(item["sec"].as_b().unwrap().as_ref().to_vec());
    let plain = sealer.open(Purpose::Secrets, &bound_to, &sealed).unwrap();
    let secrets: BTreeMap<String, Value> = serde_json::from_slice(&plain).unwrap();
    secrets["basic_auth_data.password"].as_str().unwrap().to_owned()
}

#[track_caller]
fn assert_hash_of(stored: &str, password: &str) {
    assert!(stored.starts_with("$2") && stored.contains("$10$"), "{stored}");
    assert!(bcrypt::verify(password, stored).unwrap());
}

#[tokio::test]
async fn every_endpoint_stores_a_hash_and_shows_neither_password_nor_hash() {
    for (method, path, read_at, table) in [
        ("POST", "/tyk/keys/create", None, Table::Keys),
        ("POST", "/tyk/keys", None, Table::Keys),
        ("POST", "/tyk/keys/user", Some("/tyk/keys/user"), Table::Keys),
        ("PUT", "/tyk/keys/user", Some("/tyk/keys/user"), Table::Keys),
        ("POST", "/tyk/org/keys/acme", Some("/tyk/org/keys/acme"), Table::Organizations),
        ("PUT", "/tyk/org/keys/acme", Some("/tyk/org/keys/acme"), Table::Organizations),
    ] {
        let server = TestServer::start().await;
        let made = server.admin(method, path, with_password("", "open sesame")).await.expect(200);
        let read_at = read_at.map_or_else(|| format!("/tyk/keys/{}", made.text_of("key")), str::to_owned);
        let hash = stored(&server, table).await;
        assert!(hash.starts_with("$2b$10$"), "{method} {path}: {hash}");
        let shown = read(&server, &read_at).await.to_string();
        assert!(!shown.contains("password") && !shown.contains(&hash), "{method} {path}: {shown}");
        assert!(!server.everything().await.concat().contains("open sesame"), "{method} {path}");
    }
}

#[tokio::test]
async fn a_chosen_name_shows_how_its_password_is_hashed_and_create_does_not() {
    let server = TestServer::start().await;
    let _made = server.admin("POST", "/tyk/keys/user", with_password("", "open sesame")).await.expect(200);
    assert_eq!(read(&server, "/tyk/keys/user").await["basic_auth_data"], json!({"hash_type": "bcrypt"}));
    let made = server.admin("POST", "/tyk/keys/create", with_password("", "open sesame")).await.expect(200);
    let session = read(&server, &format!("/tyk/keys/{}", made.text_of("key"))).await;
    assert_eq!(session.get("basic_auth_data"), None);
}

#[tokio::test]
async fn the_hash_type_sent_with_a_password_does_not_matter() {
    let server = TestServer::start().await;
    let mut body = with_password("", "open sesame");
    body["basic_auth_data"]["hash_type"] = "murmur64".into();
    let _made = server.admin("POST", "/tyk/keys/user", body).await.expect(200);
    assert_eq!(read(&server, "/tyk/keys/user").await["basic_auth_data"], json!({"hash_type": "bcrypt"}));
    assert_hash_of(&stored(&server, Table::Keys).await, "open sesame");
}

#[tokio::test]
async fn putting_without_a_password_keeps_the_stored_one() {
    let server = TestServer::start().await;
    let _made = server.admin("POST", "/tyk/keys/user", with_password("", "open sesame")).await.expect(200);
    let before = stored(&server, Table::Keys).await;
    let mut hash_type_alone = key("");
    hash_type_alone["basic_auth_data"] = json!({"hash_type": "murmur64"});
    for body in [key(""), with_password("", ""), hash_type_alone] {
        let _saved = server.admin("PUT", "/tyk/keys/user", body).await.expect(200);
        assert_eq!(stored(&server, Table::Keys).await, before);
        assert_eq!(read(&server, "/tyk/keys/user").await["basic_auth_data"], json!({"hash_type": "bcrypt"}));
    }
}

#[tokio::test]
async fn putting_the_stored_hash_back_does_not_hash_it_again() {
    let server = TestServer::start().await;
    let _made = server.admin("POST", "/tyk/keys/user", with_password("", "open sesame")).await.expect(200);
    let before = stored(&server, Table::Keys).await;
    let _saved = server.admin("PUT", "/tyk/keys/user", with_password("", &before)).await.expect(200);
    assert_eq!(stored(&server, Table::Keys).await, before);
}

#[tokio::test]
async fn putting_another_password_replaces_the_stored_one() {
    let server = TestServer::start().await;
    let _made = server.admin("POST", "/tyk/keys/user", with_password("", "open sesame")).await.expect(200);
    let _saved = server.admin("PUT", "/tyk/keys/user", with_password("", "another")).await.expect(200);
    assert_hash_of(&stored(&server, Table::Keys).await, "another");
}

#[tokio::test]
async fn posting_without_a_password_loses_the_stored_one() {
    let server = TestServer::start().await;
    let _made = server.admin("POST", "/tyk/keys/user", with_password("", "open sesame")).await.expect(200);
    let _saved = server.admin("POST", "/tyk/keys/user", key("")).await.expect(200);
    assert!(server.items(Table::Keys).await.iter().all(|item| !item.contains_key("sec")));
    assert_eq!(read(&server, "/tyk/keys/user").await.get("basic_auth_data"), None);
}

#[tokio::test]
async fn a_password_that_bcrypt_would_cut_is_refused_and_not_cut() {
    let server = TestServer::start().await;
    let message = "basic_auth_data.password cannot be longer than 72 bytes or contain NUL";
    for password in ["x".repeat(73), "a\0b".to_owned()] {
        for path in ["/tyk/keys/create", "/tyk/keys/user", "/tyk/org/keys/acme"] {
            assert_refused(&server.admin("POST", path, with_password("", &password)).await, 400, message);
        }
    }
    super::asserts::assert_nothing_stored(&server).await;
    let longest = "ü".repeat(36);
    let _made = server.admin("POST", "/tyk/keys/user", with_password("", &longest)).await.expect(200);
    assert_hash_of(&stored(&server, Table::Keys).await, &longest);
}
