//! What a key may spend in a calendar month: reserved when a call is verified, never over the limit, exactly full.

use latchkey::embedded::Embedded;
use latchkey_harness::{Fault, TestServer};
use latchkey_shared::access::rules::Applying;
use latchkey_shared::auth::Gateway;
use latchkey_shared::clock::Clock;
use latchkey_shared::keys::Key;
use latchkey_shared::store::{KeyCheck, OrgReads, Table, Take};
use serde_json::{Value, json};

use super::asking::{answer, ask, limit_org, make, tables};
use super::faulty::FaultyGate;
use super::money_keys::{MoneyKey, MoneyKeys};

/// 2026-02-01T00:00:00Z and 2026-03-01T00:00:00Z in seconds.
const FEBRUARY: i64 = 1_769_904_000;
const MARCH: i64 = 1_772_323_200;

/// A call that reserves `spend`: the code, and what is told of the month.
async fn reserve(server: &TestServer, token: &str, spend: &str) -> (String, Value) {
    let answer = answer(server, json!({"key": token, "api": "test", "spend": spend})).await;
    let reserved = answer["reservation"]["id"].as_str().is_some_and(|id| id.starts_with("res_"));
    assert_eq!(reserved, answer["allowed"] == true && spend != "0", "{answer}");
    (answer["code"].as_str().unwrap().to_owned(), answer["spend"].clone())
}

fn spent(code: &str, limit: Option<f64>, spent: f64, end: i64) -> (String, Value) {
    let number = |number: f64| if number.fract() == 0.0 { json!(number as i64) } else { json!(number) };
    let remaining = limit.map_or(Value::Null, |limit| number(limit - spent));
    let limit = limit.map_or(Value::Null, number);
    (code.to_owned(), json!({"limit": limit, "spent": number(spent), "remaining": remaining, "resets_at": end}))
}

#[tokio::test]
async fn a_month_with_a_limit_is_filled_exactly_and_is_over_on_the_millisecond() {
    let server = TestServer::start().await;
    let key = MoneyKeys::of(&server).make(Some("1"), server.clock.now()).await;
    for end in [FEBRUARY, MARCH] {
        let told = |code: &str, sum: f64| spent(code, Some(1.0), sum, end);
        assert_eq!(reserve(&server, &key.token, "0").await, told("ok", 0.0));
        assert_eq!(reserve(&server, &key.token, "0.6").await, told("ok", 0.6));
        assert_eq!(reserve(&server, &key.token, "0.400001").await, told("spend_exceeded", 0.6));
        assert_eq!(reserve(&server, &key.token, "0").await, told("ok", 0.6), "something is left");
        assert_eq!(reserve(&server, &key.token, "0.4").await, told("ok", 1.0));
        assert_eq!(reserve(&server, &key.token, "0").await, told("spend_exceeded", 1.0), "nothing is left");
        server.clock.advance(end * 1000 - 1 - server.clock.now());
        let last = answer(&server, json!({"key": key.token, "api": "test"})).await;
        let refusal = (&last["code"], &last["status"], &last["message"], &last["retry_after"]);
        let message = json!("Monthly spend limit reached");
        assert_eq!(refusal, (&json!("spend_exceeded"), &json!(412), &message, &json!(1)));
        server.clock.advance(1);
    }
}

#[tokio::test]
async fn without_a_limit_what_is_reserved_is_counted_month_by_month() {
    let server = TestServer::start().await;
    let token = make(&server, json!({})).await;
    let before = answer(&server, json!({"key": token, "api": "test"})).await;
    assert_eq!((&before["code"], &before["spend"]), (&json!("ok"), &Value::Null), "nothing was spent ever");
    for end in [FEBRUARY, MARCH] {
        assert_eq!(reserve(&server, &token, "0.5").await, spent("ok", None, 0.5, end));
        assert_eq!(reserve(&server, &token, "1000000").await, spent("ok", None, 1_000_000.5, end));
        assert_eq!(reserve(&server, &token, "0").await, spent("ok", None, 1_000_000.5, end));
        server.clock.advance(end * 1000 - server.clock.now());
    }
}

#[tokio::test]
async fn more_than_the_whole_limit_is_never_to_be_had() {
    let server = TestServer::start().await;
    let keys = MoneyKeys::of(&server);
    for (limit, spend, retry_after) in
        [("1", "1.000000001", Value::Null), ("0", "0", Value::Null), ("0", "1", Value::Null)]
    {
        let key = keys.make(Some(limit), server.clock.now()).await;
        let refused = answer(&server, json!({"key": key.token, "api": "test", "spend": spend})).await;
        assert_eq!(refused["code"], "spend_exceeded", "{limit} {spend}");
        assert_eq!(refused["retry_after"], retry_after, "{limit} {spend}");
    }
}

