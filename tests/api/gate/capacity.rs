//! What a decision costs: store calls and capacity units, so that a dearer one fails here.

use latchkey::embedded::Embedded;
use latchkey_harness::TestServer;
use latchkey_shared::clock::Clock;
use serde_json::{Value, json};

use super::asking::{answer, call, code, code_of, edit, limit_org, make, until_refused};
use super::get_usage::usage;
use super::money_keys::MoneyKeys;
use super::reports::report;

const TAKE: &str = "Keys:UpdateItem 1";
/// An update whose condition did not hold: DynamoDB charges it as one that did, but an error tells no units.
const MISSED: &str = "Keys:UpdateItem 0";
const READ: &str = "Keys:GetItem 1";
const TAKE_FROM_ORG: &str = "Organizations:UpdateItem 1";
const READ_ORG: &str = "Organizations:GetItem 1";
/// An organisation without limits has no item.
const READ_NO_ORG: &str = "Organizations:GetItem 1";
const READ_NOTHING: &str = "Keys:GetItem 1";
const HOUR: i64 = 60 * 60 * 1000;

/// The calls of the gate since the last time this was asked: table, operation and units.
fn calls(server: &TestServer) -> Vec<String> {
    let calls = server.watch.calls().into_iter().filter(|call| call.function.starts_with("gate-"));
    calls.map(|call| format!("{} {}", call.parts.join("+"), call.units)).collect()
}

/// The answer's code and what it cost.
async fn cost(server: &TestServer, token: &str) -> (String, Vec<String>) {
    let _before = calls(server);
    (code(server, token).await, calls(server))
}

fn costs(code: &str, calls: &[&str]) -> (String, Vec<String>) {
    (code.to_owned(), calls.iter().map(|call| (*call).to_owned()).collect())
}

#[tokio::test]
async fn an_admission_is_one_update_and_one_read_more_where_the_key_is_not_remembered() {
    let server = TestServer::start().await;
    let token = server.create_key("default").await;
    assert_eq!(cost(&server, &token).await, costs("ok", &[READ, TAKE, READ_NO_ORG]));
    assert_eq!(cost(&server, &token).await, costs("ok", &[TAKE, READ_NO_ORG]));
    server.clock.advance(60_000);
    assert_eq!(cost(&server, &token).await, costs("ok", &[TAKE, READ_NO_ORG]), "a window that it knows to be over");
}

#[tokio::test]
async fn an_organisations_limits_are_one_update_more() {
    let server = TestServer::start().await;
    let token = server.create_key("default").await;
    limit_org(&server, "default", json!({"rate": 10, "per": 60})).await;
    assert_eq!(cost(&server, &token).await, costs("ok", &[READ, TAKE, READ_ORG, TAKE_FROM_ORG]));
    assert_eq!(cost(&server, &token).await, costs("ok", &[TAKE, TAKE_FROM_ORG]));
}

#[tokio::test]
async fn where_organisations_are_not_enforced_an_admission_is_one_update() {
    let server = TestServer::with(&[("LATCHKEY_ENFORCE_ORG_LIMITS", "false")]).await;
    let token = server.create_key("default").await;
    limit_org(&server, "default", json!({"is_inactive": true})).await;
    assert_eq!(cost(&server, &token).await, costs("ok", &[READ, TAKE]));
    assert_eq!(cost(&server, &token).await, costs("ok", &[TAKE]));
}

#[tokio::test]
async fn a_change_or_a_turn_by_another_server_is_one_update_more() {
    let (database, clock) = (Embedded::new(dynoxide::Database::memory().unwrap()), Clock::manual(1_768_478_400_000));
    let settings = [("LATCHKEY_ENFORCE_ORG_LIMITS", "false")];
    let here = TestServer::on(database.clone(), clock.clone(), &settings).await;
    let there = TestServer::on(database, clock, &settings).await;
    let token = make(&here, json!({})).await;
    assert_eq!(cost(&there, &token).await, costs("ok", &[READ, TAKE]));
    edit(&here, &token, json!({"alias": "changed"})).await;
    assert_eq!(cost(&there, &token).await, costs("ok", &[MISSED, TAKE]));
    here.clock.advance(60_000);
    assert_eq!(code(&here, &token).await, "ok");
    assert_eq!(cost(&there, &token).await, costs("ok", &[MISSED, TAKE]));
    assert_eq!(cost(&there, &token).await, costs("ok", &[TAKE]));
}

