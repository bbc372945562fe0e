//! URL rules and endpoint limits: judged as the gateway judges them, never more permissive, and in time.

use latchkey_harness::TestServer;
use latchkey_shared::access::rules::Applying;
use latchkey_shared::auth::Gateway;
use latchkey_shared::keys::{Key, KeyId};
use latchkey_shared::settings::Settings;
use latchkey_shared::store::{KeyCheck, OrgReads, Store, Take};
use serde_json::{Value, json};

use super::asking::{answer, code_of, key_with, limit_org, make};

const TOO_EXPENSIVE: &str = "The URL patterns in access_rights (allowed_urls, endpoints) are too many or too long to be \
                             evaluated in time. Use fewer or simpler patterns.";

fn urls(patterns: &[&str]) -> Value {
    let urls: Vec<_> = patterns.iter().map(|url| json!({"url": url, "methods": ["GET"]})).collect();
    json!({"access_rights": {"test": {"allowed_urls": urls}}})
}

fn get(token: &str, path: &str) -> Value {
    json!({"key": token, "api": "test", "method": "GET", "path": path})
}

#[tokio::test]
async fn url_rules_are_gos_regular_expressions_after_the_gateways_rewriting() {
    let server = TestServer::start().await;
    for (pattern, allowed, refused) in [
        ("^/users/*/orders$", "/users/7/orders", "/users/7/8/orders"),
        ("/a/*/*/b", "/a/1/2/b", "/a/1/b"),
        ("^/users/{id}/orders$", "/users/7/orders", "/users/7/8/orders"),
        ("^/u/{id}?$", "/u/7", "/u/7/8"),
        ("^/u/{}$", "/u/{}", "/u/7"),
        ("^/files/*", "/files/a/b", "/file"),
        (r"^/\pL+$", "/été", "/7"),
        (r"^/\Qa.b\E$", "/a.b", "/axb"),
        (r"^/\101$", "/A", "/a"),
        ("^/g/[[]$", "/g/[", "/g/g"),
        (r"^/\<a$", "/<a", "/a"),
        ("^/a{$", "/a{", "/a"),
        ("^/(?i)É$", "/é", "/e"),
        ("(?i)^/users/[0-9a-z]{25}{", "/users/01arz3ndektsv4rrffq69g5fa{", "/users/x{"),
    ] {
        let token = make(&server, urls(&[pattern])).await;
        assert_eq!(code_of(&server, get(&token, allowed)).await, "ok", "{pattern} {allowed}");
        assert_eq!(code_of(&server, get(&token, refused)).await, "resource_not_allowed", "{pattern} {refused}");
    }
}

#[tokio::test]
async fn a_pattern_that_go_refuses_matches_nothing() {
    let server = TestServer::start().await;
    let refused = ["/**", "/a++", "(?x)/a", "(", r"/a\Z", r"(a)\1", "(?=/a)", "/a{2}{3}{", r"\p{Nonesuch}", "[b-a]"];
    let token = make(&server, urls(&refused)).await;
    for path in ["/", "/a", "/aa", "/a++", "/**"] {
        assert_eq!(code_of(&server, get(&token, path)).await, "resource_not_allowed", "{path}");
    }
}

#[tokio::test]
async fn no_path_passes_that_a_server_behind_may_read_differently() {
    let server = TestServer::start().await;
    let token = make(&server, urls(&[".*"])).await;
    for path in ["/a", "/a/", "/a.b/..c/d", "/my%20files", "/a;v=1/b", "/é/%C3%A9", "/a//b", "/a?b=/../c", "/a#/../b"]
    {
        assert_eq!(code_of(&server, get(&token, path)).await, "ok", "{path}");
    }
    for path in [
        "/a/../b",
        "/a/..;/b",
        "/a/..;x=1/b",
        "/a/..%3b/b",
        "/a/.. /b",
        "/a/..%20/b",
        "/a/%u002e%u002e/b",
        "/a/．．/b",
        "/a/%EF%BC%8E%EF%BC%8E/b",
        "/a\\b",
        "/a%5cb",
        "/a%2fb",
        "/a%2e%2e/b",
        "/a%00b",
        "/a%0ab",
        "/a\u{1}b",
        "/a%c0%ae",
        "/a%252e",
        "/a%",
        "http://host/a",
        "//host/a",
        "a/b",
    ] {
        assert_eq!(code_of(&server, get(&token, path)).await, "resource_not_allowed", "{path}");
    }
}

