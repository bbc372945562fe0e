//! What a key may do: the order of the rules, paths and methods, and which of its limits holds.

use latchkey::embedded::Embedded;
use latchkey_harness::TestServer;
use latchkey_shared::clock::Clock;
use serde_json::{Value, json};

use super::asking::{answer, call, code, code_of, key_with, limit_org, make, until_refused};

/// When the tests of one database for several servers begin.
const START: i64 = 1_768_478_400_000;

fn at(token: &str, method: &str, path: &str) -> Value {
    json!({"key": token, "api": "test", "method": method, "path": path})
}

#[tokio::test]
async fn of_several_reasons_the_first_is_told() {
    let server = TestServer::start().await;
    let token = make(&server, json!({})).await;
    let mut fields = json!({
        "is_inactive": true, "expires": server.clock.now() / 1000 + 1,
        "rate": 1, "per": 600, "quota_max": 1, "quota_renewal_rate": 600,
        "access_rights": {"other": {}},
    });
    limit_org(&server, "default", json!({"is_inactive": true, "rate": 1, "per": 600})).await;
    let path = format!("/tyk/keys/{token}");
    // No key is made with a policy that does not exist, but one can be assigned later.
    let _put = server.admin("PUT", &path, key_with(&fields)).await.expect(200);
    let _assigned =
        server.admin("POST", &format!("/tyk/keys/policy/{token}"), json!({"policy": "gone"})).await.expect(200);
    server.clock.advance(1000);

    assert_eq!(code(&server, &token).await, "org_inactive");
    limit_org(&server, "default", json!({"rate": 1, "per": 600, "quota_max": 1, "quota_renewal_rate": 600})).await;
    let other = make(&server, json!({})).await;
    assert_eq!(code(&server, &other).await, "ok");
    assert_eq!(code(&server, &token).await, "org_rate_limited");
    limit_org(&server, "default", json!({"quota_max": 1, "quota_renewal_rate": 600})).await;
    assert_eq!(code(&server, &token).await, "org_quota_exceeded");
    let _free = server.admin("DELETE", "/tyk/org/keys/default", ()).await.expect(200);
    assert_eq!(code(&server, &token).await, "policies_unmet", "its policy is absent");

    for (lifted, then) in [
        (json!({}), "inactive"),
        (json!({"is_inactive": false}), "expired"),
        (json!({"expires": 0}), "api_not_allowed"),
        (json!({"access_rights": {"test": {"versions": ["v2"]}}}), "api_not_allowed"),
        (
            json!({"access_rights": {"test": {"versions": ["v1"], "allowed_urls": [{"url": "/a", "methods": ["GET"]}]}}}),
            "resource_not_allowed",
        ),
        (json!({"access_rights": {"test": {}}}), "ok"),
    ] {
        for (name, value) in lifted.as_object().unwrap() {
            fields[name] = value.clone();
        }
        let _put = server.admin("PUT", &path, key_with(&fields)).await.expect(200);
        let question = json!({"key": token, "api": "test", "version": "v1", "method": "GET", "path": "/b"});
        assert_eq!(code_of(&server, question).await, then, "{lifted}");
    }
    assert_eq!(code(&server, &token).await, "rate_limited", "the rate before the quota");
    server.clock.advance(600_000 - 1);
    assert_eq!(code(&server, &token).await, "rate_limited");
}

#[tokio::test]
async fn a_policy_that_is_absent_comes_before_everything_else_of_the_key() {
    let server = TestServer::start().await;
    let token = make(&server, json!({"is_inactive": true})).await;
    let path = format!("/tyk/keys/policy/{token}");
    let _assigned = server.admin("POST", &path, json!({"policy": "gone"})).await.expect(200);
    assert_eq!(code(&server, &token).await, "policies_unmet");
}

