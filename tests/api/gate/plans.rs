//! Keys that follow policies: a change of a policy holds at the very next call, in every process, whatever an instance
//! remembers, and what was used stays used.

use futures_util::future::join_all;
use latchkey::embedded::Embedded;
use latchkey_harness::TestServer;
use latchkey_shared::clock::Clock;
use serde_json::{Value, json};

use super::asking::{answer, ask, code_of, limit_org};
use super::money_keys::MoneyKeys;
use super::operating::operate;

const APIS: &str = "a@default,b@default,c@default,x@other";

/// A policy of `default` for the API `a`: a quota of `max` an hour.
pub(super) fn gold(max: i64) -> Value {
    policy("gold", json!({"quota_max": max, "quota_renewal_rate": 3600}))
}

/// A policy of `default` for the API `a` with these fields.
pub(super) fn policy(id: &str, fields: Value) -> Value {
    let mut policy = json!({"id": id, "org_id": "default", "rate": 1000, "per": 60, "access_rights": {"a": {}}});
    for (name, value) in fields.as_object().unwrap() {
        policy[name] = value.clone();
    }
    policy
}

pub(super) async fn put(server: &TestServer, policy: Value) {
    let _put = server.admin("POST", "/tyk/policies", policy).await.expect(200);
}

/// Makes a key that names these policies.
pub(super) async fn follower(server: &TestServer, names: Value) -> String {
    let body = json!({"org_id": "default", "apply_policies": names});
    server.admin("POST", "/tyk/keys/create", body).await.expect(200).text_of("key")
}

async fn code(server: &TestServer, token: &str, api: &str) -> String {
    code_of(server, json!({"key": token, "api": api})).await
}

/// The codes of calls of these APIs, one after the other.
async fn codes(server: &TestServer, token: &str, apis: &[&str]) -> Vec<String> {
    let mut codes = Vec::new();
    for api in apis {
        codes.push(code(server, token, api).await);
    }
    codes
}

/// Several servers on one database, with one clock.
async fn servers(count: usize, settings: &[(&str, &str)]) -> Vec<TestServer> {
    let (database, clock) = (Embedded::new(dynoxide::Database::memory().unwrap()), Clock::manual(1_768_478_400_000));
    join_all((0..count).map(|_| TestServer::on(database.clone(), clock.clone(), settings))).await
}

#[tokio::test]
async fn an_edited_policy_holds_at_the_next_call_of_every_process() {
    for enforce in ["true", "false"] {
        let settings = [("LATCHKEY_APIS", APIS), ("LATCHKEY_ENFORCE_ORG_LIMITS", enforce)];
        let servers = servers(2, &settings).await;
        let [here, there] = &servers[..] else { panic!() };
        put(here, gold(3)).await;
        let (one, other) = (follower(here, json!(["gold"])).await, follower(here, json!(["gold"])).await);
        for server in &servers {
            assert_eq!(codes(server, &one, &["a"]).await, ["ok"], "both remember the key");
        }
        put(here, gold(2)).await;
        for server in [there, here] {
            assert_eq!(code(server, &one, "a").await, "quota_exceeded", "two of two are used");
        }
        assert_eq!(codes(there, &other, &["a", "a", "a"]).await, ["ok", "ok", "quota_exceeded"]);
        put(there, gold(4)).await;
        assert_eq!(codes(here, &one, &["a", "a", "a"]).await, ["ok", "ok", "quota_exceeded"], "used units are kept");
    }
}

#[tokio::test]
async fn a_deactivated_policy_refuses_at_once_and_an_active_one_admits_again() {
    let servers = servers(2, &[("LATCHKEY_APIS", APIS)]).await;
    let [here, there] = &servers[..] else { panic!() };
    put(here, gold(10)).await;
    let token = follower(here, json!(["gold"])).await;
    assert_eq!(code(there, &token, "a").await, "ok");
    let mut off = gold(10);
    off["is_inactive"] = true.into();
    put(here, off).await;
    assert_eq!(code(there, &token, "a").await, "inactive");
    put(here, gold(10)).await;
    assert_eq!(code(there, &token, "a").await, "ok");
}