#[tokio::test]
async fn a_path_that_some_servers_cut_must_be_allowed_as_cut_too() {
    let server = TestServer::start().await;
    let token = make(&server, urls(&["public"])).await;
    assert_eq!(code_of(&server, get(&token, "/public;v=1")).await, "ok");
    for path in ["/admin;public", "/admin%3bpublic", "/admin%3Fpublic", "/admin?public", "/admin#public"] {
        assert_eq!(code_of(&server, get(&token, path)).await, "resource_not_allowed", "{path}");
    }
}

#[tokio::test]
async fn a_path_is_cut_at_its_query_and_fragment() {
    let server = TestServer::start().await;
    let token = make(&server, urls(&["^/orders$"])).await;
    for path in ["/orders", "/orders?page=2", "/orders#top", "/orders?a=%2e%2e/..#b"] {
        assert_eq!(code_of(&server, get(&token, path)).await, "ok", "{path}");
    }
    assert_eq!(code_of(&server, get(&token, "/orders/?page=2")).await, "resource_not_allowed");
}

#[tokio::test]
async fn a_path_that_names_a_host_is_refused_whatever_the_key_may_do() {
    let server = TestServer::start().await;
    let token = make(&server, json!({})).await;
    for path in ["http://host/orders", "HTTPS://host/orders?a", "//host/orders"] {
        assert_eq!(code_of(&server, get(&token, path)).await, "resource_not_allowed", "{path}");
    }
    for path in ["/orders", "/a//b", "/a/http://host", "/a:b", ""] {
        assert_eq!(code_of(&server, get(&token, path)).await, "ok", "{path}");
    }
}

#[tokio::test]
async fn patterns_that_are_too_expensive_to_judge_are_refused_when_a_key_is_made() {
    let server = TestServer::start().await;
    let token = make(&server, json!({})).await;
    // Where braces are not equal in number, counts stay what they are.
    let counts = vec!["(a?){900}|{"; 12];
    let long = "a".repeat(5000);
    for patterns in [counts, vec![long.as_str()], vec![r"\pL+"; 60]] {
        let body = key_with(&urls(&patterns));
        for (method, path) in [
            ("POST", "/tyk/keys/create".to_owned()),
            ("POST", "/tyk/keys".to_owned()),
            ("POST", "/tyk/keys/named".to_owned()),
            ("PUT", format!("/tyk/keys/{token}")),
            ("POST", "/tyk/keys/preview".to_owned()),
            ("POST", "/tyk/org/keys/default".to_owned()),
        ] {
            let reply = server.admin(method, &path, body.clone()).await.expect(400);
            assert_eq!(reply.json(), json!({"status": "error", "message": TOO_EXPENSIVE}), "{method} {path}");
        }
    }
    assert_eq!(code_of(&server, get(&token, "/a")).await, "ok", "the key is as it was");
}

#[tokio::test]
async fn a_large_key_of_ordinary_rules_is_made_judged_and_shown_unchanged() {
    let server = TestServer::start().await;
    let patterns: Vec<_> = (0..450).map(|number| format!("^/api/v1/users/{{id}}/orders/{number}$")).collect();
    let fields = urls(&patterns.iter().map(String::as_str).collect::<Vec<_>>());
    let token = make(&server, fields.clone()).await;
    for _ in 0..2 {
        assert_eq!(code_of(&server, get(&token, "/api/v1/users/7/orders/449")).await, "ok");
        assert_eq!(code_of(&server, get(&token, "/api/v1/users/7/orders/450")).await, "resource_not_allowed");
    }
    let shown = server.admin("GET", &format!("/tyk/keys/{token}"), ()).await.expect(200).json();
    let urls_of = |session: &Value| session["access_rights"]["test"]["allowed_urls"].clone();
    assert_eq!(urls_of(&shown), urls_of(&fields));
}

#[tokio::test]
async fn the_rules_of_a_remembered_key_are_parsed_once() {
    let server = TestServer::start().await;
    let token = make(&server, urls(&["^/a$"])).await;
    let id = answer(&server, get(&token, "/a")).await["key_id"].as_str().and_then(KeyId::parse).unwrap();
    let store = Store::new(server.client.clone(), &Settings::read(|_| None).unwrap());
    let now = server.clock.now();
    let check = async |look: bool| {
        let take = Take::new(Gateway::admitted_outside().scope(), i64::from(!look), 0, now);
        let judge = |_: &Key| Ok(Applying::default());
        let orgs = OrgReads::new(Gateway::admitted_outside().scope(), &store);
        match store.take_from_key(id, take, (None, &orgs), judge).await.unwrap() {
            KeyCheck::Taken(key, _) => key,
            refused => panic!("{refused:?}"),
        }
    };
    let first = check(false).await;
    for look in [false, false, true, false] {
        assert!(check(look).await.config.access.is_shared_with(&first.config.access));
    }
    let put = key_with(&urls(&["^/b$"]));
    let _put = server.admin("PUT", &format!("/tyk/keys/{token}"), put).await.expect(200);
    let changed = check(false).await;
    assert!(!changed.config.access.is_shared_with(&first.config.access));
    assert!(check(false).await.config.access.is_shared_with(&changed.config.access));
}

