//! What a decision costs in store calls and capacity units: one that costs more fails here.

use latchkey::embedded::Embedded;
use latchkey_harness::TestServer;
use latchkey_shared::clock::Clock;
use serde_json::{Value, json};

use super::asking::{answer, call, code, code_of, edit, limit_org, make, until_refused};
use super::money_keys::MoneyKeys;
use super::plans::{follower, policy, put};
use crate::capacity::assert_cost;

const TAKE: &str = "Keys:UpdateItem 1";
/// An update whose condition did not hold: DynamoDB charges it as one that did, but an error tells no units.
const MISSED: &str = "Keys:UpdateItem 0";
pub(super) const READ: &str = "Keys:GetItem 1";
/// The first call of a key's day.
const OPEN: &str = "Usage:UpdateItem 1";
const TAKE_FROM_ORG: &str = "Organizations:UpdateItem 1";
const READ_ORG: &str = "Organizations:GetItem 1";
/// An organisation without limits has no item.
const READ_NO_ORG: &str = "Organizations:GetItem 1";
const READ_NOTHING: &str = "Keys:GetItem 1";
pub(super) const HOUR: i64 = 60 * 60 * 1000;

/// The gate's store calls since this was last called.
pub(super) fn calls(server: &TestServer) -> Vec<String> {
    let calls = server.watch.calls().into_iter().filter(|call| call.function.starts_with("gate-"));
    calls.map(|call| call.to_string()).collect()
}

/// Asks for a decision, which must be allowed and cost what `capacity.jsonl` says.
async fn assert_admitted(server: &TestServer, token: &str, [function, request]: [&str; 2]) {
    let (code, calls) = cost(server, token).await;
    assert_eq!(code, "ok");
    assert_cost(function, request, &calls);
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
    let (database, clock) = (Embedded::new(dynoxide::Database::memory().unwrap()), Clock::manual(1_768_478_400_000));
    let there = TestServer::on(database.clone(), clock.clone(), &[]).await;
    let server = TestServer::on(database, clock, &[]).await;
    let token = there.create_key("default").await;
    assert_eq!(code(&there, &token).await, "ok");
    assert_admitted(&server, &token, ["gate-verify", "a key that the instance does not remember"]).await;
    assert_admitted(&server, &token, ["gate-verify", "a remembered key"]).await;
    server.clock.advance(60_000);
    assert_eq!(cost(&server, &token).await, costs("ok", &[TAKE, READ_NO_ORG]), "a window that it knows to be over");
}

/// A decision about a call of `a`, which must be allowed, and its cost.
async fn admitted(server: &TestServer, token: &str) -> Vec<String> {
    let _before = calls(server);
    assert_eq!(code_of(server, json!({"key": token, "api": "a"})).await, "ok");
    calls(server)
}

#[tokio::test]
async fn a_remembered_key_with_policies_costs_no_more_than_one_without() {
    let (database, clock) = (Embedded::new(dynoxide::Database::memory().unwrap()), Clock::manual(1_768_478_400_000));
    let there = TestServer::on(database.clone(), clock.clone(), &[]).await;
    let server = TestServer::on(database, clock, &[]).await;
    for id in ["1", "2", "3", "4", "5"] {
        put(&server, policy(id, json!({}))).await;
    }
    for names in [json!(["1"]), json!(["1", "2", "3", "4", "5"])] {
        let token = follower(&server, names).await;
        let _planned = admitted(&server, &token).await;
        assert_cost("gate-verify", "a remembered key", &admitted(&server, &token).await);
    }
    put(&server, policy("unrelated", json!({}))).await;
    let token = follower(&server, json!(["1"])).await;
    let _first_of_the_day = admitted(&there, &token).await;
    assert_cost(
        "gate-verify",
        "a key with one policy that the instance does not remember",
        &admitted(&server, &token).await,
    );
    put(&server, policy("1", json!({"rate": 500}))).await;
    assert_cost("gate-verify", "the first call after a policy changed", &admitted(&server, &token).await);
    assert_cost("gate-verify", "a remembered key", &admitted(&server, &token).await);
    put(&server, policy("unrelated", json!({"rate": 500}))).await;
    assert_cost(
        "gate-verify",
        "the first call after another policy of the organisation changed",
        &admitted(&server, &token).await,
    );
}

#[tokio::test]
async fn without_limits_of_organisations_a_plan_costs_one_read() {
    let server = TestServer::with(&[("LATCHKEY_ENFORCE_ORG_LIMITS", "false")]).await;
    put(&server, policy("1", json!({}))).await;
    let token = follower(&server, json!(["1"])).await;
    let _planned = admitted(&server, &token).await;
    assert_cost(
        "gate-verify",
        "a remembered key with policies, `LATCHKEY_ENFORCE_ORG_LIMITS=false`",
        &admitted(&server, &token).await,
    );
}

#[tokio::test]
async fn putting_a_key_on_a_plan_and_listing_its_followers_cost_the_same_for_few_and_many_keys() {
    let server = TestServer::start().await;
    put(&server, policy("gold", json!({}))).await;
    put(&server, policy("silver", json!({}))).await;
    let token = follower(&server, json!(["gold"])).await;
    let id = answer(&server, json!({"key": token, "api": "a"})).await["key_id"].as_str().unwrap().to_owned();
    let bearer = format!("Bearer {}", latchkey_harness::ADMIN);
    let operate = async |method: &str, path: &str, body: latchkey_harness::Body| {
        let _before = calls(&server);
        let _reply = server.send(method, path, &[("Authorization", &bearer)], body).await.expect(200);
        calls(&server)
    };
    let body = json!({"policies": ["silver"]});
    let set = operate("PUT", &format!("/v1/keys/{id}/policies"), body.into()).await;
    assert_cost("gate-set-policies", "", &set);
    let list = "/v1/keys?org=default&policy=gold&limit=1";
    let _one = follower(&server, json!(["gold"])).await;
    assert_cost("gate-list-keys", "a key that names a policy", &operate("GET", list, ().into()).await);
    for _ in 0..30 {
        let _another = follower(&server, json!(["gold"])).await;
    }
    assert_cost("gate-list-keys", "a key that names a policy", &operate("GET", list, ().into()).await);
}