#[tokio::test]
async fn access_follows_the_policy() {
    let servers = servers(2, &[("LATCHKEY_APIS", APIS)]).await;
    let [here, there] = &servers[..] else { panic!() };
    put(
        here,
        policy("gold", json!({"access_rights": {"a": {}, "b": {"allowed_urls": [{"url": "/x", "methods": ["GET"]}]}}})),
    )
    .await;
    let token = follower(here, json!(["gold"])).await;
    assert_eq!(codes(there, &token, &["a", "c"]).await, ["ok", "api_not_allowed"]);
    assert_eq!(
        code_of(there, json!({"key": token, "api": "b", "method": "GET", "path": "/y"})).await,
        "resource_not_allowed"
    );
    put(here, policy("gold", json!({"access_rights": {"c": {}}}))).await;
    assert_eq!(codes(there, &token, &["a", "c"]).await, ["api_not_allowed", "ok"]);
}

#[tokio::test]
async fn after_an_edit_no_call_is_admitted_beyond_the_new_limit() {
    const CALLERS: usize = 32;
    let servers = servers(3, &[("LATCHKEY_APIS", APIS)]).await;
    put(&servers[0], gold(1000)).await;
    let token = &follower(&servers[0], json!(["gold"])).await;
    let calls = async |count: usize| {
        let callers = (0..CALLERS).map(async |caller| {
            let (server, mut admitted) = (&servers[caller % servers.len()], 0);
            for _ in 0..count {
                let reply = ask(server, json!({"key": token, "api": "a"})).await;
                assert!(matches!(reply.status, 200 | 503), "{reply:?}");
                admitted += i64::from(reply.json()["allowed"] == true);
                tokio::task::yield_now().await;
            }
            admitted
        });
        join_all(callers).await.into_iter().sum::<i64>()
    };
    let before = calls(3).await;
    // Calls and edits at once: what calls admit that began before the edit's answer is not counted here.
    let edits = async {
        for max in [before + 400, before + 300, before + 350] {
            put(&servers[1], gold(max)).await;
        }
    };
    let (during, ()) = tokio::join!(calls(3), edits);
    let used = before + during;
    put(&servers[2], gold(used + 5)).await;
    assert_eq!(calls(2).await, 5, "just what the last limit leaves");
    put(&servers[0], gold(used + 7)).await;
    assert_eq!(calls(2).await, 2);
}

#[tokio::test]
async fn limits_move_to_other_counters_and_back_without_losing_use() {
    let servers = servers(2, &[("LATCHKEY_APIS", APIS)]).await;
    let [here, there] = &servers[..] else { panic!() };
    let quota = |max: i64| json!({"quota_max": max, "quota_renewal_rate": 3600});
    put(here, policy("p", json!({"quota_max": 3, "quota_renewal_rate": 3600, "access_rights": {"a": {}, "b": {}}})))
        .await;
    let token = follower(here, json!(["p"])).await;
    assert_eq!(codes(there, &token, &["a", "b"]).await, ["ok", "ok"], "one counter for both");
    let per_api =
        json!({"partitions": {"per_api": true}, "access_rights": {"a": {"limit": quota(1)}, "b": {"limit": quota(1)}}});
    put(here, policy("p", per_api)).await;
    assert_eq!(codes(there, &token, &["a", "a", "b", "b"]).await, ["ok", "quota_exceeded", "ok", "quota_exceeded"]);
    put(here, policy("p", json!({"quota_max": 3, "quota_renewal_rate": 3600, "access_rights": {"a": {}, "b": {}}})))
        .await;
    assert_eq!(codes(there, &token, &["a", "b"]).await, ["ok", "quota_exceeded"], "two of three were used before");
}

#[tokio::test]
async fn a_key_whose_policy_is_deleted_is_refused_with_a_code_of_its_own() {
    let server = TestServer::with(&[("LATCHKEY_APIS", APIS), ("LATCHKEY_TYK_EDITION", "5.13")]).await;
    put(&server, gold(5)).await;
    let token = follower(&server, json!(["gold"])).await;
    assert_eq!(code(&server, &token, "a").await, "ok");
    let _deleted = server.admin("DELETE", "/tyk/policies/gold", ()).await.expect(200);
    let refused = answer(&server, json!({"key": token, "api": "a"})).await;
    assert_eq!((&refused["code"], &refused["status"]), (&json!("policies_unmet"), &json!(403)));
    put(&server, gold(5)).await;
    let again = answer(&server, json!({"key": token, "api": "a"})).await;
    assert_eq!((&again["code"], &again["quota"]["remaining"]), (&json!("ok"), &json!(3)), "use is kept");
    assert_eq!(again["policies"], json!(["gold"]));
}