#[tokio::test]
async fn a_changed_rule_holds_at_the_next_call() {
    let server = TestServer::start().await;
    let token = make(&server, urls(&["^/a$"])).await;
    assert_eq!(code_of(&server, get(&token, "/a")).await, "ok");
    let put = key_with(&urls(&["^/b$"]));
    let _put = server.admin("PUT", &format!("/tyk/keys/{token}"), put).await.expect(200);
    assert_eq!(code_of(&server, get(&token, "/a")).await, "resource_not_allowed");
    assert_eq!(code_of(&server, get(&token, "/b")).await, "ok");
}

fn endpoint(path: &str, method: &str, limit: Value) -> Value {
    json!({"path": path, "methods": [{"name": method, "limit": limit}]})
}

async fn make_limited(server: &TestServer, rate: i64, endpoints: Value) -> String {
    make(server, json!({"rate": rate, "per": 60, "access_rights": {"test": {"endpoints": endpoints}}})).await
}

#[tokio::test]
async fn an_endpoints_method_is_named_in_any_case() {
    let server = TestServer::start().await;
    for (named, called) in [("get", "GET"), ("GeT", "get"), ("GET", "gEt")] {
        let token = make_limited(&server, 9, json!([endpoint("/x", named, json!({"rate": 1, "per": 60}))])).await;
        let ask = || json!({"key": token, "api": "test", "method": called, "path": "/x"});
        assert_eq!(code_of(&server, ask()).await, "ok", "{named} {called}");
        assert_eq!(code_of(&server, ask()).await, "rate_limited", "{named} {called}");
    }
}

#[tokio::test]
async fn an_endpoints_rate_of_zero_lifts_the_limit() {
    let server = TestServer::start().await;
    for limit in [json!({"rate": 0, "per": 0}), json!({}), Value::Null, json!({"rate": 0, "per": 60})] {
        let token = make_limited(&server, 1, json!([endpoint("/x", "GET", limit)])).await;
        for _ in 0..4 {
            assert_eq!(code_of(&server, get(&token, "/x")).await, "ok");
        }
        assert_eq!(code_of(&server, get(&token, "/y")).await, "ok");
        assert_eq!(code_of(&server, get(&token, "/y")).await, "rate_limited", "elsewhere the key's own rate holds");
    }
}

#[tokio::test]
async fn of_two_entries_for_one_endpoint_the_first_holds() {
    let server = TestServer::start().await;
    let limit = |rate: i64| json!({"rate": rate, "per": 60});
    for (first, second) in [("GET", "GET"), ("get", "GET"), ("GET", "get")] {
        let endpoints = json!([endpoint("/x", first, limit(2)), endpoint("/x", second, limit(7))]);
        let token = make_limited(&server, 9, endpoints).await;
        assert_eq!(answer(&server, get(&token, "/x")).await["rate"]["limit"], 2, "{first} {second}");
    }
    let endpoints =
        json!([endpoint("/x", "POST", limit(3)), endpoint("/x/*", "GET", limit(4)), endpoint("/x", "GET", limit(5)),]);
    let token = make_limited(&server, 9, endpoints).await;
    assert_eq!(answer(&server, get(&token, "/x/1")).await["rate"]["limit"], 4);
    assert_eq!(answer(&server, get(&token, "/x")).await["rate"]["limit"], 5);
}

#[tokio::test]
async fn a_limited_endpoint_is_not_evaded_by_a_path_that_reads_as_another() {
    let server = TestServer::start().await;
    let token = make_limited(&server, 9, json!([endpoint("^/slow$", "GET", json!({"rate": 1, "per": 60}))])).await;
    assert_eq!(code_of(&server, get(&token, "/%73low")).await, "ok");
    assert_eq!(code_of(&server, get(&token, "/slow")).await, "rate_limited");
    for path in ["/slow;x", "/x/../slow", "/slow.", "/x/..;/slow"] {
        assert_eq!(code_of(&server, get(&token, path)).await, "resource_not_allowed", "{path}");
    }
    assert_eq!(code_of(&server, get(&token, "/fast")).await, "ok");
}

#[tokio::test]
async fn an_organisations_access_rights_are_judged_by_their_names_alone() {
    let server = TestServer::start().await;
    let token = make(&server, json!({})).await;
    limit_org(&server, "default", urls(&["("])).await;
    assert_eq!(code_of(&server, get(&token, "/a")).await, "ok");
}
