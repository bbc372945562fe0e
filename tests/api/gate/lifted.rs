//! Limits that are lifted for a while: with counters running on, what was used still counts when they come back in time.

use latchkey_harness::TestServer;
use serde_json::{Value, json};

use super::asking::{answer, call, code, code_of, edit, limit_org, make, until_refused};

#[tokio::test]
async fn a_limit_that_is_lifted_and_put_back_remembers_its_use() {
    for (limited, refusal) in [
        (json!({"quota_max": 3, "quota_renewal_rate": 3600}), "quota_exceeded"),
        (json!({"quota_max": 3}), "quota_exceeded"),
        (json!({"rate": 3, "per": 3600}), "rate_limited"),
    ] {
        let server = TestServer::start().await;
        let token = make(&server, limited.clone()).await;
        for _ in 0..2 {
            assert_eq!(code(&server, &token).await, "ok");
        }
        for alias in ["lifted", "lifted still"] {
            edit(&server, &token, json!({"rate": 0, "quota_max": -1, "alias": alias})).await;
            assert_eq!(until_ok(&server, &token, 5).await, "ok", "what has no limit is not counted");
        }
        edit(&server, &token, limited.clone()).await;
        assert_eq!(until_refused(&server, &token).await, (1, refusal.into()), "{limited}");
    }
}

/// The code of the last of so many calls.
async fn until_ok(server: &TestServer, token: &str, calls: usize) -> String {
    for _ in 1..calls {
        assert_eq!(code(server, token).await, "ok");
    }
    code(server, token).await
}

#[tokio::test]
async fn a_limit_that_comes_back_larger_or_smaller_counts_the_same_use() {
    for (max, admitted) in [(5, 3), (2, 0), (1, 0)] {
        let server = TestServer::start().await;
        let quota = |max: i64| json!({"quota_max": max, "quota_renewal_rate": 3600});
        let token = make(&server, quota(3)).await;
        let end = server.clock.now() / 1000 + 3600;
        let _used = answer(&server, json!({"key": token, "api": "test", "cost": 2})).await;
        edit(&server, &token, quota(-1)).await;
        edit(&server, &token, quota(max)).await;
        let left = answer(&server, json!({"key": token, "api": "test", "cost": 0})).await["quota"].clone();
        assert_eq!(left, json!({"limit": max, "remaining": admitted, "resets_at": end}));
        assert_eq!(until_refused(&server, &token).await.0, admitted);
    }
}

#[tokio::test]
async fn a_window_that_ends_while_its_limit_is_lifted_is_forgotten() {
    let server = TestServer::start().await;
    let quota = |max: i64| json!({"quota_max": max, "quota_renewal_rate": 60});
    let token = make(&server, quota(3)).await;
    assert_eq!(until_refused(&server, &token).await.0, 3);
    edit(&server, &token, quota(-1)).await;
    server.clock.advance(60_000);
    edit(&server, &token, quota(3)).await;
    assert_eq!(until_refused(&server, &token).await, (3, "quota_exceeded".into()));
}

#[tokio::test]
async fn a_reset_while_a_limit_is_lifted_forgets_its_use() {
    let server = TestServer::start().await;
    let quota = |max: i64| json!({"quota_max": max, "quota_renewal_rate": 3600});
    let token = make(&server, quota(3)).await;
    assert_eq!(until_refused(&server, &token).await.0, 3);
    edit(&server, &token, quota(-1)).await;
    let path = format!("/tyk/keys/{token}");
    let _reset = server.admin("PUT", &path, super::asking::key_with(&quota(-1))).await.expect(200);
    edit(&server, &token, quota(3)).await;
    assert_eq!(until_refused(&server, &token).await.0, 3);
}

/// What a key may do where one API has limits of its own, and one endpoint of it.
fn scoped() -> Value {
    let endpoints = json!([{"path": "/e", "methods": [{"name": "GET", "limit": {"rate": 2, "per": 3600}}]}]);
    let limit = json!({"rate": 9, "per": 3600, "quota_max": 4, "quota_renewal_rate": 3600});
    json!({"access_rights": {"test": {"limit": limit, "endpoints": endpoints}, "other": {}}})
}

