//! Use by the hour: what stands in a key's item and in the rows of `Usage` is what was admitted, hour by hour.

use std::collections::{BTreeMap, HashMap};

use aws_sdk_dynamodb::types::AttributeValue;
use latchkey::embedded::Embedded;
use latchkey_harness::{Fault, TestServer, assert_usage_adds_up};
use latchkey_shared::clock::Clock;
use latchkey_shared::envelope::gate::Code;
use latchkey_shared::store::Table;
use serde_json::json;

use super::asking::{answer, code, code_of, edit, key_with, limit_org, make};
use super::faulty::FaultyGate;

const HOUR: i64 = 60 * 60 * 1000;
/// 2026-01-15T12:00:00Z.
const START: i64 = 1_768_478_400_000;

/// Hour → requests.
type Hours = BTreeMap<i64, i64>;

fn number(value: &AttributeValue) -> i64 {
    value.as_n().unwrap().parse().unwrap()
}

/// The hours that the items of `Keys` hold.
async fn in_keys(server: &TestServer) -> Hours {
    let mut hours = Hours::new();
    for item in server.items(Table::Keys).await {
        for (hour, used) in item["u"].as_m().unwrap() {
            *hours.entry(hour.parse().unwrap()).or_default() += number(used);
        }
    }
    hours
}

/// The hours of the rows of `Usage`.
async fn in_rows(server: &TestServer) -> Hours {
    let mut hours = Hours::new();
    for row in server.items(Table::Usage).await {
        let sort = row["sk"].as_s().unwrap().clone();
        let day = match sort.split_once('#') {
            Some(("open" | "total", _)) | None => continue,
            Some((day, _)) => day,
        };
        let midnight: jiff::Timestamp = format!("{day}T00:00:00Z").parse().unwrap();
        for (name, used) in row.iter().filter_map(|(name, used)| Some((name.strip_prefix('h')?, used))) {
            *hours.entry(midnight.as_second() / 3600 + name.parse::<i64>().unwrap()).or_default() += number(used);
        }
    }
    hours
}

/// All hours, each of which stands in one of the two places.
async fn usage(server: &TestServer) -> Hours {
    assert_usage_adds_up(&server.items(Table::Keys).await, &server.items(Table::Usage).await);
    let mut hours = in_rows(server).await;
    for (hour, used) in in_keys(server).await {
        assert_eq!(hours.insert(hour, used), None, "the hour {hour} is counted twice");
    }
    hours.retain(|_, used| *used != 0);
    hours
}

fn hour(clock: &Clock) -> i64 {
    clock.now() / HOUR
}

/// A server, a gate that can fail on the same database, and a key that was used in eight hours.
async fn with_full_item() -> (TestServer, FaultyGate, String, Hours) {
    let (database, clock) = (Embedded::new(dynoxide::Database::memory().unwrap()), Clock::manual(START));
    let server = TestServer::on(database.clone(), clock.clone(), &[]).await;
    let gate = FaultyGate::on(database, clock);
    let token = make(&server, json!({"quota_max": 1000})).await;
    let mut admitted = Hours::new();
    for cost in 1..=8 {
        let question = json!({"key": token, "api": "test", "cost": cost});
        assert_eq!(code_of(&server, question).await, "ok");
        let _first = admitted.insert(hour(&server.clock), cost);
        server.clock.advance(2 * HOUR);
    }
    (server, gate, token, admitted)
}

#[tokio::test]
async fn every_hour_of_a_long_time_is_counted_once() {
    let server = TestServer::start().await;
    let token = make(&server, json!({"quota_max": 5, "quota_renewal_rate": 3000})).await;
    let mut admitted = Hours::new();
    for n in 0..60 {
        for cost in 0..=n % 4 {
            let question = json!({"key": token, "api": "test", "cost": cost});
            if code_of(&server, question).await == "ok" {
                *admitted.entry(hour(&server.clock)).or_default() += cost;
            }
        }
        server.clock.advance(HOUR * (1 + n % 3) / 2);
    }
    admitted.retain(|_, used| *used != 0);
    assert!(admitted.len() > 30, "{admitted:?}");
    assert_eq!(usage(&server).await, admitted);
    assert!(in_keys(&server).await.len() <= 8);
}

#[tokio::test]
async fn deleting_a_key_and_making_it_again_loses_no_hour() {
    let server = TestServer::start().await;
    let path = "/tyk/keys/robot?org_id=default";
    let mut admitted = Hours::new();
    for life in 0..6 {
        let _made = server.admin("POST", path, key_with(&json!({"quota_max": 3}))).await.expect(200);
        for _ in 0..4 {
            let admits = code(&server, "defaultrobot").await == "ok";
            *admitted.entry(hour(&server.clock)).or_default() += i64::from(admits);
            server.clock.advance(HOUR / 2);
        }
        let _deleted = server.admin("DELETE", path, ()).await.expect(200);
        assert_eq!(code(&server, "defaultrobot").await, "unknown_key");
        server.clock.advance(HOUR * (life % 2));
    }
    assert_eq!(admitted.values().sum::<i64>(), 18);
    admitted.retain(|_, used| *used != 0);
    assert_eq!(usage(&server).await, admitted);
}