#[tokio::test]
async fn a_version_is_checked_where_both_sides_name_one() {
    let server = TestServer::start().await;
    let some = make(&server, json!({"access_rights": {"test": {"versions": ["v1", "v2"]}}})).await;
    let any = make(&server, json!({"access_rights": {"test": {}}})).await;
    let code = async |token: &str, version: &str| {
        code_of(&server, json!({"key": token, "api": "test", "version": version})).await
    };
    assert_eq!(code(&some, "v2").await, "ok");
    assert_eq!(code(&some, "").await, "ok");
    for wrong in ["v3", "V1", "v", "v1 "] {
        assert_eq!(code(&some, wrong).await, "api_not_allowed", "{wrong:?}");
    }
    assert_eq!(code(&any, "v3").await, "ok");
}

#[tokio::test]
async fn only_listed_methods_and_paths_are_allowed_and_odd_paths_never() {
    let server = TestServer::start().await;
    let urls = json!([
        {"url": "^/users/{id}$", "methods": ["GET", "PUT"]}, {"url": "^/files/*", "methods": ["GET"]},
        {"url": "(", "methods": ["GET"]}, {"url": "^/none", "methods": []}, {"url": "^/(a+)+$", "methods": ["GET"]},
    ]);
    let token = make(&server, json!({"access_rights": {"test": {"allowed_urls": urls}}})).await;
    for (method, path) in [("GET", "/users/7"), ("PUT", "/users/7"), ("GET", "/files/"), ("GET", "/files/a/b%20c")] {
        assert_eq!(code_of(&server, at(&token, method, path)).await, "ok", "{method} {path}");
    }
    let long = format!("/{}!", "a".repeat(5000));
    for (method, path) in [
        ("get", "/users/7"),
        ("DELETE", "/users/7"),
        ("", "/users/7"),
        ("GET", ""),
        ("GET", "/users/7/8"),
        ("GET", "/none"),
        ("GET", "("),
        ("GET", "/files/../users"),
        ("GET", "/files/%2e%2e/users"),
        ("GET", "/files/.%2E/users"),
        ("GET", "/files/a%2fb"),
        ("GET", "/files/a%2Fb"),
        ("GET", "/files/a%5cb"),
        ("GET", "/files/a\\b"),
        ("GET", "/files/%252e%252e/"),
        ("GET", "/files/."),
        ("GET", "/files/a\u{0}"),
        ("GET", &long),
    ] {
        assert_eq!(code_of(&server, at(&token, method, path)).await, "resource_not_allowed", "{method} {path}");
    }
}

#[tokio::test]
async fn a_key_without_access_rights_is_judged_by_the_setting() {
    let (database, clock) = (Embedded::new(dynoxide::Database::memory().unwrap()), Clock::manual(START));
    let open = TestServer::on(database.clone(), clock.clone(), &[("LATCHKEY_ALLOW_MASTER_KEYS", "true")]).await;
    let closed = TestServer::on(database, clock, &[]).await;
    let token = make(&open, json!({"access_rights": {}, "quota_max": 2, "quota_renewal_rate": 60})).await;
    for api in ["test", "whatever"] {
        assert_eq!(code_of(&open, json!({"key": token, "api": api})).await, "ok");
        assert_eq!(code_of(&closed, json!({"key": token, "api": api})).await, "api_not_allowed");
    }
    assert_eq!(code(&open, &token).await, "quota_exceeded", "its own limits hold everywhere");
}

#[tokio::test]
async fn where_apis_are_listed_no_other_exists_and_short_names_are_of_their_owner() {
    let server = TestServer::with(&[("LATCHKEY_APIS", "test@acme,other@umbrella")]).await;
    let access = json!({"test": {}, "other": {}, "unlisted": {}});
    let body = |org: &str, alias: &str| key_with(&json!({"org_id": org, "alias": alias, "access_rights": access}));
    for org in ["acme", "umbrella"] {
        let _made = server.admin("POST", "/tyk/keys/robot", body(org, org)).await.expect(200);
    }
    for (api, org) in [("test", "acme"), ("other", "umbrella")] {
        for name in ["robot".to_owned(), format!("{org}robot")] {
            let answer = answer(&server, json!({"key": name, "api": api})).await;
            assert_eq!((&answer["code"], &answer["org_id"]), (&json!("ok"), &json!(org)), "{name}");
        }
    }
    assert_eq!(code_of(&server, json!({"key": "acmerobot", "api": "unlisted"})).await, "api_not_allowed");
    assert_eq!(code_of(&server, json!({"key": "robot", "api": "unlisted"})).await, "unknown_key");
    limit_org(&server, "acme", json!({"is_inactive": true})).await;
    assert_eq!(code(&server, "nobody").await, "org_inactive", "the API's owner is asked before its key");
    assert_eq!(code_of(&server, json!({"key": "nobody", "api": "other"})).await, "unknown_key");
}

