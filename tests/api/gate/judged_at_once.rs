//! A key or an organisation that was changed is judged by its new state at the very next call, also by a server
//! that remembers the old one.

use latchkey::embedded::Embedded;
use latchkey_harness::TestServer;
use latchkey_shared::clock::Clock;
use serde_json::{Value, json};

use super::asking::{call, code, edit, key_with, limit_org, make};

/// When a test begins.
const START: i64 = 1_768_478_400_000;

/// Two servers on one database: changes are made at the first, asked is the second.
async fn pair() -> [TestServer; 2] {
    let (database, clock) = (Embedded::new(dynoxide::Database::memory().unwrap()), Clock::manual(START));
    let [a, b] =
        [(database.clone(), clock.clone()), (database, clock)].map(|(db, clock)| TestServer::on(db, clock, &[]));
    [a.await, b.await]
}

#[tokio::test]
async fn a_changed_key_is_judged_by_what_it_is_now() {
    for (change, expected) in [
        (json!({"is_inactive": true}), "inactive"),
        (json!({"access_rights": {"other": {}}}), "api_not_allowed"),
        (json!({"quota_max": 1, "quota_renewal_rate": 60}), "quota_exceeded"),
        (json!({"quota_max": 4, "quota_renewal_rate": 600}), "quota_exceeded"),
        (json!({"rate": 2, "per": 60, "quota_max": 5, "quota_renewal_rate": 600}), "rate_limited"),
    ] {
        let [here, there] = pair().await;
        let usual = json!({"rate": 50, "per": 60, "quota_max": 50, "quota_renewal_rate": 600});
        let token = make(&here, usual.clone()).await;
        for _ in 0..4 {
            assert_eq!(code(&there, &token).await, "ok");
        }
        edit(&here, &token, change.clone()).await;
        assert_eq!(code(&there, &token).await, expected, "{change}");
        edit(&here, &token, usual).await;
        assert_eq!(code(&there, &token).await, "ok", "and back from {change}");
    }
}

#[tokio::test]
async fn a_deleted_key_is_refused_and_one_made_again_is_admitted() {
    let [here, there] = pair().await;
    let (path, fields) =
        ("/tyk/keys/robot?org_id=default", key_with(&json!({"quota_max": 2, "quota_renewal_rate": 60})));
    for _ in 0..3 {
        let _made = here.admin("POST", path, &fields).await.expect(200);
        for code_there in ["ok", "ok", "quota_exceeded"] {
            assert_eq!(code(&there, "defaultrobot").await, code_there);
        }
        let _deleted = here.admin("DELETE", path, ()).await.expect(200);
        for _ in 0..2 {
            assert_eq!(call(&there, "defaultrobot").await["code"], "unknown_key");
        }
    }
}

#[tokio::test]
async fn a_key_in_a_window_that_another_server_used_up_is_refused() {
    let [here, there] = pair().await;
    let token = make(&here, json!({"quota_max": 4, "quota_renewal_rate": 60})).await;
    for window in 0..2 {
        assert_eq!(code(&there, &token).await, "ok");
        for _ in 0..3 {
            assert_eq!(code(&here, &token).await, "ok");
        }
        assert_eq!(code(&there, &token).await, "quota_exceeded", "window {window}");
        here.clock.advance(60_000);
    }
}

#[tokio::test]
async fn an_organisation_is_judged_by_what_it_is_now() {
    let [here, there] = pair().await;
    let token = make(&here, json!({})).await;
    let quota = |max: i64| json!({"quota_max": max, "quota_renewal_rate": 600});
    assert_eq!(code(&there, &token).await, "ok", "without limits");
    for (limits, expected) in [
        (quota(2), "ok"),
        (quota(1), "org_quota_exceeded"),
        (quota(9), "ok"),
        (json!({"is_inactive": true}), "org_inactive"),
        (json!({}), "ok"),
        (json!({"rate": 1, "per": 60}), "ok"),
        (json!({"rate": 1, "per": 60, "alias": "renamed"}), "org_rate_limited"),
    ] {
        limit_org(&here, "default", limits.clone()).await;
        assert_eq!(code(&there, &token).await, expected, "{limits}");
    }
    let _gone = here.admin("DELETE", "/tyk/org/keys/default", ()).await.expect(200);
    assert_eq!(code(&there, &token).await, "ok", "its limits are gone");
}

#[tokio::test]
async fn a_key_that_moved_is_held_to_its_new_organisation() {
    let [here, there] = pair().await;
    limit_org(&here, "closed", json!({"is_inactive": true})).await;
    let token = make(&here, json!({})).await;
    assert_eq!(code(&there, &token).await, "ok");
    edit(&here, &token, json!({"org_id": "closed"})).await;
    let refused: Value = call(&there, &token).await;
    assert_eq!((&refused["code"], &refused["org_id"]), (&json!("org_inactive"), &json!("closed")));
}

#[tokio::test]
async fn a_key_whose_time_in_the_store_is_over_is_unknown_also_where_it_is_remembered() {
    let [here, there] = pair().await;
    let token = make(&here, json!({"session_lifetime": 60})).await;
    assert_eq!(code(&there, &token).await, "ok");
    here.clock.advance(59_999);
    assert_eq!(code(&there, &token).await, "ok");
    here.clock.advance(1);
    let _gone = here.admin("GET", &format!("/tyk/keys/{token}"), ()).await.expect(404);
    assert_eq!(code(&there, &token).await, "unknown_key");
}

#[tokio::test]
async fn a_key_expires_on_the_second_also_where_it_is_remembered() {
    let [here, there] = pair().await;
    let token = make(&here, json!({"expires": START / 1000 + 60})).await;
    here.clock.advance(59_999);
    assert_eq!(code(&there, &token).await, "ok");
    here.clock.advance(1);
    assert_eq!(code(&there, &token).await, "expired");
}