#[tokio::test]
async fn what_the_organisation_refused_is_in_no_hour() {
    let server = TestServer::start().await;
    limit_org(&server, "default", json!({"quota_max": 2})).await;
    let tokens = [make(&server, json!({})).await, make(&server, json!({})).await];
    for _ in 0..3 {
        for token in &tokens {
            let _answer = answer(&server, json!({"key": token, "api": "test"})).await;
        }
    }
    assert_eq!(usage(&server).await, Hours::from([(hour(&server.clock), 2)]));
}

#[tokio::test]
async fn a_roll_up_that_fails_anywhere_counts_every_hour_once_after_the_next_call() {
    // An admission with a roll-up: it misses, moves the hours, and takes.
    const WRITES: usize = 3;
    for fault in [Fault::Refuse, Fault::LoseAnswer, Fault::Conflict] {
        for at in 0..WRITES {
            let (server, gate, token, mut admitted) = with_full_item().await;
            gate.plan((0..at).map(|_| None).chain([Some(fault)]));
            let mut admissions = 0;
            if gate.call(&token).await == Some(Code::Ok) {
                admissions += 1;
            }
            assert!(gate.all_happened(), "there is no write number {at}");
            let taken_unheard = fault == Fault::LoseAnswer && at == WRITES - 1;
            admissions += i64::from(taken_unheard);
            for (place, other) in [(in_rows(&server).await, "rows"), (in_keys(&server).await, "keys")] {
                let right = place.iter().all(|(hour, used)| admitted.get(hour).is_none_or(|admitted| admitted == used));
                assert!(right, "{fault:?} at {at}: the {other} hold {place:?}");
            }
            assert_eq!(gate.call(&token).await, Some(Code::Ok), "{fault:?} at {at}");
            let _now = admitted.insert(hour(&server.clock), admissions + 1);
            assert_eq!(usage(&server).await, admitted, "{fault:?} at {at}");
        }
    }
}

#[tokio::test]
async fn a_change_in_flight_is_one_attempt_more_and_not_a_failure() {
    let (server, gate, token, mut admitted) = with_full_item().await;
    let _rolled_up = gate.call(&token).await;
    gate.plan([Some(Fault::Conflict), Some(Fault::Conflict)]);
    assert_eq!(gate.call(&token).await, Some(Code::Ok));
    assert!(gate.all_happened());
    let _now = admitted.insert(hour(&server.clock), 2);
    assert_eq!(usage(&server).await, admitted);
    gate.plan([Some(Fault::Conflict); 5]);
    assert_eq!(gate.call(&token).await, None, "its attempts are bounded");
}

#[tokio::test]
async fn a_check_that_meets_a_change_in_flight_waits_before_it_tries_again() {
    let (_server, gate, token, _) = with_full_item().await;
    let _rolled_up = gate.call(&token).await;
    gate.plan([Some(Fault::Conflict); 5]);
    // Without a pause all attempts are made before anybody else has a turn.
    let change_ends = async {
        tokio::task::yield_now().await;
        gate.plan([]);
    };
    assert_eq!(tokio::join!(gate.call(&token), change_ends).0, Some(Code::Ok));
}

#[tokio::test]
async fn a_roll_up_that_was_interrupted_before_the_key_moved_counts_no_hour_twice() {
    for fault in [Fault::Refuse, Fault::LoseAnswer] {
        let (server, gate, token, mut admitted) = with_full_item().await;
        gate.plan([None, Some(fault)]);
        assert_eq!(gate.call(&token).await, None);
        edit(&server, &token, json!({"org_id": "other", "quota_max": 1000})).await;
        assert_eq!(gate.call(&token).await, Some(Code::Ok));
        let _now = admitted.insert(hour(&server.clock), 1);
        assert_eq!(usage(&server).await, admitted, "{fault:?}");
    }
}

#[tokio::test]
async fn a_give_back_that_fails_leaves_use_and_counters_in_step() {
    for fault in [Fault::Refuse, Fault::LoseAnswer, Fault::Conflict] {
        let (server, gate, token, _) = with_full_item().await;
        let _room = gate.call(&token).await;
        limit_org(&server, "default", json!({"is_inactive": true})).await;
        let spent = async || {
            let item: HashMap<_, _> = server.items(Table::Keys).await.remove(0);
            1000 - number(&item["ql"])
        };
        let before = spent().await;
        gate.plan([None, Some(fault)]);
        assert_ne!(gate.call(&token).await, Some(Code::Ok));
        assert!(gate.all_happened());
        let after = spent().await;
        assert_eq!(usage(&server).await.values().sum::<i64>(), after, "{fault:?}");
        assert!(after == before || (after == before + 1 && fault != Fault::LoseAnswer), "{fault:?}: {before} {after}");
    }
}
