//! `GET /v1/keys`: keys of all dialects by what they are, page by page, at the same cost however many there are.

use std::collections::BTreeMap;

use latchkey_harness::TestServer;
use latchkey_shared::store::HOUR;
use serde_json::{Value, json};

use super::asking::{call, code, faults};
use super::capacity::calls;
use super::operating::{Owned, all_pages, copy_only_key, get, id_of, make_requesty, make_tyk, operate, page, texts};
use super::plans::{policy, put};
use crate::capacity::assert_cost;

/// 2026-01-15T13:00:00Z, an hour after the clocks of these tests start.
const LATER: &str = "2026-01-15T13:00:00Z";

/// Keys of three dialects in one organisation, one of another, and one without.
async fn keys_of_every_kind(server: &TestServer) -> String {
    let owned = Owned::register(server, "olga").await;
    let org = owned.org.as_str();
    put(server, policy("gold", json!({"org_id": org, "access_rights": {"test": {}}}))).await;
    let now = server.clock.now() / 1000;
    // Every time is written with milliseconds, so that texts are in the order of times.
    server.clock.advance(1);
    for (org, fields) in [
        (org, json!({"alias": "Ada", "tags": ["eu", "paid"]})),
        (org, json!({"alias": "Bob", "tags": ["eu"], "is_inactive": true})),
        (org, json!({"alias": "Ada", "expires": now + 60})),
        (org, json!({"expires": now + 7200, "apply_policies": ["gold"]})),
        ("other", json!({"alias": "Ada", "tags": ["eu"], "expires": now + 7200})),
        ("", json!({"tags": ["eu"]})),
    ] {
        let _made = make_tyk(server, org, fields).await;
        server.clock.advance(1);
    }
    for name in ["Ada", "Cleo"] {
        let _made = make_requesty(server, org, json!({"name": name})).await;
        let _made = owned.make(server, json!({"name": name})).await;
        server.clock.advance(1);
    }
    server.clock.advance(61_000);
    owned.org
}

/// Whether the entry of a key matches the parameter `name`.
fn matches(key: &Value, name: &str, value: &str) -> bool {
    let has = |list: &str| key[list].as_array().unwrap().iter().any(|one| one == value);
    match name {
        "org" => key["org_id"] == value,
        "alias" => key["alias"].as_str().unwrap_or_default() == value,
        "tag" => has("tags"),
        "policy" => has("policies"),
        "expires_before" => key["expires_at"].as_str().is_some_and(|at| at < value),
        name => key[name] == value,
    }
}

#[tokio::test]
async fn a_key_is_listed_as_what_it_is() {
    let server = TestServer::start().await;
    let fields = json!({"alias": "Ada", "tags": ["eu"], "expires": server.clock.now() / 1000 + 3600});
    let token = make_tyk(&server, "acme", fields).await;
    let expected = json!({
        "key_id": id_of(&server, &token).await, "org_id": "acme", "dialect": "tyk", "alias": "Ada", "state": "active",
        "inactive": false, "policies": [], "tags": ["eu"], "created_at": "2026-01-15T12:00:00Z",
        "expires_at": LATER, "last_used_at": null,
    });
    assert_eq!(get(&server, "/v1/keys").await, json!({"keys": [expected]}));
    server.clock.advance(HOUR);
    let mut expired = expected.clone();
    expired["state"] = "expired".into();
    assert_eq!(get(&server, "/v1/keys?org=acme").await, json!({"keys": [expired]}));
    let _deleted = server.admin("DELETE", &format!("/tyk/keys/{token}"), ()).await.expect(200);
    for query in ["", "?org=acme"] {
        assert_eq!(get(&server, &format!("/v1/keys{query}")).await, json!({"keys": []}));
    }
}

#[tokio::test]
async fn filters_select_alone_and_together() {
    let server = TestServer::start().await;
    let org = keys_of_every_kind(&server).await;
    let all = all_pages(&server, "/v1/keys", "keys").await;
    assert_eq!(all.len(), 10);
    let choices: [(&str, &[&str]); 7] = [
        ("org", &["-", org.as_str(), "", "other", "nobody"]),
        ("dialect", &["-", "tyk", "gmi"]),
        ("alias", &["-", "Ada", ""]),
        ("tag", &["-", "eu"]),
        ("state", &["-", "active", "inactive", "expired"]),
        ("policy", &["-", "gold"]),
        ("expires_before", &["-", LATER]),
    ];
    let mut seen = BTreeMap::<&str, usize>::new();
    for number in 0..choices.iter().map(|(_, values)| values.len()).product() {
        let mut rest = number;
        let chosen = choices.iter().filter_map(|(name, values)| {
            let value = values[rest % values.len()];
            rest /= values.len();
            (value != "-").then_some((*name, value))
        });
        let chosen: Vec<_> = chosen.collect();
        let expected: Vec<_> =
            all.iter().filter(|key| chosen.iter().all(|(name, value)| matches(key, name, value))).collect();
        let query: Vec<_> = chosen.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let listed = all_pages(&server, &format!("/v1/keys?{}", query.join("&")), "keys").await;
        assert_eq!(sorted(listed.iter()), sorted(expected.into_iter()), "{query:?}");
        if !listed.is_empty() {
            chosen.iter().for_each(|(name, _)| *seen.entry(name).or_default() += 1);
        }
    }
    assert!(choices.iter().all(|(name, _)| seen[name] > 5), "each filter found something: {seen:?}");
}