#[tokio::test]
async fn what_is_refused_on_a_read_is_not_written() {
    let server = TestServer::start().await;
    for fields in [
        json!({"is_inactive": true}),
        json!({"access_rights": {"other": {}}}),
        json!({"quota_max": 1}),
        json!({"rate": 1}),
    ] {
        let token = make(&server, fields).await;
        let _first = call(&server, &token).await;
        for _ in 0..2 {
            let (_refused, calls) = cost(&server, &token).await;
            assert_eq!(calls, [READ, READ_NO_ORG]);
        }
        let _looked = answer(&server, json!({"key": token, "api": "test", "cost": 0})).await;
        assert_eq!(calls(&server), [READ, READ_NO_ORG], "nor is a look");
    }
}

#[tokio::test]
async fn a_refusal_by_the_organisation_is_a_read_of_it_between_two_updates_of_the_key() {
    let server = TestServer::start().await;
    let token = server.create_key("default").await;
    limit_org(&server, "default", json!({"quota_max": 1})).await;
    assert_eq!(until_refused(&server, &token).await.0, 1);
    assert_eq!(cost(&server, &token).await, costs("org_quota_exceeded", &[TAKE, READ_ORG, TAKE]));
}

#[tokio::test]
async fn an_organisation_that_others_used_up_is_found_so_once_and_then_only_read() {
    let (database, clock) = (Embedded::new(dynoxide::Database::memory().unwrap()), Clock::manual(1_768_478_400_000));
    let here = TestServer::on(database.clone(), clock.clone(), &[]).await;
    let there = TestServer::on(database, clock, &[]).await;
    let token = make(&here, json!({})).await;
    limit_org(&here, "default", json!({"quota_max": 3})).await;
    assert_eq!(code(&there, &token).await, "ok");
    assert_eq!(until_refused(&here, &token).await.0, 2);
    assert_eq!(cost(&there, &token).await, costs("org_quota_exceeded", &[TAKE, "Organizations:UpdateItem 0", TAKE]));
    assert_eq!(cost(&there, &token).await, costs("org_quota_exceeded", &[TAKE, READ_ORG, TAKE]));
}

#[tokio::test]
async fn a_flood_of_unknown_keys_costs_reads_only_and_of_impossible_ones_nothing() {
    let server = TestServer::with(&[("LATCHKEY_APIS", "test@default")]).await;
    limit_org(&server, "default", json!({"rate": 1, "per": 60})).await;
    let _before = calls(&server);
    for n in 0..20 {
        assert_eq!(code(&server, &format!("default{n:032x}")).await, "unknown_key");
        assert_eq!(calls(&server), [READ_NOTHING, READ_ORG], "what has the form of a token of its own");
        assert_eq!(code(&server, &format!("guess{n}")).await, "unknown_key");
        assert_eq!(calls(&server), [READ_NOTHING, READ_NOTHING, READ_ORG], "a name, of the organisation or of none");
    }
    let bare = TestServer::start().await;
    let reads: Value = json!({"key": "nobody", "api": "test"});
    assert_eq!(code_of(&bare, reads).await, "unknown_key");
    assert_eq!(calls(&bare), [READ_NOTHING]);
    assert_eq!(code(&bare, "no").await, "unknown_key");
    assert_eq!(calls(&bare), [""; 0]);
}

