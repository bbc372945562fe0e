//! The admin check: before routing, before the body, byte for byte.

use latchkey_harness::{ADMIN, TestServer, key};

use super::asserts::{EDITIONS, assert_nothing_stored, assert_refused, of_edition};

const REFUSAL: &str = "Attempted administrative access with invalid or missing key!";

/// Every route, an unknown path, and methods that no route takes.
const REQUESTS: [(&str, &str); 24] = [
    ("POST", "/tyk/keys/create"),
    ("POST", "/tyk/keys"),
    ("PUT", "/tyk/keys"),
    ("GET", "/tyk/keys"),
    ("GET", "/tyk/keys/"),
    ("DELETE", "/tyk/keys"),
    ("POST", "/tyk/keys/some-key"),
    ("PUT", "/tyk/keys/some-key"),
    ("GET", "/tyk/keys/some-key"),
    ("DELETE", "/tyk/keys/some-key"),
    ("GET", "/tyk/org/keys"),
    ("POST", "/tyk/org/keys/acme"),
    ("PUT", "/tyk/org/keys/acme"),
    ("GET", "/tyk/org/keys/acme"),
    ("DELETE", "/tyk/org/keys/acme"),
    ("GET", "/tyk/reload"),
    ("GET", "/tyk/reload/group"),
    ("GET", "/tyk/apis"),
    ("GET", "/tyk/apis/"),
    ("GET", "/tyk/apis/orders"),
    ("POST", "/tyk/apis"),
    ("POST", "/tyk/reload"),
    ("GET", "/tyk/no/such/path"),
    ("PATCH", "/tyk/keys/some-key"),
];

#[tokio::test]
async fn a_missing_an_empty_and_a_wrong_secret_are_refused_alike_everywhere() {
    for edition in EDITIONS {
        let server = of_edition(edition).await;
        for (method, path) in REQUESTS {
            for headers in [&[][..], &[("X-Tyk-Authorization", "")], &[("X-Tyk-Authorization", "wrong")]] {
                assert_refused(&server.send(method, path, headers, key("default")).await, 403, REFUSAL);
            }
        }
        assert_eq!(server.watch.calls(), [], "whoever has no secret causes no store call");
        assert_nothing_stored(&server).await;
    }
}

#[tokio::test]
async fn the_secret_must_match_byte_for_byte() {
    let server = TestServer::start().await;
    let (upper, longer, shorter) = (ADMIN.to_uppercase(), format!("{ADMIN}x"), &ADMIN[1..]);
    for wrong in [&upper, &longer, shorter, &format!("Bearer {ADMIN}"), &format!("\"{ADMIN}\""), "ädmin"] {
        let reply = server.send("GET", "/tyk/keys", &[("X-Tyk-Authorization", wrong)], ()).await;
        assert_refused(&reply, 403, REFUSAL);
    }
}

#[tokio::test]
async fn no_other_header_carries_the_secret() {
    let server = TestServer::start().await;
    for (name, value) in [("Authorization", ADMIN), ("X-Tyk-Authorisation", ADMIN), ("X-Api-Key", ADMIN)] {
        assert_refused(&server.send("GET", "/tyk/keys", &[(name, value)], ()).await, 403, REFUSAL);
    }
}

#[tokio::test]
async fn the_headers_name_matches_in_any_case() {
    let server = TestServer::start().await;
    for name in ["x-tyk-authorization", "X-TYK-AUTHORIZATION"] {
        let _list = server.send("GET", "/tyk/keys", &[(name, ADMIN)], ()).await.expect(200);
    }
}

#[tokio::test]
async fn only_the_first_value_of_the_header_counts() {
    let server = TestServer::start().await;
    let name = "X-Tyk-Authorization";
    let _list = server.send("GET", "/tyk/keys", &[(name, ADMIN), (name, "wrong")], ()).await.expect(200);
    assert_refused(&server.send("GET", "/tyk/keys", &[(name, "wrong"), (name, ADMIN)], ()).await, 403, REFUSAL);
}

#[tokio::test]
async fn the_previous_secret_is_accepted_only_while_it_is_set() {
    let changing = TestServer::with(&[("LATCHKEY_ADMIN_SECRET_PREVIOUS", "the-one-before-this")]).await;
    let before = [("X-Tyk-Authorization", "the-one-before-this")];
    let _list = changing.send("GET", "/tyk/keys", &before, ()).await.expect(200);
    let _list = changing.admin("GET", "/tyk/keys", ()).await.expect(200);
    let changed = TestServer::start().await;
    assert_refused(&changed.send("GET", "/tyk/keys", &before, ()).await, 403, REFUSAL);
}