#[tokio::test]
async fn a_refusal_and_a_look_reserve_nothing() {
    let server = TestServer::start().await;
    let key = MoneyKeys::of(&server).make(Some("1"), server.clock.now()).await;
    let _some = reserve(&server, &key.token, "0.75").await;
    let before = tables(&server).await;
    for (question, code) in [
        (json!({"spend": 0.5}), "spend_exceeded"),
        (json!({"spend": 0.25, "cost": 0}), "ok"),
        (json!({"spend": 0.5, "cost": 0}), "spend_exceeded"),
        (json!({"spend": 0.25, "api": "other"}), "api_not_allowed"),
    ] {
        let mut asked = json!({"key": key.token, "api": "test"});
        asked.as_object_mut().unwrap().extend(question.as_object().unwrap().clone());
        let answer = answer(&server, asked).await;
        assert_eq!((&answer["code"], &answer["reservation"]), (&json!(code), &Value::Null), "{question}");
        assert_eq!(tables(&server).await, before, "{question}");
    }
    let key = make(&server, json!({"quota_max": 1, "quota_renewal_rate": 60})).await;
    let _only = reserve(&server, &key, "1").await;
    let before = tables(&server).await;
    assert_eq!(reserve(&server, &key, "1").await.0, "quota_exceeded");
    assert_eq!(tables(&server).await, before);
}

#[tokio::test]
async fn an_amount_that_is_none_is_named() {
    let server = TestServer::start().await;
    for (spend, problem) in [
        (json!(-0.5), "must not be negative"),
        (json!("ten"), "must be a decimal number"),
        (json!(true), "must be a decimal number"),
        (json!([0.5]), "must be a decimal number"),
        (json!("1e10"), "must be at most 1000000"),
        (json!("1000000.000000001"), "must be at most 1000000"),
    ] {
        let refused = ask(&server, json!({"key": "k", "api": "a", "spend": spend})).await.expect(400).json();
        let faults = json!({"message": "the request is invalid", "faults": [{"field": "spend", "problem": problem}]});
        assert_eq!(refused["error"], faults);
    }
}

#[tokio::test]
async fn money_is_told_with_all_its_digits() {
    let server = TestServer::start().await;
    let key = MoneyKeys::of(&server).make(Some("999999.999999999"), server.clock.now()).await;
    let question = json!({"key": key.token, "api": "test", "spend": "123456.789012345"});
    let text = ask(&server, question).await.expect(200).text;
    let told = r#""spend":{"limit":999999.999999999,"spent":123456.789012345,"remaining":876543.210987654,"#;
    assert!(text.contains(told), "{text}");
}