#[tokio::test]
async fn policies_of_one_organisation_give_no_access_to_the_apis_of_another() {
    let (database, clock) = (Embedded::new(dynoxide::Database::memory().unwrap()), Clock::manual(1_768_478_400_000));
    let server = TestServer::on(database.clone(), clock.clone(), &[("LATCHKEY_APIS", "a@default")]).await;
    put(&server, policy("gold", json!({"access_rights": {"a": {}, "later": {}}}))).await;
    let token = follower(&server, json!(["gold"])).await;
    let strict = TestServer::on(database, clock, &[("LATCHKEY_APIS", "a@default,later@other")]).await;
    assert_eq!(codes(&strict, &token, &["a", "later"]).await, ["ok", "policies_unmet"]);
}

#[tokio::test]
async fn limits_of_the_organisation_and_of_the_plan_apply_together() {
    let servers = servers(2, &[("LATCHKEY_APIS", APIS)]).await;
    let [here, there] = &servers[..] else { panic!() };
    put(here, gold(4)).await;
    let token = follower(here, json!(["gold"])).await;
    limit_org(here, "default", json!({"quota_max": 3, "quota_renewal_rate": 3600})).await;
    assert_eq!(codes(there, &token, &["a", "a"]).await, ["ok", "ok"]);
    put(here, gold(2)).await;
    assert_eq!(code(there, &token, "a").await, "quota_exceeded", "the plan's");
    put(here, gold(9)).await;
    assert_eq!(codes(there, &token, &["a", "a"]).await, ["ok", "org_quota_exceeded"], "a refusal took nothing");
    let _deleted = here.admin("DELETE", "/tyk/org/keys/default", ()).await.expect(200);
    let left = answer(there, json!({"key": token, "api": "a"})).await;
    assert_eq!((&left["code"], &left["quota"]["remaining"]), (&json!("ok"), &json!(5)));
}

#[tokio::test]
async fn a_key_of_any_dialect_can_be_put_on_a_plan_and_taken_off_again() {
    let server = TestServer::start().await;
    let key = MoneyKeys::of(&server).make(Some("5"), server.clock.now()).await;
    let (id, token, org) = (key.id.to_string(), key.token, "default");
    let plan = json!({"quota_max": 2, "quota_renewal_rate": 60, "access_rights": {"completions": {}}});
    put(&server, policy("gold", plan)).await;
    let path = format!("/v1/keys/{id}/policies");
    let set = operate(&server, "PUT", &path, json!({"policies": ["gold"]})).await.expect(200).json();
    assert_eq!(set, json!({"key_id": id, "org_id": org, "dialect": "requesty", "policies": ["gold"]}));
    assert_eq!(
        codes(&server, &token, &["completions", "completions", "completions"]).await,
        ["ok", "ok", "quota_exceeded"]
    );
    let listed = operate(&server, "GET", &format!("/v1/keys?org={org}&policy=gold"), ()).await.expect(200).json();
    assert_eq!((&listed["keys"][0]["key_id"], &listed["keys"][0]["dialect"]), (&json!(id), &json!("requesty")));
    let _off = operate(&server, "PUT", &path, json!({"policies": []})).await.expect(200);
    let free = answer(&server, json!({"key": token, "api": "test"})).await;
    assert_eq!((&free["code"], &free["quota"], &free["spend"]["limit"]), (&json!("ok"), &Value::Null, &json!(5)));
    let listed = operate(&server, "GET", &format!("/v1/keys?org={org}&policy=gold"), ()).await.expect(200).json();
    assert_eq!(listed, json!({"keys": []}));
}