#[tokio::test]
async fn closed_hours_are_rolled_up_once_an_item_has_no_room_for_another() {
    let server = TestServer::with(&[("LATCHKEY_ENFORCE_ORG_LIMITS", "false")]).await;
    let token = server.create_key("default").await;
    for _ in 0..8 {
        assert_eq!(code(&server, &token).await, "ok");
        server.clock.advance(HOUR);
    }
    // From 12:00 on: all eight hours are of one day.
    assert_eq!(cost(&server, &token).await, costs("ok", &[MISSED, "Keys:UpdateItem+Usage:UpdateItem 4", TAKE]));
    for _ in 0..7 {
        server.clock.advance(HOUR);
        assert_eq!(cost(&server, &token).await, costs("ok", &[TAKE]), "there is room for hours");
    }
    server.clock.advance(HOUR);
    let two_days = "Keys:UpdateItem+Usage:UpdateItem+Usage:UpdateItem 6";
    assert_eq!(cost(&server, &token).await, costs("ok", &[MISSED, two_days, TAKE]));
}

#[tokio::test]
async fn a_reservation_costs_no_call_and_no_unit_more() {
    let server = TestServer::start().await;
    let token = server.create_key("default").await;
    let limited = MoneyKeys::of(&server).make(Some("5"), server.clock.now()).await.token;
    for token in [&token, &limited] {
        let reserve = json!({"key": token, "api": "test", "spend": 1});
        let _before = calls(&server);
        for expected in [[READ, TAKE, READ_NO_ORG].as_slice(), &[TAKE, READ_NO_ORG]] {
            assert_eq!(code_of(&server, reserve.clone()).await, "ok");
            assert_eq!(calls(&server), expected);
        }
    }
    let reserve = json!({"key": limited, "api": "test", "spend": 4});
    assert_eq!(code_of(&server, reserve).await, "spend_exceeded");
    assert_eq!(calls(&server), [READ, READ_NO_ORG], "what is refused is not written");
}

#[tokio::test]
async fn a_report_is_a_read_and_a_transaction() {
    const ROW: &str = "Keys:PutItem";
    let server = TestServer::start().await;
    let token = server.create_key("default").await;
    let told = async |id: &str, more: Value| {
        let mut body = json!({"key": token, "id": id});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let _before = calls(&server);
        let _answer = report(&server, body).await.expect(200);
        calls(&server)
    };
    let spent = format!("{ROW}+Keys:UpdateItem+Usage:UpdateItem 6");
    assert_eq!(told("1", json!({"spend": 1, "requests": 1, "input_tokens": 1})).await, [READ, &spent]);
    assert_eq!(told("2", json!({"spend": 1})).await, [READ, &spent]);
    let counted = format!("{ROW}+Keys:ConditionCheckItem+Usage:UpdateItem 6");
    assert_eq!(told("3", json!({"requests": 1})).await, [READ, &counted]);
    let reserve = json!({"key": token, "api": "test", "spend": 1});
    let reserved = answer(&server, reserve).await["reservation"]["id"].as_str().unwrap().to_owned();
    assert_eq!(told(&reserved, json!({})).await, [READ, &format!("{ROW}+Keys:UpdateItem 4")], "all goes back");
    let refused = format!("{ROW}+Keys:UpdateItem+Usage:UpdateItem 0");
    assert_eq!(told("1", json!({"spend": 1, "requests": 1, "input_tokens": 1})).await, [READ, &refused, READ]);
}

#[tokio::test]
async fn telling_a_months_use_is_two_reads_for_a_key_and_one_for_each_hundred_keys_of_an_organisation() {
    let server = TestServer::start().await;
    let mut tokens = Vec::new();
    for _ in 0..120 {
        tokens.push(server.create_key("default").await);
    }
    let id = call(&server, &tokens[0]).await["key_id"].as_str().unwrap().to_owned();
    let _counted = report(&server, json!({"key": tokens[0], "id": "1", "requests": 1})).await.expect(200);
    let _before = calls(&server);
    let _used = usage(&server, &format!("?key_id={id}")).await;
    assert_eq!(calls(&server), [READ, "Usage:BatchGetItem 15"]);
    let used = usage(&server, "?org=default").await;
    assert_eq!(used["total"]["requests"], 2);
    let operations: Vec<_> = calls(&server).iter().map(|call| call.split(' ').next().unwrap().to_owned()).collect();
    let list = ["OrgKeys:Query"; 3];
    assert_eq!(operations, [&list[..], &["Keys:BatchGetItem"; 2], &["Usage:Query"]].concat());
}
