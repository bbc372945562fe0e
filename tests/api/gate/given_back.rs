//! What the organisation refuses comes back to the key once, whatever becomes of the key meanwhile: its use by the hour always,
//! units wherever the counters were kept, and nothing twice.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use latchkey::embedded::Embedded;
use latchkey_harness::{Fault, TestServer};
use latchkey_shared::clock::Clock;
use latchkey_shared::envelope::gate::Code;
use latchkey_shared::store::Table;
use serde_json::{Value, json};

use super::asking::{call, code_of, key_with, limit_org, until_refused};
use super::faulty::FaultyGate;
use super::money_keys::MoneyKeys;

const PATH: &str = "/tyk/keys/robot?org_id=default";
const TOKEN: &str = "defaultrobot";

fn number(value: &AttributeValue) -> i64 {
    value.as_n().unwrap().parse().unwrap()
}

async fn item(server: &TestServer) -> HashMap<String, AttributeValue> {
    server.items(Table::Keys).await.remove(0)
}

/// What the hours of all keys sum to.
async fn use_of_all(server: &TestServer) -> i64 {
    let items = server.items(Table::Keys).await;
    items.iter().flat_map(|item| item["u"].as_m().unwrap().values()).map(number).sum()
}

/// A quota of `max` an hour, and no rate.
fn quota(max: i64) -> Value {
    key_with(&json!({"rate": 0, "quota_max": max, "quota_renewal_rate": 3600}))
}

async fn put(server: &TestServer, more: &str, body: Value) {
    let _put = server.admin("PUT", &format!("{PATH}{more}"), body).await.expect(200);
}

/// A key with a quota of 5, one of which is used, and an organisation that refuses from then on.
async fn refused_key() -> TestServer {
    let server = TestServer::start().await;
    put(&server, "", quota(5)).await;
    assert_eq!(call(&server, TOKEN).await["code"], "ok");
    limit_org(&server, "default", json!({"is_inactive": true})).await;
    server
}

/// Asks, and does `meanwhile` between the take and the give-back.
async fn refused_while(server: &TestServer, meanwhile: impl AsyncFnOnce(&TestServer)) -> String {
    let hold = server.watch.hold_nth("gate-verify", "UpdateItem", 1);
    let asked = async { code_of(server, json!({"key": TOKEN, "api": "test"})).await };
    let between = async {
        hold.reached().await;
        meanwhile(server).await;
        hold.release();
    };
    tokio::join!(asked, between).0
}

#[tokio::test]
async fn an_edit_that_keeps_the_counters_gets_back_units_and_use() {
    let server = refused_key().await;
    let code = refused_while(&server, async |server| put(server, "&suppress_reset=1", quota(8)).await).await;
    assert_eq!(code, "org_inactive");
    assert_eq!((number(&item(&server).await["ql"]), use_of_all(&server).await), (7, 1));
}

#[tokio::test]
async fn an_edit_that_resets_the_counters_gets_back_the_use_alone() {
    let server = refused_key().await;
    let _code = refused_while(&server, async |server| put(server, "", quota(5)).await).await;
    assert_eq!(
        (number(&item(&server).await["ql"]), use_of_all(&server).await),
        (5, 1),
        "one was admitted, none is left over"
    );
    // Also where the new window would end with the old one.
    let _used = async {
        let _free = server.admin("DELETE", "/tyk/org/keys/default", ()).await.expect(200);
        assert_eq!(call(&server, TOKEN).await["code"], "ok");
        limit_org(&server, "default", json!({"is_inactive": true})).await;
    }
    .await;
    let _code = refused_while(&server, async |server| {
        put(server, "", quota(5)).await;
        let _free = server.admin("DELETE", "/tyk/org/keys/default", ()).await.expect(200);
        assert_eq!(call(server, TOKEN).await["code"], "ok");
        limit_org(server, "default", json!({"is_inactive": true})).await;
    })
    .await;
    assert_eq!((number(&item(&server).await["ql"]), use_of_all(&server).await), (4, 3));
}

