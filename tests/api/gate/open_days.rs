//! A key's day is open before its item has any use of it, whoever closes it meanwhile; else an organisation's use would
//! miss some.

use latchkey_harness::{ADMIN, Fault, TestServer, assert_usage_adds_up};
use latchkey_shared::store::Table;
use serde_json::{Value, json};

use super::asking::{ask, code, edit, key_with, limit_org, make};

const HOUR: i64 = 60 * 60 * 1000;

async fn used(server: &TestServer, org: &str) -> Value {
    let path = format!("/v1/usage?org={org}");
    let used = server.bearer(ADMIN, "GET", &path, ()).await.expect(200).json()["total"]["requests"].clone();
    assert_usage_adds_up(&server.items(Table::Keys).await, &server.items(Table::Usage).await);
    used
}

/// How many days are open, of all keys.
async fn open(server: &TestServer) -> usize {
    let rows = server.items(Table::Usage).await;
    rows.iter().filter(|row| row["sk"].as_s().unwrap().starts_with("open#")).count()
}

#[tokio::test]
async fn a_day_that_is_closed_before_its_first_use_is_opened_again() {
    let server = TestServer::start().await;
    let token = make(&server, json!({})).await;
    // The first update opens the day, the second counts.
    let hold = server.watch.hold_nth("gate-verify", "UpdateItem", 1);
    let between = async {
        hold.reached().await;
        assert_eq!(open(&server).await, 1);
        assert_eq!(used(&server, "default").await, 0);
        assert_eq!(open(&server).await, 0, "nothing was used, so the reader closed it");
        hold.release();
    };
    let (code, ()) = tokio::join!(code(&server, &token), between);
    assert_eq!(code, "ok");
    assert_eq!((used(&server, "default").await, open(&server).await), (json!(1), 1));
}

#[tokio::test]
async fn what_is_given_back_after_its_hour_was_rolled_up_comes_off_the_total() {
    let server = TestServer::start().await;
    let token = make(&server, json!({"rate": 0})).await;
    assert_eq!(code(&server, &token).await, "ok");
    limit_org(&server, "default", json!({"is_inactive": true})).await;
    let hold = server.watch.hold_nth("gate-verify", "UpdateItem", 1);
    let between = async {
        hold.reached().await;
        server.clock.advance(24 * HOUR);
        assert_eq!((used(&server, "default").await, open(&server).await), (json!(2), 0), "not given back yet");
        hold.release();
    };
    let (code, ()) = tokio::join!(code(&server, &token), between);
    assert_eq!(code, "org_inactive");
    assert_eq!(open(&server).await, 1, "the item has one less than none");
    for _ in 0..2 {
        assert_eq!((used(&server, "default").await, open(&server).await), (json!(1), 0));
    }
}

#[tokio::test]
async fn a_call_whose_day_cannot_be_opened_takes_nothing() {
    for fault in [Fault::Refuse, Fault::LoseAnswer, Fault::Throttle, Fault::Conflict] {
        let server = TestServer::start().await;
        let token = make(&server, json!({"rate": 0, "quota_max": 5, "quota_renewal_rate": 3600})).await;
        // A conflict is one attempt more; all of them meet it.
        for _ in 0..if fault == Fault::Conflict { 5 } else { 1 } {
            server.watch.fail_next("UpdateItem", fault);
        }
        assert_eq!(ask(&server, json!({"key": token, "api": "test"})).await.status, 503, "{fault:?}");
        assert_eq!(used(&server, "default").await, 0, "{fault:?}");
        assert_eq!(code(&server, &token).await, "ok", "{fault:?}");
        assert_eq!(used(&server, "default").await, 1, "{fault:?}");
    }
}

#[tokio::test]
async fn a_key_that_moves_or_is_made_again_elsewhere_takes_its_open_days_along() {
    let server = TestServer::start().await;
    let path = "/tyk/keys/robot?org_id=default";
    let body = key_with(&json!({"rate": 0}));
    let _made = server.admin("POST", path, &body).await.expect(200);
    for _ in 0..2 {
        assert_eq!(code(&server, "defaultrobot").await, "ok");
        server.clock.advance(24 * HOUR);
    }
    assert_eq!(open(&server).await, 2);
    edit(&server, "defaultrobot", json!({"rate": 0, "org_id": "other"})).await;
    let in_sight = async || assert_usage_adds_up(&server.items(Table::Keys).await, &server.items(Table::Usage).await);
    in_sight().await;
    assert_eq!(open(&server).await, 2);
    let _deleted = server.admin("DELETE", "/tyk/keys/defaultrobot", ()).await.expect(200);
    let _made = server.admin("POST", "/tyk/keys/defaultrobot", &body).await.expect(200);
    in_sight().await;
    assert_eq!(open(&server).await, 2);
    for (org, requests) in [("other", 0), ("default", 2)] {
        assert_eq!(used(&server, org).await, requests, "{org}");
    }
    assert_eq!(open(&server).await, 0, "all of it was rolled up");
}

#[tokio::test]
async fn more_keys_than_fit_into_one_transaction_are_rolled_up_each_once() {
    let server = TestServer::start().await;
    for key in 0..60 {
        let token = make(&server, json!({"rate": 0})).await;
        // Some were used on several days.
        for _ in 0..=key % 3 {
            assert_eq!(code(&server, &token).await, "ok");
            server.clock.advance(if key % 3 == 0 { 0 } else { 13 * HOUR });
        }
        server.clock.advance(-server.clock.now() + 1_768_478_400_000);
    }
    server.clock.advance(72 * HOUR);
    assert!(open(&server).await > 60);
    for _ in 0..2 {
        assert_eq!((used(&server, "default").await, open(&server).await), (json!(120), 0));
    }
}