#[tokio::test]
async fn an_apis_limit_replaces_the_keys_rate_and_quota_as_a_whole() {
    let server = TestServer::start().await;
    let own = json!({"rate": 2, "per": 60, "quota_max": 3, "quota_renewal_rate": 3600});
    let limits = |limit: Value| {
        let mut fields = own.clone();
        fields["access_rights"] = json!({"test": {"limit": limit}, "plain": {}});
        fields
    };
    let rate_only = make(&server, limits(json!({"rate": 5, "per": 60}))).await;
    let first = call(&server, &rate_only).await;
    assert_eq!((&first["rate"]["limit"], &first["quota"]), (&json!(5), &Value::Null), "a zero inside is no limit");
    assert_eq!(until_refused(&server, &rate_only).await, (4, "rate_limited".into()));
    let plain = answer(&server, json!({"key": rate_only, "api": "plain"})).await;
    assert_eq!(plain["rate"]["remaining"], 1, "other APIs are held to the key's own, which is untouched");

    let quota_only = make(&server, limits(json!({"quota_max": 4, "quota_renewal_rate": 60}))).await;
    assert_eq!(until_refused(&server, &quota_only).await, (4, "quota_exceeded".into()));
    let zeros = make(&server, limits(json!({"rate": 0, "per": 0, "quota_max": 0}))).await;
    assert_eq!(
        until_refused(&server, &zeros).await,
        (2, "rate_limited".into()),
        "nothing but zeros is no limit of its own"
    );
}

#[tokio::test]
async fn an_endpoints_limit_replaces_the_rate_only() {
    let server = TestServer::start().await;
    let endpoint = json!([{"path": "^/slow", "methods": [{"name": "GET", "limit": {"rate": 1, "per": 60}}]}]);
    let of_key = json!({"rate": 9, "per": 60, "quota_max": 5, "quota_renewal_rate": 600, "access_rights": {"test": {"endpoints": endpoint}}});
    let mut of_api = of_key.clone();
    of_api["access_rights"]["test"]["limit"] = json!({"rate": 8, "per": 60, "quota_max": 4, "quota_renewal_rate": 600});
    for (fields, rate, quota) in [(of_key, 9, 5), (of_api, 8, 4)] {
        let token = make(&server, fields).await;
        let slow = answer(&server, at(&token, "GET", "/slow/a")).await;
        assert_eq!((&slow["rate"]["limit"], &slow["rate"]["remaining"]), (&json!(1), &json!(0)));
        assert_eq!((&slow["quota"]["limit"], &slow["quota"]["remaining"]), (&json!(quota), &json!(quota - 1)));
        assert_eq!(code_of(&server, at(&token, "GET", "/slow/b")).await, "rate_limited", "one limit for the pattern");
        let elsewhere = answer(&server, at(&token, "POST", "/slow/a")).await;
        assert_eq!(
            (&elsewhere["rate"]["remaining"], &elsewhere["quota"]["remaining"]),
            (&json!(rate - 1), &json!(quota - 2))
        );
    }
}

#[tokio::test]
async fn an_organisation_whose_session_names_other_apis_only_answers_as_over_its_rate() {
    let server = TestServer::start().await;
    let token = server.create_key("default").await;
    limit_org(&server, "default", json!({"access_rights": {"other": {}}})).await;
    assert_eq!(code(&server, &token).await, "org_rate_limited");
    limit_org(&server, "default", json!({"access_rights": {"other": {}, "test": {}}})).await;
    assert_eq!(code(&server, &token).await, "ok");
}