#[tokio::test]
async fn a_key_that_moves_meanwhile_gets_back_units_and_use() {
    let server = refused_key().await;
    let mut moved = quota(5);
    moved["org_id"] = "other".into();
    let path = format!("/tyk/keys/{TOKEN}?suppress_reset=1");
    let _code = refused_while(&server, async |server| {
        let _moved = server.admin("PUT", &path, &moved).await.expect(200);
    })
    .await;
    assert_eq!((number(&item(&server).await["ql"]), use_of_all(&server).await), (4, 1));
}

#[tokio::test]
async fn a_key_that_is_deleted_meanwhile_gets_back_its_use() {
    let server = refused_key().await;
    let _code = refused_while(&server, async |server| {
        let _deleted = server.admin("DELETE", PATH, ()).await.expect(200);
    })
    .await;
    assert_eq!(use_of_all(&server).await, 1);
    assert_eq!(call(&server, TOKEN).await["code"], "unknown_key");
}

#[tokio::test]
async fn a_key_that_is_made_again_meanwhile_gets_back_use_and_no_units() {
    let server = refused_key().await;
    let _code = refused_while(&server, async |server| {
        let _deleted = server.admin("DELETE", PATH, ()).await.expect(200);
        put(server, "", quota(5)).await;
        let _free = server.admin("DELETE", "/tyk/org/keys/default", ()).await.expect(200);
        // Begins a window that ends with the one of its former life.
        assert_eq!(call(server, TOKEN).await["code"], "ok");
    })
    .await;
    assert_eq!((number(&item(&server).await["ql"]), use_of_all(&server).await), (4, 2));
}

#[tokio::test]
async fn a_limit_that_is_lifted_meanwhile_gets_back_its_units_when_it_returns() {
    for returns_meanwhile in [false, true] {
        let server = refused_key().await;
        let restore = async |server: &TestServer| put(server, "&suppress_reset=1", quota(5)).await;
        let _code = refused_while(&server, async |server| {
            put(server, "&suppress_reset=1", quota(-1)).await;
            if returns_meanwhile {
                restore(server).await;
            }
        })
        .await;
        restore(&server).await;
        assert_eq!((number(&item(&server).await["ql"]), use_of_all(&server).await), (4, 1), "{returns_meanwhile}");
    }
}

#[tokio::test]
async fn a_limit_for_ever_that_is_lifted_meanwhile_gets_back_its_units_too() {
    let server = TestServer::start().await;
    let for_ever = |max: i64| key_with(&json!({"rate": 0, "quota_max": max}));
    put(&server, "", for_ever(5)).await;
    assert_eq!(call(&server, TOKEN).await["code"], "ok");
    limit_org(&server, "default", json!({"is_inactive": true})).await;
    let lift = async |server: &TestServer| put(server, "&suppress_reset=1", for_ever(-1)).await;
    let _code = refused_while(&server, lift).await;
    put(&server, "&suppress_reset=1", for_ever(5)).await;
    assert_eq!(number(&item(&server).await["ql"]), 4);
}

#[tokio::test]
async fn an_api_whose_limit_vanishes_meanwhile_gets_back_its_units_when_it_returns() {
    let server = TestServer::start().await;
    let with_limit = key_with(&json!({
        "rate": 0, "access_rights": {"test": {"limit": {"rate": 9, "per": 3600, "quota_max": 5, "quota_renewal_rate": 3600}}},
    }));
    put(&server, "", with_limit.clone()).await;
    assert_eq!(call(&server, TOKEN).await["code"], "ok");
    limit_org(&server, "default", json!({"is_inactive": true})).await;
    let vanish = async |server: &TestServer| put(server, "&suppress_reset=1", quota(-1)).await;
    let _code = refused_while(&server, vanish).await;
    put(&server, "&suppress_reset=1", with_limit).await;
    let scope = item(&server).await["c"].as_m().unwrap()["api:test"].as_m().unwrap().clone();
    assert_eq!((number(&scope["ql"]), number(&scope["rl"]), use_of_all(&server).await), (4, 8, 1));
}