#[tokio::test]
async fn deleting_a_key_by_its_id_costs_two_reads_and_a_transaction() {
    let server = TestServer::start().await;
    let token = server.create_key("default").await;
    let id = call(&server, &token).await["key_id"].as_str().unwrap().to_owned();
    let _before = calls(&server);
    let _deleted = server.bearer(latchkey_harness::ADMIN, "DELETE", &format!("/v1/keys/{id}"), ()).await.expect(200);
    assert_cost("gate-delete-key", "", &calls(&server));
}

#[tokio::test]
async fn the_first_call_of_a_day_with_a_key_is_one_update_more_and_no_other_hour_is() {
    let server = TestServer::start().await;
    let token = server.create_key("default").await;
    assert_eq!(cost(&server, &token).await, costs("ok", &[READ, OPEN, TAKE, READ_NO_ORG]));
    server.clock.advance(12 * HOUR);
    assert_admitted(&server, &token, ["gate-verify", "the first call of a day with a remembered key"]).await;
    for _ in 1..6 {
        server.clock.advance(HOUR);
        assert_eq!(cost(&server, &token).await, costs("ok", &[TAKE, READ_NO_ORG]));
    }
}

#[tokio::test]
async fn an_organisations_limits_are_one_update_more() {
    let server = TestServer::start().await;
    let token = server.create_key("default").await;
    limit_org(&server, "default", json!({"rate": 10, "per": 60})).await;
    assert_eq!(cost(&server, &token).await, costs("ok", &[READ, OPEN, TAKE, READ_ORG, TAKE_FROM_ORG]));
    assert_admitted(&server, &token, ["gate-verify", "a remembered key of an organisation with limits"]).await;
}

#[tokio::test]
async fn keys_that_share_their_limits_cost_one_update_more() {
    let server = TestServer::start().await;
    let token = make(&server, json!({"quota_max": 9, "meta_data": {"rate_limit_pattern": "team"}})).await;
    assert_eq!(code(&server, &token).await, "ok");
    assert_admitted(&server, &token, ["gate-verify", "a remembered key that shares its limits"]).await;
}

#[tokio::test]
async fn where_organisations_are_not_enforced_an_admission_is_one_update() {
    let server = TestServer::with(&[("LATCHKEY_ENFORCE_ORG_LIMITS", "false")]).await;
    let token = server.create_key("default").await;
    limit_org(&server, "default", json!({"is_inactive": true})).await;
    assert_eq!(cost(&server, &token).await, costs("ok", &[READ, OPEN, TAKE]));
    assert_admitted(&server, &token, ["gate-verify", "a remembered key, with `LATCHKEY_ENFORCE_ORG_LIMITS=false`"])
        .await;
}

#[tokio::test]
async fn a_change_or_a_turn_by_another_server_is_one_update_more() {
    let (database, clock) = (Embedded::new(dynoxide::Database::memory().unwrap()), Clock::manual(1_768_478_400_000));
    let settings = [("LATCHKEY_ENFORCE_ORG_LIMITS", "false")];
    let here = TestServer::on(database.clone(), clock.clone(), &settings).await;
    let there = TestServer::on(database, clock, &settings).await;
    let token = make(&here, json!({})).await;
    assert_eq!(cost(&there, &token).await, costs("ok", &[READ, OPEN, TAKE]));
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
            assert_cost("gate-verify", "a refused key", &calls);
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
    let (code, calls) = cost(&server, &token).await;
    assert_eq!(code, "org_quota_exceeded");
    assert_cost("gate-verify", "a key refused by the limits of its organisation", &calls);
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
    assert_cost("gate-verify", "an unknown key", &calls(&bare));
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
    assert_admitted(
        &server,
        &token,
        ["gate-verify", "a key with eight hours of use, which move to the table of usage"],
    )
    .await;
    for _ in 0..7 {
        server.clock.advance(HOUR);
        let midnight = server.clock.now() % (24 * HOUR) == 0;
        let expected = if midnight { [OPEN, TAKE].as_slice() } else { &[TAKE] };
        assert_eq!(cost(&server, &token).await, costs("ok", expected), "there is room for hours");
    }
    server.clock.advance(HOUR);
    let rows = ["Usage:UpdateItem"; 4].join("+");
    let two_days = &format!("Keys:UpdateItem+Usage:DeleteItem+{rows} 12");
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
        for expected in [[READ, OPEN, TAKE, READ_NO_ORG].as_slice(), &[TAKE, READ_NO_ORG]] {
            assert_eq!(code_of(&server, reserve.clone()).await, "ok");
            assert_eq!(calls(&server), expected);
        }
    }
    let reserve = json!({"key": limited, "api": "test", "spend": 4});
    assert_eq!(code_of(&server, reserve).await, "spend_exceeded");
    assert_eq!(calls(&server), [READ, READ_NO_ORG], "what is refused is not written");
}
