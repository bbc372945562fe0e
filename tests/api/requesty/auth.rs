//! Who is let in: a missing credential is 401, a wrong one 403, and what cannot be a key costs no store call.

use latchkey_harness::{ADMIN, TestServer, key};
use serde_json::json;

use super::asking::{KEYS, Made, ORG, as_admin, assert_refused, first, manager, read};
use super::order::REQUESTS;

#[tokio::test]
async fn a_missing_credential_is_401_and_one_of_another_form_403_everywhere() {
    let server = TestServer::start().await;
    for (method, path, body) in REQUESTS {
        for header in [None, Some(""), Some("   "), Some("Bearer"), Some("Bearer "), Some("bearer   ")] {
            let headers = header.map(|value| ("Authorization", value));
            let reply = server.send(method, path, headers.as_slice(), body).await;
            assert_eq!(
                assert_refused(&reply, 401),
                "The Authorization header is missing or empty",
                "{path} {header:?}"
            );
        }
        for header in ["Basic abc", "rqsty-sk-abc", "Bearerx", "Token abc", "Bearer\u{a0}x", "Bearer wrong"] {
            assert_refused(&server.send(method, path, &[("Authorization", header)], body).await, 403);
        }
        let elsewhere = server.send(method, path, &[("X-Api-Key", "x"), ("X-Tyk-Authorization", ADMIN)], body).await;
        assert_refused(&elsewhere, 401);
    }
    assert_eq!(server.watch.calls(), [], "nobody is looked for");
}

#[tokio::test]
async fn what_is_no_token_of_the_dialect_is_403_without_a_store_call() {
    let server = TestServer::start().await;
    let made = first(&server, "acme").await;
    let tyk = server.create_key("acme").await;
    let damaged = made.secret.replace(&made.secret[12..13], if &made.secret[12..13] == "x" { "y" } else { "x" });
    let (shorter, longer) = (&made.secret[..made.secret.len() - 1], format!("{}0", made.secret));
    let _before = server.watch.calls();
    for wrong in [&tyk, &damaged, shorter, &longer, &made.id, "eyJhbGciOiJIUzI1NiJ9.eyJpZCI6IjEifQ.c2ln", "a b"] {
        for path in ["/v1/auth/check", KEYS, "/v1/manage/apikey/self", ORG] {
            assert_refused(&server.bearer(wrong, "GET", path, ()).await, 403);
        }
    }
    assert_eq!(server.watch.calls(), []);
}

#[tokio::test]
async fn a_live_key_is_let_in_whatever_it_may_do_and_the_scheme_in_any_case() {
    let server = TestServer::start().await;
    let root = first(&server, "acme").await;
    for manage in ["none", "read", "write"] {
        let made = manager(&server, &root, manage).await;
        for scheme in ["Bearer", "bearer", "BEARER"] {
            let header = format!("{scheme}  {}", made.secret);
            let reply = server.send("GET", "/v1/auth/check", &[("Authorization", &header)], ()).await.expect(200);
            assert_eq!(reply.text, "{\"status\":\"ok\"}\n");
        }
    }
}

#[tokio::test]
async fn an_expired_and_a_deleted_key_are_answered_like_an_unknown_one() {
    let server = TestServer::start().await;
    let root = first(&server, "acme").await;
    let (late, gone) = (manager(&server, &root, "write").await, manager(&server, &root, "write").await);
    let expiry = json!({"expires_at": "2026-01-15T12:00:01Z"});
    let _set = server.bearer(&root.secret, "POST", &late.path("/expiry"), expiry).await.expect(204);
    let _alive = server.bearer(&late.secret, "GET", "/v1/auth/check", ()).await.expect(200);
    server.clock.advance(999);
    let _alive = server.bearer(&late.secret, "GET", "/v1/auth/check", ()).await.expect(200);
    server.clock.advance(1);
    let _deleted = server.bearer(&root.secret, "DELETE", &gone.path(""), ()).await.expect(200);
    let other = TestServer::start().await;
    let unknown = first(&other, "acme").await;

    let before = server.everything().await;
    for (method, path, body) in REQUESTS {
        let expected = assert_refused(&server.bearer(&unknown.secret, method, path, body).await, 403);
        for dead in [&late, &gone] {
            assert_eq!(assert_refused(&server.bearer(&dead.secret, method, path, body).await, 403), expected, "{path}");
        }
    }
    assert_eq!(server.everything().await, before);
}

#[tokio::test]
async fn the_admin_secret_makes_keys_and_sets_organisations_and_is_no_key_elsewhere() {
    let server = TestServer::start().await;
    let made = first(&server, "acme").await;
    for (method, path, body) in REQUESTS {
        let reply = as_admin(&server, "acme", method, path, body).await;
        let taken = matches!((method, path), ("POST", KEYS) | ("PUT", ORG));
        assert_eq!(reply.status == 403, !taken, "{method} {path}: {reply:?}");
        assert!(taken || assert_refused(&reply, 403).contains("invalid"), "{method} {path}");
    }
    for wrong in [&ADMIN[1..], &ADMIN.to_uppercase(), &format!("{ADMIN}x")] {
        let headers = [("Authorization", &*format!("Bearer {wrong}")), ("X-Organization-Id", "acme")];
        assert_refused(&server.send("POST", KEYS, &headers, json!({"name": "x"})).await, 403);
        assert_refused(&server.send("PUT", ORG, &headers, json!({"name": "x"})).await, 403);
    }
    assert_refused(&server.bearer(&made.secret, "PUT", ORG, json!({"name": "x"})).await, 403);
}

#[tokio::test]
async fn the_administrator_must_name_an_organisation_that_can_be() {
    let server = TestServer::start().await;
    let bearer = format!("Bearer {ADMIN}");
    for (method, path) in [("POST", KEYS), ("PUT", ORG)] {
        assert_refused(&server.bearer(ADMIN, method, path, json!({"name": "x"})).await, 400);
        for org in ["", "  ", "a/b", &"x".repeat(513), "ü"] {
            let headers = [("Authorization", bearer.as_str()), ("X-Organization-Id", org)];
            assert_refused(&server.send(method, path, &headers, json!({"name": "x"})).await, 400);
        }
    }
    assert_eq!(server.everything().await, [""; 0]);
    let longest = first(&server, &"x".repeat(512)).await;
    assert_eq!(read(&server, &longest, ORG).await["name"], "x".repeat(512));
}

#[tokio::test]
async fn the_previous_admin_secret_makes_keys_only_while_it_is_set() {
    let headers = [("Authorization", "Bearer the-one-before-this"), ("X-Organization-Id", "acme")];
    let changing = TestServer::with(&[("LATCHKEY_ADMIN_SECRET_PREVIOUS", "the-one-before-this")]).await;
    let _made = changing.send("POST", KEYS, &headers, json!({"name": "x"})).await.expect(201);
    let changed = TestServer::start().await;
    assert_refused(&changed.send("POST", KEYS, &headers, json!({"name": "x"})).await, 403);
}

#[tokio::test]
async fn a_keys_holder_acts_for_its_own_organisation_whatever_the_header_says() {
    let server = TestServer::start().await;
    let root = first(&server, "acme").await;
    let headers = [("Authorization", &*format!("Bearer {}", root.secret)), ("X-Organization-Id", "other")];
    let made = Made::of(&server.send("POST", KEYS, &headers, json!({"name": "x"})).await.expect(201));
    assert_eq!(read(&server, &root, &made.path("")).await["name"], "x");
    let _tyk = server.admin("POST", "/tyk/keys/create", key("acme")).await.expect(200);
}