/// A server, a gate on its database whose client makes two attempts as in the cloud, and the organisation's refusal.
async fn with_retrying_gate() -> (TestServer, FaultyGate) {
    let (database, clock) = (Embedded::new(dynoxide::Database::memory().unwrap()), Clock::manual(1_768_478_400_000));
    let server = TestServer::on(database.clone(), clock.clone(), &[]).await;
    limit_org(&server, "default", json!({"is_inactive": true})).await;
    (server, FaultyGate::on(database, clock))
}

#[tokio::test]
async fn a_give_back_whose_answer_is_lost_is_not_sent_again() {
    let (server, gate) = with_retrying_gate().await;
    put(&server, "", quota(5)).await;
    for _ in 0..3 {
        gate.plan([None, Some(Fault::LoseAnswer)]);
        assert_eq!(gate.call(TOKEN).await, Some(Code::OrgInactive));
        assert!(gate.all_happened());
    }
    assert_eq!((number(&item(&server).await["ql"]), use_of_all(&server).await), (5, 0));
    let _free = server.admin("DELETE", "/tyk/org/keys/default", ()).await.expect(200);
    assert_eq!(until_refused(&server, TOKEN).await, (5, "quota_exceeded".into()));
}

#[tokio::test]
async fn money_whose_return_is_not_answered_is_not_given_back_twice() {
    let (server, gate) = with_retrying_gate().await;
    let key = MoneyKeys::of(&server).make(Some("4"), server.clock.now()).await;
    for _ in 0..2 {
        gate.plan([None, Some(Fault::LoseAnswer)]);
        assert_eq!(gate.call_for(&key.token, 1_000_000).await, Some(Code::OrgInactive));
    }
    let left = number(&item(&server).await["sl"]);
    assert_eq!(left, number(&item(&server).await["sm"]));
}

#[tokio::test]
async fn a_give_back_is_sent_again_only_when_nothing_happened() {
    for (fault, left, use_left) in [(Fault::Conflict, 5, 0), (Fault::Refuse, 4, 1)] {
        let (server, gate) = with_retrying_gate().await;
        put(&server, "", quota(5)).await;
        gate.plan([None, Some(fault)]);
        assert_eq!(gate.call(TOKEN).await, Some(Code::OrgInactive));
        assert!(gate.all_happened());
        assert_eq!((number(&item(&server).await["ql"]), use_of_all(&server).await), (left, use_left), "{fault:?}");
    }
}

#[tokio::test]
async fn a_call_that_is_not_decided_because_others_are_always_in_the_way_takes_nothing() {
    for pattern in ["", "team"] {
        let (server, gate) = with_retrying_gate().await;
        limit_org(&server, "default", json!({"quota_max": 9, "quota_renewal_rate": 3600})).await;
        let mut body = quota(5);
        body["meta_data"] = json!({"rate_limit_pattern": pattern});
        put(&server, "", body).await;
        gate.plan([None].into_iter().chain([Some(Fault::Conflict); 5]));
        assert_eq!(gate.call(TOKEN).await, None, "{pattern}");
        assert!(gate.all_happened());
        assert_eq!((number(&item(&server).await["ql"]), use_of_all(&server).await), (5, 0), "{pattern}");
    }
}

#[tokio::test]
async fn shared_units_whose_return_is_not_answered_are_not_given_back_twice() {
    let (server, gate) = with_retrying_gate().await;
    let mut body = quota(5);
    body["meta_data"] = json!({"rate_limit_pattern": "team"});
    put(&server, "", body).await;
    for _ in 0..2 {
        // The key, the shared windows, and both back.
        gate.plan([None, None, Some(Fault::LoseAnswer), Some(Fault::LoseAnswer)]);
        assert_eq!(gate.call(TOKEN).await, Some(Code::OrgInactive));
        assert!(gate.all_happened());
    }
    let items = server.items(Table::Organizations).await;
    let shared = items.iter().find_map(|item| item.get("quota")).unwrap().as_m().unwrap();
    assert_eq!((number(&shared["u"]), use_of_all(&server).await), (0, 0));
}
