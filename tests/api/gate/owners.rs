//! Whose limits hold: those of the organisation that owns the API, where its owner is known; else those of the key's own.

use latchkey_harness::TestServer;
use latchkey_shared::store::Table;
use serde_json::json;

use super::asking::{answer, call, code, code_of, limit_org, make, until_refused};

/// A server on which the API `test` is the organisation `owner`'s, and nobody is known to own `free`.
async fn server() -> TestServer {
    TestServer::with(&[("LATCHKEY_APIS", "test@owner,others@other")]).await
}

#[tokio::test]
async fn an_owners_limits_hold_all_callers_of_its_api_together() {
    for (limits, refusal) in [
        (json!({"quota_max": 3, "quota_renewal_rate": 3600}), "org_quota_exceeded"),
        (json!({"rate": 3, "per": 3600}), "org_rate_limited"),
    ] {
        let server = server().await;
        limit_org(&server, "owner", limits).await;
        let tokens = [make(&server, json!({"org_id": "owner"})).await, make(&server, json!({"org_id": "other"})).await];
        for token in [&tokens[0], &tokens[1], &tokens[1]] {
            assert_eq!(code(&server, token).await, "ok");
        }
        for token in &tokens {
            assert_eq!(code(&server, token).await, refusal);
        }
    }
}

#[tokio::test]
async fn an_owners_off_switch_holds_all_callers_of_its_api() {
    let server = server().await;
    let rights = json!({"test": {}, "others": {}});
    let token = make(&server, json!({"org_id": "other", "access_rights": rights})).await;
    assert_eq!(code(&server, &token).await, "ok");
    limit_org(&server, "owner", json!({"is_inactive": true})).await;
    assert_eq!(code(&server, &token).await, "org_inactive");
    assert_eq!(code_of(&server, json!({"key": token, "api": "others"})).await, "ok", "another's API");
    assert_eq!(code(&server, "nobody-has-this-key").await, "org_inactive", "nor is it told who has a key");
}

#[tokio::test]
async fn no_other_organisations_limits_hold_on_an_api() {
    let server = server().await;
    limit_org(&server, "other", json!({"is_inactive": true})).await;
    limit_org(&server, "default", json!({"quota_max": 1})).await;
    for org in ["other", "default", ""] {
        let token = make(&server, json!({"org_id": org})).await;
        for _ in 0..3 {
            assert_eq!(code(&server, &token).await, "ok", "{org}");
        }
    }
}

#[tokio::test]
async fn where_no_owner_is_known_the_keys_own_organisation_is_asked() {
    let server = TestServer::start().await;
    limit_org(&server, "other", json!({"quota_max": 2})).await;
    let token = make(&server, json!({"org_id": "other"})).await;
    assert_eq!(until_refused(&server, &token).await, (2, "org_quota_exceeded".into()));
    let elsewhere = make(&server, json!({"org_id": "default"})).await;
    assert_eq!(code(&server, &elsewhere).await, "ok");
}

#[tokio::test]
async fn what_the_owner_refuses_comes_back_to_a_key_of_another_organisation() {
    let server = server().await;
    limit_org(&server, "owner", json!({"quota_max": 1, "quota_renewal_rate": 3600})).await;
    let quota = json!({"org_id": "other", "quota_max": 5, "quota_renewal_rate": 3600});
    let token = make(&server, quota).await;
    assert_eq!(until_refused(&server, &token).await, (1, "org_quota_exceeded".into()));
    let left = answer(&server, json!({"key": token, "api": "test", "cost": 0})).await;
    assert_eq!(left["quota"]["remaining"], 4);
    let hours = server.items(Table::Keys).await.remove(0)["u"].as_m().unwrap().clone();
    assert!(hours.values().all(|used| used.as_n().unwrap() == "1"), "{hours:?}");
}

#[tokio::test]
async fn the_organisation_is_read_while_the_keys_update_is_under_way() {
    let read = "Organizations:GetItem".to_owned();
    for server in [server().await, TestServer::start().await] {
        let token = make(&server, json!({"org_id": "other"})).await;
        assert_eq!(call(&server, &token).await["code"], "ok");
        let _before = server.watch.calls();
        let hold = server.watch.hold_next("gate-verify", "UpdateItem");
        let seen_meanwhile = async {
            hold.reached().await;
            let mut calls = Vec::new();
            for _ in 0..1000 {
                calls.extend(server.watch.calls().into_iter().flat_map(|call| call.parts));
                if calls.contains(&read) {
                    break;
                }
                tokio::task::yield_now().await;
            }
            hold.release();
            calls
        };
        let (answer, calls) = tokio::join!(call(&server, &token), seen_meanwhile);
        assert_eq!((answer["code"].as_str(), calls), (Some("ok"), vec![read.clone()]));
    }
}

#[tokio::test]
async fn an_organisation_that_was_read_ahead_is_not_asked_for_a_key_that_moved() {
    let server = TestServer::start().await;
    let token = make(&server, json!({"org_id": "other"})).await;
    assert_eq!(code(&server, &token).await, "ok");
    limit_org(&server, "closed", json!({"is_inactive": true})).await;
    super::asking::edit(&server, &token, json!({"org_id": "closed"})).await;
    assert_eq!(code(&server, &token).await, "org_inactive");
}
