//! `GET /tyk/keys`: which keys are listed.

use latchkey_harness::{TestServer, key};
use serde_json::json;

use super::asserts::{EDITIONS, assert_refused, listed, of_edition};

#[tokio::test]
async fn an_empty_store_lists_an_empty_list() {
    for edition in EDITIONS {
        let server = of_edition(edition).await;
        for path in ["/tyk/keys", "/tyk/keys?filter=default", "/tyk/keys?filter=default&api_id=test"] {
            assert_eq!(server.admin("GET", path, ()).await.expect(200).text, "{\"keys\":[]}\n", "{path}");
        }
    }
}

// `x` is no hex digit, so that no random token of `a` begins like one of `ax`.
/// A server with `a-one` and `ax-two` of no organisation, and one random key each of `a`, `ax` and `default`.
async fn with_keys() -> (TestServer, [String; 3]) {
    let server = TestServer::start().await;
    for name in ["a-one", "ax-two"] {
        let _made = server.admin("POST", &format!("/tyk/keys/{name}"), key("")).await.expect(200);
    }
    let tokens = [server.create_key("a").await, server.create_key("ax").await, server.create_key("default").await];
    (server, tokens)
}

#[tokio::test]
async fn every_key_is_listed_without_a_filter() {
    let (server, [a, ax, default]) = with_keys().await;
    let mut all = ["a-one", "ax-two", &a, &ax, &default];
    all.sort_unstable();
    for path in ["/tyk/keys", "/tyk/keys/", "/tyk/keys?filter=", "/tyk/keys?filter=*"] {
        assert_eq!(listed(&server, path).await, all, "{path}");
    }
}

#[tokio::test]
async fn a_filter_is_a_prefix_of_the_token_and_lists_each_key_once() {
    let (server, [a, ax, default]) = with_keys().await;
    let sorted = |mut keys: Vec<&str>| {
        keys.sort_unstable();
        keys.into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    for (filter, expected) in [
        ("a", vec!["a-one", "ax-two", &a, &ax]),
        ("ax", vec!["ax-two", &ax]),
        ("ax-", vec!["ax-two"]),
        ("default", vec![default.as_str()]),
        ("default*", vec![default.as_str()]),
        ("defaul", vec![default.as_str()]),
        ("DEFAULT", vec![]),
        ("efault", vec![]),
        ("a%2F", vec![]),
    ] {
        assert_eq!(listed(&server, &format!("/tyk/keys?filter={filter}")).await, sorted(expected), "{filter}");
    }
}

#[tokio::test]
async fn an_exact_token_lists_that_key_with_one_read() {
    let (server, [_, _, default]) = with_keys().await;
    let _before = server.watch.calls();
    assert_eq!(listed(&server, &format!("/tyk/keys?filter={default}")).await, [default.as_str()]);
    let calls: Vec<_> = server.watch.calls().into_iter().map(|call| call.operation).collect();
    assert_eq!(calls, ["GetItem"]);
    assert_eq!(listed(&server, &format!("/tyk/keys?filter={}", &default[..default.len() - 1])).await, [default]);
}

#[tokio::test]
async fn a_token_that_continues_another_is_found_by_both() {
    let server = TestServer::start().await;
    for name in ["short", "short-and-long"] {
        let _made = server.admin("POST", &format!("/tyk/keys/{name}"), key("")).await.expect(200);
    }
    assert_eq!(listed(&server, "/tyk/keys?filter=short").await, ["short", "short-and-long"]);
    assert_eq!(listed(&server, "/tyk/keys?filter=short-").await, ["short-and-long"]);
}

#[tokio::test]
async fn a_list_by_api_needs_a_filter() {
    for edition in EDITIONS {
        let server = of_edition(edition).await;
        let message = "The 'filter' parameter (Org ID) is required when filtering by 'api_id' in legacy mode";
        for path in ["/tyk/keys?api_id=test", "/tyk/keys?api_id=test&filter="] {
            assert_refused(&server.admin("GET", path, ()).await, 400, message);
        }
    }
}

#[tokio::test]
async fn a_list_by_api_holds_the_keys_with_rights_to_it_in_byte_order() {
    let server = TestServer::with(&[("LATCHKEY_APIS", "test@default,two@default")]).await;
    for (name, api) in [("c", "test"), ("a", "test"), ("b", "two"), ("d", "TEST")] {
        let body = json!({"org_id": "default", "access_rights": {api: {"api_id": "something else"}}});
        let _made = server.admin("POST", &format!("/tyk/keys/key-{name}"), body).await.expect(200);
    }
    let keys = |path| {
        let server = &server;
        async move { server.admin("GET", path, ()).await.expect(200).json()["keys"].clone() }
    };
    assert_eq!(keys("/tyk/keys?filter=default&api_id=test").await, json!(["defaultkey-a", "defaultkey-c"]));
    assert_eq!(keys("/tyk/keys?filter=default&api_id=two").await, json!(["defaultkey-b"]));
    assert_eq!(keys("/tyk/keys?filter=defaultkey-c&api_id=test").await, json!(["defaultkey-c"]));
    assert_eq!(keys("/tyk/keys?filter=other&api_id=test").await, json!([]));
    assert_eq!(keys("/tyk/keys?filter=default&api_id=unknown").await, json!([]));
}

#[tokio::test]
async fn an_exact_token_is_listed_by_api_only_with_rights_to_it() {
    let server = TestServer::start().await;
    let token = server.create_key("default").await;
    assert_eq!(listed(&server, &format!("/tyk/keys?filter={token}&api_id=test")).await, [token.as_str()]);
    assert_eq!(listed(&server, &format!("/tyk/keys?filter={token}&api_id=other")).await, [""; 0]);
}

#[tokio::test]
async fn a_list_by_api_follows_a_change_of_access_rights() {
    let server = TestServer::start().await;
    let token = server.create_key("default").await;
    let body = json!({"org_id": "default", "access_rights": {"two": {}}});
    let _saved = server.admin("PUT", &format!("/tyk/keys/{token}"), body).await.expect(200);
    assert_eq!(listed(&server, "/tyk/keys?filter=default&api_id=test").await, [""; 0]);
    assert_eq!(listed(&server, "/tyk/keys?filter=default&api_id=two").await, [token]);
}

#[tokio::test]
async fn master_keys_are_listed_for_every_api_where_they_are_allowed() {
    let server = TestServer::with(&[("LATCHKEY_ALLOW_MASTER_KEYS", "true")]).await;
    let _made = server.admin("POST", "/tyk/keys/master", json!({"org_id": "default"})).await.expect(200);
    assert_eq!(listed(&server, "/tyk/keys?filter=default&api_id=anything").await, ["defaultmaster"]);
}

#[tokio::test]
async fn keys_of_every_kind_are_listed() {
    let server = TestServer::start().await;
    for (name, fields) in [
        ("basic", json!({"basic_auth_data": {"password": "x"}})),
        ("hmac", json!({"hmac_enabled": true, "hmac_string": "x"})),
        ("inactive", json!({"is_inactive": true})),
        ("expired", json!({"expires": 1})),
    ] {
        let mut body = key("");
        body.as_object_mut().unwrap().append(&mut fields.as_object().unwrap().clone());
        let _made = server.admin("POST", &format!("/tyk/keys/{name}"), body).await.expect(200);
    }
    assert_eq!(listed(&server, "/tyk/keys").await, ["basic", "expired", "hmac", "inactive"]);
}