fn sorted<'a>(keys: impl Iterator<Item = &'a Value>) -> Vec<String> {
    let mut keys: Vec<_> = keys.map(|key| key["key_id"].as_str().unwrap().to_owned()).collect();
    keys.sort();
    keys
}

#[tokio::test]
async fn an_organisations_keys_of_all_dialects_are_in_the_order_in_which_they_were_made() {
    let server = TestServer::start().await;
    let org = keys_of_every_kind(&server).await;
    let whole = all_pages(&server, &format!("/v1/keys?org={org}"), "keys").await;
    let made = texts(&whole, "created_at");
    assert!(made.is_sorted() && made.len() == 8, "{made:?}");
    for limit in 1..9 {
        let pages = all_pages(&server, &format!("/v1/keys?org={org}&limit={limit}"), "keys").await;
        assert_eq!(pages, whole, "limit {limit}");
    }
}

#[tokio::test]
async fn every_key_that_stays_is_listed_once_while_others_come_go_and_move() {
    for org in ["&org=acme", ""] {
        let server = TestServer::start().await;
        let mut tokens = Vec::new();
        for _ in 0..30 {
            tokens.push(make_tyk(&server, "acme", json!({})).await);
            let _made = make_requesty(&server, "acme", json!({"name": "stays"})).await;
            server.clock.advance(1);
        }
        let (mut seen, mut next, mut number) = (Vec::new(), Some(format!("/v1/keys?limit=7{org}")), 0);
        while let Some(path) = next {
            let (keys, after) = page(&server, &path, "keys").await;
            seen.extend(sorted(keys.iter()));
            next = after;
            let _deleted = server.admin("DELETE", &format!("/tyk/keys/{}", tokens[number]), ()).await;
            let moved = json!({"org_id": "other", "access_rights": {"test": {}}});
            let _moved = server.admin("PUT", &format!("/tyk/keys/{}", tokens[29 - number]), moved).await.expect(200);
            if number < 3 {
                let _made = make_tyk(&server, "acme", json!({})).await;
            }
            number += 1;
            server.clock.advance(1);
        }
        assert!(number > 6, "{number} pages");
        let stays = all_pages(&server, "/v1/keys?org=acme", "keys").await;
        let count = |id: &String| seen.iter().filter(|one| *one == id).count();
        assert!(seen.iter().all(|id| count(id) == 1), "no key is listed twice");
        let stays: Vec<_> =
            stays.iter().filter(|key| key["created_at"].as_str() < Some("2026-01-15T12:00:00.030Z")).collect();
        assert!(stays.len() > 30);
        assert!(sorted(stays.into_iter()).iter().all(|id| count(id) == 1), "every key that stayed is listed");
    }
}

#[tokio::test]
async fn a_key_is_listed_in_the_organisation_that_it_moved_to_and_only_there() {
    let server = TestServer::start().await;
    let token = make_tyk(&server, "first", json!({"apply_policies": []})).await;
    let id = id_of(&server, &token).await;
    for org in ["second", "third", "first"] {
        let moved = json!({"org_id": org, "access_rights": {"test": {}}});
        let _moved = server.admin("PUT", &format!("/tyk/keys/{token}"), moved).await.expect(200);
        for of in ["first", "second", "third"] {
            let keys = all_pages(&server, &format!("/v1/keys?org={of}"), "keys").await;
            let expected: &[&String] = if of == org { &[&id] } else { &[] };
            assert_eq!(texts(&keys, "key_id").iter().collect::<Vec<_>>(), expected, "in {org}, listed in {of}");
        }
        assert_eq!(texts(&all_pages(&server, "/v1/keys", "keys").await, "org_id"), [org]);
    }
}