#[tokio::test]
async fn a_tyk_key_stays_in_lists_with_its_token_when_an_operator_changes_its_plan() {
    let server = TestServer::with(&[("LATCHKEY_APIS", APIS)]).await;
    put(&server, gold(5)).await;
    put(&server, policy("silver", json!({"quota_max": 1, "quota_renewal_rate": 60}))).await;
    let token = follower(&server, json!(["gold"])).await;
    let id = answer(&server, json!({"key": token, "api": "a"})).await["key_id"].as_str().unwrap().to_owned();
    for names in [json!(["silver"]), json!([]), json!(["gold", "silver"])] {
        let set = operate(&server, "PUT", &format!("/v1/keys/{id}/policies"), json!({"policies": names})).await;
        assert_eq!(set.expect(200).json()["policies"], names);
        let keys = server.admin("GET", "/tyk/keys", ()).await.expect(200).json();
        assert_eq!(keys, json!({"keys": [token]}), "{names}");
    }
}

#[tokio::test]
async fn a_consumer_reads_what_its_plan_leaves() {
    let server = TestServer::start().await;
    let plan =
        |max: i64| policy("gold", json!({"quota_max": max, "quota_renewal_rate": 3600, "access_rights": {"test": {}}}));
    put(&server, plan(5)).await;
    let token = follower(&server, json!(["gold"])).await;
    assert_eq!(code(&server, &token, "test").await, "ok");
    let left = async || {
        let headers = [("Authorization", token.as_str())];
        let shown = server.send("GET", "/sample/tyk/rate-limits/", &headers, ()).await.expect(200).json();
        (shown["quota"]["quota_max"].clone(), shown["quota"]["quota_remaining"].clone())
    };
    assert_eq!(left().await, (json!(5), json!(4)));
    put(&server, plan(3)).await;
    assert_eq!(left().await, (json!(3), json!(2)));
}

#[tokio::test]
async fn only_policies_that_exist_and_can_be_applied_are_set() {
    let server = TestServer::with(&[("LATCHKEY_APIS", APIS)]).await;
    put(&server, gold(5)).await;
    let token = follower(&server, json!(["gold"])).await;
    let id = answer(&server, json!({"key": token, "api": "a"})).await["key_id"].as_str().unwrap().to_owned();
    let path = format!("/v1/keys/{id}/policies");
    for (body, fault) in [
        (json!({"policies": ["gold", "ghost"]}), "policies[1] does not exist in the key's organisation"),
        (json!({"policies": ["a b"]}), "policies[0] is not the id of a policy"),
        (json!({"policies": "gold"}), "policies must be a list of strings"),
        (json!({}), "policies is required"),
        (json!({"policies": [], "more": 1}), "more is unknown"),
    ] {
        let refused = operate(&server, "PUT", &path, body).await.expect(400);
        assert_eq!(super::asking::faults(&refused), [fault]);
    }
    let unknown = "00000000-0000-8000-8000-000000000000";
    let _none =
        operate(&server, "PUT", &format!("/v1/keys/{unknown}/policies"), json!({"policies": []})).await.expect(404);
    let _not_admin = server.send("PUT", &path, &[], json!({"policies": []})).await.expect(401);
}

#[tokio::test]
async fn keys_that_name_a_policy_are_listed_in_pages() {
    let server = TestServer::with(&[("LATCHKEY_APIS", APIS)]).await;
    put(&server, gold(5)).await;
    let mut tokens = Vec::new();
    for _ in 0..5 {
        tokens.push(follower(&server, json!(["gold"])).await);
        server.clock.advance(1000);
    }
    let _deleted = server.admin("DELETE", &format!("/tyk/keys/{}", tokens[1]), ()).await.expect(200);
    let (mut address, mut ids) = (Some("/v1/keys?org=default&policy=gold&limit=2".to_owned()), Vec::new());
    while let Some(page) = address {
        let page = operate(&server, "GET", &page, ()).await.expect(200).json();
        ids.extend(page["keys"].as_array().unwrap().iter().map(|key| key["key_id"].as_str().unwrap().to_owned()));
        address = page["next"].as_str().map(str::to_owned);
    }
    let mut expected = Vec::new();
    for token in [&tokens[0], &tokens[2], &tokens[3], &tokens[4]] {
        expected.push(answer(&server, json!({"key": token, "api": "a"})).await["key_id"].as_str().unwrap().to_owned());
    }
    assert_eq!(ids, expected);
    for query in [
        "org=default&policy=",
        "policy=gold&limit=0",
        "policy=gold&limit=101",
        "policy=gold&cursor=x",
        "policy=gold&x=1",
    ] {
        let _refused = operate(&server, "GET", &format!("/v1/keys?{query}"), ()).await.expect(400);
    }
}
