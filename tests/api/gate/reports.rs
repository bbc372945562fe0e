//! Reports of what calls really used: each counted once, in the month and in the hour, and reservations settled.

use latchkey_harness::{ADMIN, Fault, Reply, TestServer};
use latchkey_shared::store::Table;
use serde_json::{Value, json};

use super::asking::{self, answer, limit_org, make, tables};
use super::money_keys::{MoneyKey, MoneyKeys};

const HOUR: i64 = 60 * 60 * 1000;
pub(super) const DAY: i64 = 24 * HOUR;
/// 2026-02-01T00:00:00Z in seconds: the end of the month that the tests begin in.
pub(super) const FEBRUARY: i64 = 1_769_904_000;

/// Reports as the administrator.
pub(super) async fn report(server: &TestServer, report: Value) -> Reply {
    let bearer = format!("Bearer {ADMIN}");
    server.send("POST", "/v1/keys/usage", &[("Authorization", &bearer)], report).await
}

/// The answer to a report that is understood.
pub(super) async fn reported(server: &TestServer, body: Value) -> Value {
    report(server, body).await.expect(200).json()
}

/// Reserves money: the id of the reservation.
pub(super) async fn reserve(server: &TestServer, key: &MoneyKey, spend: &str) -> String {
    let answer = answer(server, json!({"key": key.token, "api": "test", "spend": spend})).await;
    answer["reservation"]["id"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned()
}

/// What a key has spent in the present month, and what it has left.
pub(super) async fn spent(server: &TestServer, key: &MoneyKey) -> (Value, Value) {
    let answer = answer(server, json!({"key": key.token, "api": "test", "cost": 0})).await;
    (answer["spend"]["spent"].clone(), answer["spend"]["remaining"].clone())
}

/// Every count of the keys' rows of `Usage`, as `DAY NAME=NUMBER`, in order.
pub(super) async fn rows(server: &TestServer) -> Vec<String> {
    let mut counts = Vec::new();
    for row in server.items(Table::Usage).await {
        let day = row["sk"].as_s().unwrap().split('#').next().unwrap().to_owned();
        if ["open", "total"].contains(&day.as_str()) {
            continue;
        }
        let numbers = row.iter().filter_map(|(name, value)| Some((name, value.as_n().ok()?)));
        counts.extend(numbers.map(|(name, number)| format!("{day} {name}={number}")));
    }
    counts.sort();
    counts
}

#[tokio::test]
async fn what_a_call_used_is_counted_in_the_month_and_in_the_hour() {
    let server = TestServer::start().await;
    let key = MoneyKeys::of(&server).make(Some("1"), server.clock.now()).await;
    let body = json!({
        "key": key.token, "id": "call-1", "spend": 0.1, "requests": 2, "input_tokens": 300, "output_tokens": 40,
    });
    let spend = json!({"limit": 1, "spent": 0.1, "remaining": 0.9, "resets_at": FEBRUARY});
    let expected = json!({"counted": true, "key_id": key.id.to_string(), "org_id": "default", "spend": spend});
    assert_eq!(reported(&server, body).await, expected);
    let by_id = json!({"key_id": key.id.to_string(), "id": "call-2", "spend": "0.2", "input_tokens": 1});
    let spend = json!({"limit": 1, "spent": 0.3, "remaining": 0.7, "resets_at": FEBRUARY});
    assert_eq!(reported(&server, by_id).await["spend"], spend);
    let day = "2026-01-15";
    let sums = [("h12=2"), ("i12=301"), ("o12=40"), ("s12=300000000")].map(|count| format!("{day} {count}"));
    assert_eq!(rows(&server).await, sums);
    assert_eq!(spent(&server, &key).await, (json!(0.3), json!(0.7)), "and requests take no units");
}

#[tokio::test]
async fn a_report_is_counted_once_and_its_id_means_one_content_of_one_key() {
    let server = TestServer::start().await;
    let keys = MoneyKeys::of(&server);
    let [key, other] = [keys.make(None, 1).await, keys.make(None, 1).await];
    let body = |key: &MoneyKey, spend: &str| json!({"key": key.token, "id": "order-4711", "spend": spend});
    for counted in [true, false, false] {
        let reported = reported(&server, body(&key, "0.50")).await;
        assert_eq!((&reported["counted"], &reported["spend"]["spent"]), (&json!(counted), &json!(0.5)));
    }
    let same = json!({"key_id": key.id.to_string(), "id": "order-4711", "spend": 0.5, "requests": 0});
    assert_eq!(reported(&server, same).await["counted"], false, "the same, said otherwise");
    let refused = report(&server, body(&key, "0.6")).await.expect(422).json();
    let message = "this id was already used with different content: use a new one";
    assert_eq!(refused, json!({"error": {"message": message}}));
    assert_eq!(reported(&server, body(&other, "0.6")).await["counted"], true, "ids of two keys do not meet");
    assert_eq!(spent(&server, &key).await.0, 0.5);
}

#[tokio::test]
async fn a_month_is_counted_from_its_first_report_on_with_a_limit_or_without() {
    let server = TestServer::start().await;
    let keys = MoneyKeys::of(&server);
    for (max, remaining) in [(None, [Value::Null, Value::Null]), (Some("5"), [json!(3.5), json!(2)])] {
        let key = keys.make(max, server.clock.now()).await;
        for month in 0..2 {
            assert_eq!(spent(&server, &key).await.0, max.map_or(Value::Null, |_| json!(0)), "in the month {month}");
            for (n, (spend, sum)) in [(1.5, json!(1.5)), (1.5, json!(3))].into_iter().enumerate() {
                let id = format!("{month}-{n}");
                let reported = reported(&server, json!({"key": key.token, "id": id, "spend": spend})).await;
                assert_eq!((&reported["spend"]["spent"], &reported["spend"]["remaining"]), (&sum, &remaining[n]));
                assert_eq!(spent(&server, &key).await, (sum, remaining[n].clone()));
            }
            server.clock.advance(31 * DAY);
        }
    }
}

#[tokio::test]
async fn what_is_known_only_afterwards_may_exceed_the_limit_and_then_nothing_is_admitted_until_the_month_ends() {
    let server = TestServer::start().await;
    let key = MoneyKeys::of(&server).make(Some("2"), server.clock.now()).await;
    let over = reported(&server, json!({"key": key.token, "id": "dear", "spend": 7})).await;
    assert_eq!((&over["spend"]["spent"], &over["spend"]["remaining"]), (&json!(7), &json!(0)));
    let question = json!({"key": key.token, "api": "test"});
    let refused = answer(&server, question.clone()).await;
    let seconds = FEBRUARY - server.clock.now() / 1000;
    assert_eq!((&refused["code"], &refused["status"]), (&json!("spend_exceeded"), &json!(412)));
    assert_eq!(refused["retry_after"], seconds);
    server.clock.advance(seconds * 1000 - 1);
    assert_eq!(answer(&server, question.clone()).await["code"], "spend_exceeded");
    server.clock.advance(1);
    assert_eq!(answer(&server, question).await["code"], "ok");
}

#[tokio::test]
async fn a_deleted_keys_use_may_be_reported_late() {
    let server = TestServer::start().await;
    let keys = MoneyKeys::of(&server);
    let key = keys.make(Some("4"), server.clock.now()).await;
    let id = reserve(&server, &key, "3").await;
    keys.delete(&key, server.clock.now()).await;
    let settled = reported(&server, json!({"key_id": key.id.to_string(), "id": id, "spend": 1})).await;
    assert_eq!((&settled["counted"], &settled["spend"]["spent"]), (&json!(true), &json!(1)));
    let late = reported(&server, json!({"key": key.token, "id": "late", "spend": 1, "requests": 1})).await;
    assert_eq!(late["spend"]["spent"], 2);
    assert_eq!(rows(&server).await, ["2026-01-15 h12=1", "2026-01-15 s12=2000000000"]);
    assert_eq!(answer(&server, json!({"key": key.token, "api": "test"})).await["code"], "unknown_key");
}

#[tokio::test]
async fn a_token_of_any_dialect_is_taken_and_one_that_is_none_is_unknown() {
    let server = TestServer::start().await;
    let token = make(&server, json!({})).await;
    let tyk = reported(&server, json!({"key": token, "id": "tyk", "requests": 1})).await;
    assert_eq!((&tyk["counted"], &tyk["spend"]), (&json!(true), &Value::Null));
    let _before = server.watch.calls();
    let unknown = json!({"error": {"message": "there is no such key"}});
    for (fields, calls) in [
        (json!({"key": "nobody"}), 1),
        (json!({"key_id": "00000000-0000-8000-8000-000000000000"}), 1),
        (json!({"key": "rqsty-sk-guessed"}), 0),
    ] {
        let mut body = json!({"id": "x", "requests": 1});
        body.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        assert_eq!(report(&server, body).await.expect(404).json(), unknown);
        assert_eq!(server.watch.calls().len(), calls, "{fields}");
    }
}

#[tokio::test]
async fn only_the_admin_secret_as_bearer_may_report() {
    let server = TestServer::start().await;
    let body = json!({"key": "nobody", "id": "x", "requests": 1});
    for header in [("Authorization", "Bearer wrong"), ("X-Tyk-Authorization", ADMIN)] {
        let refused = server.send("POST", "/v1/keys/usage", &[header], &body).await.expect(401).json();
        assert_eq!(refused, json!({"error": {"message": "the admin secret is missing or wrong"}}));
    }
    assert_eq!(server.watch.calls(), []);
}

#[tokio::test]
async fn null_in_a_report_is_the_same_as_not_sending_it() {
    let server = TestServer::start().await;
    let key = MoneyKeys::of(&server).make(None, server.clock.now()).await;
    let nulls = json!({"key": key.token, "key_id": null, "id": "a", "spend": 1, "requests": null, "input_tokens": null,
        "output_tokens": null});
    assert_eq!(reported(&server, nulls).await["counted"], true);
    let without = json!({"key": key.token, "id": "a", "spend": 1});
    assert_eq!(reported(&server, without).await["counted"], false, "the same report");
    let nothing = report(&server, json!({"key": key.token, "id": "b", "spend": null})).await.expect(400).json();
    assert_eq!(nothing["error"]["faults"][0]["field"], "spend");
    let unnamed = report(&server, json!({"key": key.token, "id": null, "spend": 1})).await.expect(400).json();
    assert_eq!(unnamed["error"]["faults"], json!([{"field": "id", "problem": "is required"}]));
}

#[tokio::test]
async fn every_fault_of_a_report_is_named() {
    let server = TestServer::start().await;
    let faults = async |body: Value| asking::faults(&report(&server, body).await.expect(400));
    let whole = |field: &str| format!("{field} must be a whole number from 0 to 1000000000");
    let nothing = ["spend is required unless requests, input_tokens or output_tokens is given"];
    assert_eq!(faults(json!([1])).await, ["body must be a JSON object"]);
    assert_eq!(faults(json!({})).await, ["id is required", "key is required unless key_id is given"]);
    assert_eq!(faults(json!({"key": "k", "id": "x"})).await, nothing);
    let both = json!({"key": "k", "key_id": "nonsense", "id": "x", "requests": 1});
    let expected = ["key_id cannot be combined with key", "key_id must be the id of a key"];
    assert_eq!(faults(both).await, expected);
    let wrong = json!({
        "key": 1, "id": "é".repeat(256), "spend": -1, "requests": 1.5, "input_tokens": "1", "output_tokens": 1e10,
        "sent": 1,
    });
    let mut expected = ["requests", "input_tokens", "output_tokens"].map(whole).to_vec();
    expected.extend(["spend must not be negative".into(), "sent is unknown".into()]);
    expected.extend(["id must have at most 255 characters".into(), "key must be a string".into()]);
    expected.push("key is required unless key_id is given".into());
    expected.sort();
    assert_eq!(faults(wrong).await, expected);
    assert_eq!(server.watch.calls(), [], "a report with a fault reaches no table");
    let key = make(&server, json!({})).await;
    let _longest = report(&server, json!({"key": key, "id": "é".repeat(255), "requests": 1})).await.expect(200);
}

#[tokio::test]
async fn no_number_of_reports_overflows_a_month() {
    for (max, code) in [(None, "ok"), (Some("0"), "spend_exceeded")] {
        let server = TestServer::start().await;
        let key = MoneyKeys::of(&server).make(max, server.clock.now()).await;
        let body = |id: &str| json!({"key": key.token, "id": id, "spend": 1_000_000, "requests": 1_000_000_000});
        let _first = report(&server, body("first")).await.expect(200);
        // As if the same had been reported a thousand times a second for a month, all of it in one hour.
        let earlier = 1000 * 31 * 86_400;
        server.edit(Table::Keys, "sl", |left| left - 1_000_000_000_000_000 * earlier).await;
        server.edit(Table::Usage, "s12", |spend| spend * (earlier + 1)).await;
        server.edit(Table::Usage, "h12", |requests| requests * (earlier + 1)).await;
        let last = report(&server, body("last")).await.expect(200);
        assert!(last.text.contains(r#""spent":2678400002000000,"#), "{}", last.text);
        for of in [format!("key_id={}", key.id), "org=default".to_owned()] {
            let told = server.bearer(ADMIN, "GET", &format!("/v1/usage?{of}"), ()).await.expect(200);
            assert!(
                told.text.contains(r#""total":{"requests":2678400002000000000,"spend":2678400002000000,"#),
                "{}",
                told.text
            );
        }
        let asked = answer(&server, json!({"key": key.token, "api": "test", "spend": 1})).await;
        assert_eq!(asked["code"], code);
    }
}

#[tokio::test]
async fn a_failing_store_leaves_nothing_half_done_and_the_report_can_be_sent_again() {
    for (operation, fault) in [
        ("GetItem", Fault::Refuse),
        ("GetItem", Fault::LoseAnswer),
        ("TransactWriteItems", Fault::Refuse),
        ("TransactWriteItems", Fault::LoseAnswer),
    ] {
        let server = TestServer::start().await;
        let key = MoneyKeys::of(&server).make(Some("4"), server.clock.now()).await;
        let id = reserve(&server, &key, "3").await;
        let before = tables(&server).await;
        let body = json!({"key": key.token, "id": id, "spend": 1, "requests": 1});
        server.watch.fail_next(operation, fault);
        let failed = report(&server, body.clone()).await.expect(503);
        assert!(server.watch.all_faults_happened());
        assert_eq!(failed.header("retry-after"), "1");
        assert_eq!(failed.json(), json!({"error": {"message": "the store failed: try again"}}));
        let unheard = operation == "TransactWriteItems" && fault == Fault::LoseAnswer;
        assert_eq!(tables(&server).await == before, !unheard, "{operation} {fault:?}");
        assert_eq!(reported(&server, body).await["counted"], !unheard);
        assert_eq!(spent(&server, &key).await, (json!(1), json!(3)));
        assert_eq!(rows(&server).await, ["2026-01-15 h12=1", "2026-01-15 s12=1000000000"]);
    }
}

#[tokio::test]
async fn a_change_in_flight_is_one_attempt_more() {
    let server = TestServer::start().await;
    let key = MoneyKeys::of(&server).make(None, server.clock.now()).await;
    for _ in 0..3 {
        server.watch.fail_next("TransactWriteItems", Fault::Conflict);
    }
    assert_eq!(reported(&server, json!({"key": key.token, "id": "x", "spend": 1})).await["counted"], true);
    assert!(server.watch.all_faults_happened());
    assert_eq!(spent(&server, &key).await.0, 1);
}

#[tokio::test]
async fn use_is_counted_for_the_organisation_whose_the_key_is() {
    let server = TestServer::start().await;
    let token = make(&server, json!({})).await;
    let _first = reported(&server, json!({"key": token, "id": "1", "requests": 1})).await;
    super::asking::edit(&server, &token, json!({"org_id": "other"})).await;
    let second = reported(&server, json!({"key": token, "id": "2", "requests": 2})).await;
    assert_eq!(second["org_id"], "other");
    for (org, requests) in [("default", 1), ("other", 2)] {
        let told = server.bearer(ADMIN, "GET", &format!("/v1/usage?org={org}"), ()).await.expect(200).json();
        assert_eq!(told["total"]["requests"], requests, "{org}");
    }
}

#[tokio::test]
async fn an_organisations_refusal_leaves_no_reservation() {
    let server = TestServer::start().await;
    let key = MoneyKeys::of(&server).make(Some("4"), server.clock.now()).await;
    limit_org(&server, "default", json!({"is_inactive": true})).await;
    let refused = answer(&server, json!({"key": key.token, "api": "test", "spend": 3})).await;
    assert_eq!((&refused["code"], &refused["reservation"]), (&json!("org_inactive"), &Value::Null));
    assert_eq!((&refused["spend"]["spent"], &refused["spend"]["remaining"]), (&json!(0), &json!(4)));
}