#[tokio::test]
async fn limits_of_an_api_or_an_endpoint_that_vanish_and_return_remember_their_use() {
    let endpoint_limit_lifted = {
        let mut without = scoped();
        without["access_rights"]["test"]["endpoints"] = json!([]);
        without
    };
    let quota_lifted = {
        let mut without = scoped();
        without["access_rights"]["test"]["limit"]["quota_max"] = json!(-1);
        without
    };
    for lifted in [
        json!({"access_rights": {"test": {}, "other": {}}}),
        json!({"access_rights": {"other": {}}}),
        endpoint_limit_lifted,
        quota_lifted,
    ] {
        let server = TestServer::start().await;
        let token = make(&server, scoped()).await;
        let ask = async |path: &str| {
            code_of(&server, json!({"key": token, "api": "test", "method": "GET", "path": path})).await
        };
        for path in ["/e", "/e", "/"] {
            assert_eq!(ask(path).await, "ok");
        }
        edit(&server, &token, lifted.clone()).await;
        edit(&server, &token, lifted.clone()).await;
        edit(&server, &token, scoped()).await;
        assert_eq!(ask("/e").await, "rate_limited", "{lifted}");
        assert_eq!(ask("/").await, "ok", "{lifted}");
        assert_eq!(ask("/").await, "quota_exceeded", "{lifted}");
    }
}

#[tokio::test]
async fn an_organisations_limit_that_is_lifted_and_put_back_remembers_its_use() {
    let server = TestServer::start().await;
    let quota = |max: i64| json!({"quota_max": max, "quota_renewal_rate": 3600});
    limit_org(&server, "default", quota(2)).await;
    let token = make(&server, json!({})).await;
    assert_eq!(until_refused(&server, &token).await, (2, "org_quota_exceeded".into()));
    limit_org(&server, "default", quota(-1)).await;
    assert_eq!(until_ok(&server, &token, 3).await, "ok");
    limit_org(&server, "default", quota(2)).await;
    assert_eq!(code(&server, &token).await, "org_quota_exceeded");
    limit_org(&server, "default", quota(-1)).await;
    let _deleted = server.admin("DELETE", "/tyk/org/keys/default", ()).await.expect(200);
    limit_org(&server, "default", quota(2)).await;
    assert_eq!(code(&server, &token).await, "org_quota_exceeded", "nor does a deletion forget it");
    let reset = "/tyk/org/keys/default?reset_quota=1";
    let _reset = server.admin("POST", reset, quota(2)).await.expect(200);
    assert_eq!(until_refused(&server, &token).await.0, 2);
}

#[tokio::test]
async fn a_call_while_a_limit_is_being_lifted_or_put_back_is_counted() {
    let quota = |max: i64| super::asking::key_with(&json!({"quota_max": max, "quota_renewal_rate": 3600}));
    // With a window in use, and as the first call of one.
    for used in [1, 0] {
        let server = TestServer::start().await;
        let token = server.admin("POST", "/tyk/keys/create", quota(3)).await.expect(200).text_of("key");
        for _ in 0..used {
            assert_eq!(code(&server, &token).await, "ok");
        }
        let path = format!("/tyk/keys/{token}?suppress_reset=1");
        let hold = server.watch.hold_next("tyk-upsert-key", "TransactWriteItems");
        let lift = async { server.admin("PUT", &path, quota(-1)).await.expect(200) };
        let take = async {
            hold.reached().await;
            assert_eq!(code(&server, &token).await, "ok");
            hold.release();
        };
        let (_lifted, ()) = tokio::join!(lift, take);
        let _back = server.admin("PUT", &path, quota(3)).await.expect(200);
        assert_eq!(until_refused(&server, &token).await.0, 2 - used, "{used}");
    }
}

#[tokio::test]
async fn an_unlimited_window_is_never_used_up() {
    let server = TestServer::start().await;
    let token = make(&server, json!({"rate": 0, "quota_max": -1})).await;
    limit_org(&server, "default", json!({"rate": 0, "quota_max": -1})).await;
    let before = super::asking::tables(&server).await;
    for _ in 0..3 {
        let dear = json!({"key": token, "api": "test", "cost": 1_000_000_000});
        assert_eq!(code_of(&server, dear).await, "ok");
    }
    for (place, before) in before {
        let after = super::asking::tables(&server).await.remove(&place).unwrap();
        for name in ["rl", "ql", "re", "qe"] {
            assert_eq!(after.get(name), before.get(name), "{name} of {place}");
        }
    }
    assert_eq!(call(&server, &token).await["quota"], Value::Null);
}