#[tokio::test]
async fn money_finer_than_a_billionth_is_rounded_up_and_a_floats_noise_dropped() {
    let server = TestServer::start().await;
    let sent = ["4.5e-06", "0.0000000001", "1.0000000001", "0.30000000000000004", r#""0.30000000000000004""#];
    for (sent, told) in sent.into_iter().zip(["0.0000045", "0.000000001", "1.000000001", "0.3", "0.3"]) {
        let token = make(&server, json!({})).await;
        let question = format!(r#"{{"key":"{token}","api":"test","spend":{sent}}}"#);
        let text = ask(&server, serde_json::from_str(&question).unwrap()).await.expect(200).text;
        assert!(text.contains(&format!(r#""spent":{told},"#)), "{sent}: {text}");
    }
}

#[tokio::test]
async fn no_number_of_the_largest_amounts_uses_up_an_unlimited_key() {
    let server = TestServer::start().await;
    let token = make(&server, json!({})).await;
    let question = json!({"key": token, "api": "test", "spend": 1_000_000});
    let first = answer(&server, question.clone()).await;
    assert_eq!(first["spend"]["spent"], 1_000_000);
    // As if the same had been taken a thousand times a second for a month.
    server.edit(Table::Keys, "sl", |left| left - 1_000_000_000_000_000 * 1000 * 31 * 86_400).await;
    let last = ask(&server, question).await.expect(200);
    assert_eq!(last.json()["code"], "ok");
    assert!(last.text.contains(r#""spent":2678400002000000,"#), "{}", last.text);
}

#[tokio::test]
async fn a_limit_that_is_changed_keeps_what_was_spent() {
    let server = TestServer::start().await;
    let keys = MoneyKeys::of(&server);
    let key = keys.make(None, server.clock.now()).await;
    let _some = reserve(&server, &key.token, "3").await;
    for (max, code, remaining) in [
        (Some("5"), "ok", json!(2)),
        (Some("3"), "spend_exceeded", json!(0)),
        (Some("1"), "spend_exceeded", json!(0)),
        (None, "ok", Value::Null),
        (Some("4"), "ok", json!(1)),
    ] {
        keys.put(&key, max, server.clock.now()).await;
        let (found, told) = reserve(&server, &key.token, "0").await;
        assert_eq!((found.as_str(), &told["spent"], &told["remaining"]), (code, &json!(3), &remaining), "{max:?}");
    }
}

/// A gate that can fail, on the database of a server with a key of a limit.
async fn with_faulty_gate() -> (TestServer, FaultyGate, MoneyKey) {
    let (database, clock) = (Embedded::new(dynoxide::Database::memory().unwrap()), Clock::manual(1_768_478_400_000));
    let server = TestServer::on(database.clone(), clock.clone(), &[]).await;
    let key = MoneyKeys::of(&server).make(Some("4"), server.clock.now()).await;
    (server, FaultyGate::on(database, clock), key)
}

#[tokio::test]
async fn what_the_organisation_refused_comes_back_unless_the_store_fails() {
    for (fault, left) in [(None, 4), (Some(Fault::Conflict), 4), (Some(Fault::LoseAnswer), 4), (Some(Fault::Refuse), 3)]
    {
        let (server, gate, key) = with_faulty_gate().await;
        limit_org(&server, "default", json!({"is_inactive": true})).await;
        gate.plan([None, fault]);
        assert!(gate.call_for(&key.token, 1_000_000_000).await.is_some());
        assert!(gate.all_happened());
        let told = answer(&server, json!({"key": key.token, "api": "test", "cost": 0})).await;
        assert_eq!(told["spend"]["remaining"], left, "{fault:?}");
    }
}

#[tokio::test]
async fn a_month_that_another_server_began_or_filled_is_found_so() {
    let (database, clock) = (Embedded::new(dynoxide::Database::memory().unwrap()), Clock::manual(1_768_478_400_000));
    let here = TestServer::on(database.clone(), clock.clone(), &[]).await;
    let there = TestServer::on(database, clock, &[]).await;
    let limited = MoneyKeys::of(&here).make(Some("4"), here.clock.now()).await.token;
    let unlimited = make(&here, json!({})).await;
    for end in [FEBRUARY, MARCH] {
        for (token, code) in [(&limited, "spend_exceeded"), (&unlimited, "ok")] {
            assert_eq!(reserve(&there, token, "1").await.0, "ok");
            assert_eq!(reserve(&here, token, "2").await.0, "ok");
            assert_eq!(reserve(&there, token, "1").await.0, "ok");
            assert_eq!(reserve(&here, token, "1").await.0, code);
        }
        here.clock.advance(end * 1000 - here.clock.now());
    }
}

#[tokio::test]
async fn what_was_reserved_in_a_month_that_is_over_is_not_given_back_to_the_next() {
    let server = TestServer::start().await;
    let keys = MoneyKeys::of(&server);
    let key = keys.make(Some("4"), server.clock.now()).await;
    let take = |now: i64, spend: i128| Take::new(Gateway::admitted_outside().scope(), 1, spend, now);
    let last = FEBRUARY * 1000 - 1;
    let mut taken = Vec::new();
    for take in [take(last, 3_000_000_000), take(last + 1, 2_000_000_000)] {
        let orgs = OrgReads::new(Gateway::admitted_outside().scope(), &keys.store);
        let judge = |_: &Key| Ok(Applying::default());
        match keys.store.take_from_key(key.id, take, (None, &orgs), judge).await.unwrap() {
            KeyCheck::Taken(key, applying) => taken.push((key, applying)),
            other => panic!("{other:?}"),
        }
    }
    let (january, applying) = &taken[0];
    let _given = keys.store.give_back(january, applying, take(last, 3_000_000_000)).await.unwrap();
    server.clock.advance(FEBRUARY * 1000 - server.clock.now());
    assert_eq!(reserve(&server, &key.token, "0").await, spent("ok", Some(4.0), 2.0, MARCH));
}