#[tokio::test]
async fn the_last_use_is_known_by_the_hour_through_roll_ups_and_lives() {
    let server = TestServer::start().await;
    let path = "/tyk/keys/robot?org_id=default";
    let body = super::asking::key_with(&json!({}));
    let _made = server.admin("POST", path, &body).await.expect(200);
    let last = async || get(&server, "/v1/keys").await["keys"][0]["last_used_at"].clone();
    assert_eq!(last().await, Value::Null);
    server.clock.advance(60_000);
    for hour in 12..24 {
        assert_eq!(code(&server, "defaultrobot").await, "ok");
        assert_eq!(last().await, format!("2026-01-15T{hour}:00:00Z"), "eight hours fill the item");
        server.clock.advance(HOUR);
    }
    let _rolled_up = get(&server, "/v1/usage?org=default").await;
    assert_eq!(last().await, "2026-01-15T23:00:00Z", "all hours are rolled up");
    let _deleted = server.admin("DELETE", path, ()).await.expect(200);
    let _made = server.admin("POST", path, &body).await.expect(200);
    assert_eq!(last().await, Value::Null, "the use of its former life");
    assert_eq!(call(&server, "defaultrobot").await["code"], "ok");
    assert_eq!(last().await, "2026-01-16T00:00:00Z");
}

#[tokio::test]
async fn a_page_costs_the_same_for_few_and_many_keys() {
    for count in [600, 4000] {
        let server = TestServer::start().await;
        let _one = make_requesty(&server, "acme", json!({"name": "Ada"})).await;
        copy_only_key(&server, count).await;
        let cost = async |query: &str| {
            let _before = calls(&server);
            let (keys, next) = page(&server, &format!("/v1/keys?{query}"), "keys").await;
            assert!(next.is_some(), "{query} of {count}");
            (keys.len(), calls(&server))
        };
        let (keys, calls) = cost("org=acme&limit=10").await;
        assert_eq!(keys, 10);
        assert_cost("gate-list-keys", "10 keys of an organisation", &calls);
        let (keys, calls) = cost("limit=10").await;
        assert_eq!(keys, 10);
        assert_cost("gate-list-keys", "10 keys of all organisations", &calls);
        let (keys, calls) = cost("org=acme&dialect=requesty&alias=nobody").await;
        assert_eq!(keys, 0, "the page ends, the list does not");
        assert_cost("gate-list-keys", "a filter that no key matches", &calls);
        let none = all_pages(&server, "/v1/keys?org=acme&alias=nobody", "keys").await;
        assert!(none.is_empty(), "the list ends");
        let all = all_pages(&server, "/v1/keys?alias=Ada", "keys").await;
        assert_eq!(sorted(all.iter()).len(), count + 1);
    }
}

#[tokio::test]
async fn keys_that_are_too_long_for_one_answer_take_several_pages() {
    let server = TestServer::start().await;
    // Each quote takes four bytes of Lambda's answer.
    for _ in 0..120 {
        let _made = make_tyk(&server, "acme", json!({"alias": "\"".repeat(14_000)})).await;
    }
    for query in ["org=acme", "", "state=active"] {
        let path = format!("/v1/keys?{query}");
        let (first, next) = page(&server, &path, "keys").await;
        assert!(first.len() < 100 && next.is_some(), "{query}: {} keys", first.len());
        let mut all = sorted(all_pages(&server, &path, "keys").await.iter());
        all.dedup();
        assert_eq!(all.len(), 120, "{query}");
    }
}

#[tokio::test]
async fn a_query_that_is_wrong_is_refused_with_all_its_faults() {
    let server = TestServer::start().await;
    let query = "org=a/b&dialect=x&state=deleted&policy=a%20b&expires_before=soon&limit=0&cursor=x&more=1";
    let refused = operate(&server, "GET", &format!("/v1/keys?{query}"), ()).await.expect(400);
    let expected = [
        "cursor was not returned by this list",
        "dialect must be tyk, gmi or requesty",
        "expires_before must be a time such as 2026-01-15T12:00:00Z, or a day such as 2026-01-15",
        "limit must be a whole number from 1 to 100",
        "more is unknown",
        "org must be the id of an organisation",
        "policy must be the id of a policy",
        "state must be active, inactive or expired",
    ];
    assert_eq!(faults(&refused), expected);
    for _ in 0..3 {
        let _made = make_tyk(&server, "acme", json!({})).await;
    }
    let cursor = |next: Option<String>| next.unwrap().split_once("cursor=").unwrap().1.to_owned();
    let of_org = cursor(page(&server, "/v1/keys?org=acme&limit=1", "keys").await.1);
    let of_all = cursor(page(&server, "/v1/keys?limit=1", "keys").await.1);
    for query in [format!("cursor={of_org}"), format!("org=acme&cursor={of_all}")] {
        let refused = operate(&server, "GET", &format!("/v1/keys?{query}"), ()).await.expect(400);
        assert_eq!(faults(&refused), expected[..1], "a cursor of another list");
    }
}
