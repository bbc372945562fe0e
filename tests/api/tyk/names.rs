//! Names that callers choose for their keys: which are taken, which are refused.

use latchkey_harness::{TestServer, key};
use latchkey_shared::store::Table;
use proptest::prelude::*;

use super::asserts::{EDITIONS, assert_nothing_stored, assert_refused, listed, of_edition, read, segment};

/// Neither method makes a key of that name, in either edition.
async fn assert_no_key_can_be_made(name: &str, message: &str) {
    for edition in EDITIONS {
        let server = of_edition(edition).await;
        for method in ["POST", "PUT"] {
            for org in ["default", ""] {
                let reply = server.admin(method, &format!("/tyk/keys/{}", segment(name)), key(org)).await;
                match (edition, method) {
                    // There PUT makes no key at all.
                    ("5.13", "PUT") => assert_refused(&reply, 404, "Key is not found"),
                    _ => assert_refused(&reply, 400, message),
                }
            }
        }
        assert_nothing_stored(&server).await;
    }
}

#[tokio::test]
async fn a_name_that_no_url_can_carry_is_refused() {
    let message = "A custom key ID cannot contain / ? # % or control characters.";
    for name in ["my#key", "my?key", "my%key", "my%2Fkey", "my\nkey", "my\0key", "my\u{7f}key", "my\u{85}key", "###"] {
        assert_no_key_can_be_made(name, message).await;
    }
}

#[tokio::test]
async fn a_name_of_more_than_512_bytes_is_refused() {
    let message = "A custom key ID cannot be longer than 512 bytes.";
    for name in ["x".repeat(513), "x".repeat(6_000)] {
        assert_no_key_can_be_made(&name, message).await;
    }
    let server = TestServer::start().await;
    let longest = "x".repeat(512);
    let _made = server.admin("POST", &format!("/tyk/keys/{longest}"), key("")).await.expect(200);
    assert_eq!(read(&server, &format!("/tyk/keys/{longest}")).await["rate"], 1000);
}

const UNPRESENTABLE: &str =
    "A key must be ASCII, without spaces at its ends and without a leading \"Bearer\", so that a header can carry it.";

#[tokio::test]
async fn a_name_that_no_header_can_carry_is_refused() {
    for name in ["schlüssel", "ключ", "日本語", "caf\u{e9}", " abc", "abc ", "   ", "Bearer abc", "bearer abc"]
    {
        assert_no_key_can_be_made(name, UNPRESENTABLE).await;
    }
}

#[tokio::test]
async fn a_name_whose_token_no_header_can_carry_is_refused() {
    let server = TestServer::start().await;
    for org in [" acme", "ücme", "Bearer "] {
        let reply = server.admin("POST", "/tyk/keys/my-key", key(org)).await;
        assert_refused(&reply, 400, UNPRESENTABLE);
    }
    assert_nothing_stored(&server).await;
}

#[tokio::test]
async fn a_random_token_that_no_header_can_carry_is_not_made() {
    for edition in ["documented", "5.13"] {
        let server = TestServer::with(&[("LATCHKEY_TYK_EDITION", edition)]).await;
        for org in [" acme", "ücme", "Bearer "] {
            for path in ["/tyk/keys/create", "/tyk/keys"] {
                assert_refused(&server.admin("POST", path, key(org)).await, 400, UNPRESENTABLE);
            }
        }
        assert_nothing_stored(&server).await;
    }
}

#[tokio::test]
async fn a_name_that_looks_like_another_dialects_token_is_refused() {
    let message = "A custom key ID cannot look like a key that another dialect generates.";
    for name in ["rqsty-sk-", "rqsty-sk-0123456789abcdefghijkl", "eyJhbGciOiJIUzI1NiJ9.eyJpZCI6IjEifQ.c2ln", "eyJ.."] {
        assert_no_key_can_be_made(name, message).await;
    }
    let server = TestServer::start().await;
    for name in ["rqsty", "my-rqsty-sk-", "eyJhbGciOiJIUzI1NiJ9", "a.b.c"] {
        let _made = server.admin("POST", &format!("/tyk/keys/{name}"), key("")).await.expect(200);
    }
}

#[tokio::test]
async fn refused_names_are_simply_not_found_by_those_who_only_look() {
    let server = TestServer::start().await;
    for name in ["my#key", "my?key", "my%key", "my\nkey", "rqsty-sk-abc", "x", &"x".repeat(2_000)] {
        let path = format!("/tyk/keys/{}", segment(name));
        assert_refused(&server.admin("GET", &path, ()).await, 404, "Key not found");
        assert_refused(&server.admin("DELETE", &path, ()).await, 404, "There is no such key found");
    }
}

#[tokio::test]
async fn names_that_differ_in_anything_are_different_keys() {
    let server = TestServer::start().await;
    let names = ["abc", "ABC", "abc.", "a+b", "a b", "a  b", "a_b"];
    for (number, name) in names.iter().enumerate() {
        let mut body = key("");
        body["alias"] = number.to_string().into();
        let _made = server.admin("POST", &format!("/tyk/keys/{}", segment(name)), body).await.expect(200);
    }
    for (number, name) in names.iter().enumerate() {
        assert_eq!(read(&server, &format!("/tyk/keys/{}", segment(name))).await["alias"], number.to_string(), "{name}");
    }
    assert_eq!(listed(&server, "/tyk/keys").await.len(), names.len());
}

#[test]
fn any_name_is_refused_without_a_trace_or_can_be_read_listed_and_deleted() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let server = runtime.block_on(TestServer::start());
    let config = ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() };
    proptest!(config, |(name in "\\PC{3,40}|[ -~]{3,40}", org in "[a-z:#ü]{0,5}")| {
        // A slash makes it another path.
        prop_assume!(!name.contains('/'));
        runtime.block_on(one_name(&server, &name, &org));
    });
}

async fn one_name(server: &TestServer, name: &str, org: &str) {
    let reply = server.admin("POST", &format!("/tyk/keys/{}", segment(name)), key(org)).await;
    if reply.status == 200 {
        let token = reply.text_of("key");
        let path = format!("/tyk/keys/{}", segment(&token));
        assert_eq!(read(server, &path).await["rate"], 1000);
        assert_eq!(listed(server, "/tyk/keys").await, [token.as_str()]);
        let _deleted = server.admin("DELETE", &path, ()).await.expect(200);
    } else {
        assert_eq!(reply.status, 400, "{reply:?}");
    }
    let live = server.items(Table::Keys).await.into_iter().filter(|item| !item.contains_key("off")).count();
    assert_eq!(live, 0, "{name:?} of {org:?}");
}
