//! `GET /v1/audit`: every change, newest first, each once, at a bounded cost per page.

use latchkey_harness::TestServer;
use latchkey_shared::store::HOUR;
use serde_json::{Value, json};

use super::asking::faults;
use super::capacity::calls;
use super::operating::{Owned, all_pages, get, id_of, make_requesty, make_tyk, operate, page, texts};
use super::plans::{policy, put};
use crate::capacity::assert_cost;

const DAY: i64 = 24 * HOUR;

/// What was done in each record.
fn actions(records: &[Value]) -> Vec<String> {
    texts(records, "action")
}

async fn log(server: &TestServer, query: &str) -> Vec<Value> {
    all_pages(server, &format!("/v1/audit?{query}"), "records").await
}

/// Replaces the key's organisation and alias.
async fn put_key(server: &TestServer, token: &str, org: &str, alias: &str) {
    let body = json!({"org_id": org, "alias": alias, "access_rights": {"test": {}}});
    let _put = server.admin("PUT", &format!("/tyk/keys/{token}"), body).await.expect(200);
}

#[tokio::test]
async fn a_change_is_listed_with_who_made_it_and_what_it_changed() {
    let server = TestServer::start().await;
    let token = make_tyk(&server, "acme", json!({"alias": "Ada"})).await;
    let id = id_of(&server, &token).await;
    server.clock.advance(1);
    put_key(&server, &token, "acme", "Bob").await;
    let records = log(&server, "org=acme").await;
    assert_eq!(actions(&records), ["key.replace", "key.create"]);
    let replaced = &records[0];
    let expected = json!({
        "id": replaced["id"], "at": "2026-01-15T12:00:00.001Z", "actor": "tyk-admin", "action": "key.replace",
        "subject": format!("key:{id}"), "key_id": id, "org_id": "acme", "dialect": "tyk",
        "request_id": replaced["request_id"], "revision": 2, "before": replaced["before"], "after": replaced["after"],
    });
    assert_eq!(*replaced, expected);
    assert_eq!((&replaced["before"]["alias"], &replaced["after"]["alias"]), (&json!("Ada"), &json!("Bob")));
    assert_eq!((&records[1]["before"], &records[1]["after"]), (&Value::Null, &replaced["before"]));
    assert!(!replaced["request_id"].as_str().unwrap().is_empty());
    assert_eq!(log(&server, "org=acme").await, records, "the same record has the same id");
}

#[tokio::test]
async fn every_filter_selects_alone_and_with_the_others() {
    let server = TestServer::start().await;
    let owned = Owned::register(&server, "olga").await;
    let org = owned.org.as_str();
    let token = make_tyk(&server, org, json!({})).await;
    let key = id_of(&server, &token).await;
    for hours in [1, 30] {
        server.clock.advance(hours * HOUR);
        put_key(&server, &token, org, "x").await;
        let _made = owned.make(&server, json!({"name": "of gmi"})).await;
        let (_id, managing) = make_requesty(
            &server,
            org,
            json!({"name": "a", "permissions": {"manage": "write", "completions": "write"}}),
        )
        .await;
        let _made = server.bearer(&managing, "POST", "/v1/manage/apikey", json!({"name": "b"})).await.expect(201);
        put(&server, policy("gold", json!({"org_id": org}))).await;
    }
    let all = log(&server, &format!("org={org}")).await;
    assert_eq!(all.len(), 12, "{:?}", actions(&all));
    assert!(texts(&all, "at").iter().rev().is_sorted());
    let of = |name: &str, value: &str| all.iter().filter(|record| record[name] == value).cloned().collect::<Vec<_>>();
    let (mut seen, keys) = (0, [key.as_str(), "00000000-0000-8000-8000-000000000000"]);
    for key in [None, Some(keys[0]), Some(keys[1])] {
        for actor in [None, Some("tyk-admin"), Some("user:olga"), Some("requesty-admin"), Some("nobody")] {
            for action in [None, Some("key.create"), Some("key.replace"), Some("policy.create")] {
                let chosen = [("key_id", key), ("actor", actor), ("action", action)];
                let chosen: Vec<_> = chosen.iter().filter_map(|(name, value)| Some((*name, (*value)?))).collect();
                let expected = all.iter().filter(|record| chosen.iter().all(|(name, value)| record[*name] == *value));
                let expected: Vec<_> = expected.cloned().collect();
                let query: Vec<_> = chosen.iter().map(|(name, value)| format!("{name}={value}")).collect();
                let listed = log(&server, &format!("org={org}&limit=2&{}", query.join("&"))).await;
                assert_eq!(listed, expected, "{query:?}");
                seen += usize::from(!listed.is_empty());
            }
        }
    }
    assert!(seen > 10, "{seen} queries found something");
    let between = log(&server, &format!("org={org}&from=2026-01-15T12:30:00Z&to=2026-01-16")).await;
    assert_eq!(between.len(), 5);
    assert_eq!(log(&server, &format!("org={org}&to=2026-01-15T13:00:00Z")).await.len(), 2, "to is exclusive");
    assert_eq!(log(&server, &format!("org={org}&from=2026-01-15T13:00:00Z")).await.len(), 10, "from is inclusive");
    assert_eq!(of("org_id", org).len(), all.len());
}

#[tokio::test]
async fn pages_of_any_size_have_each_record_once_while_new_ones_come() {
    let server = TestServer::start().await;
    let token = make_tyk(&server, "acme", json!({})).await;
    let id = id_of(&server, &token).await;
    // Days with many records, with few, and without; several records in one millisecond.
    for (records, pause) in [(7, 1), (1, 3 * DAY), (4, 0), (2, 8 * DAY), (6, HOUR)] {
        for number in 0..records {
            put_key(&server, &token, "acme", &number.to_string()).await;
            let _made = make_tyk(&server, "acme", json!({})).await;
        }
        server.clock.advance(pause);
    }
    let all = log(&server, "org=acme").await;
    assert_eq!(all.len(), 41);
    for limit in [1, 2, 3, 7, 20, 41, 100] {
        let (mut listed, mut next) = (Vec::new(), Some(format!("/v1/audit?org=acme&limit={limit}")));
        while let Some(path) = next {
            let (records, after) = page(&server, &path, "records").await;
            listed.extend(records);
            next = after;
            server.clock.advance(1);
            let _made = make_tyk(&server, "acme", json!({"alias": "new"})).await;
        }
        let seen = listed.len();
        listed.retain(|record| all.contains(record));
        assert_eq!(listed, all, "limit {limit}");
        let after = log(&server, "org=acme&action=key.create").await;
        assert!(after.iter().filter(|record| record["after"]["alias"] == "new").count() >= seen - all.len());
    }
    assert_eq!(log(&server, &format!("key_id={id}&limit=3")).await.len(), 21);
}

#[tokio::test]
async fn a_keys_history_leads_through_every_organisation_that_it_was_in() {
    let server = TestServer::start().await;
    let token = make_tyk(&server, "first", json!({"alias": "0"})).await;
    let id = id_of(&server, &token).await;
    let mut orgs = vec!["first"];
    for (number, org) in ["first", "second", "second", "third", "first", "second"].into_iter().enumerate() {
        server.clock.advance([0, HOUR, 3 * DAY][number % 3]);
        put_key(&server, &token, org, &(number + 1).to_string()).await;
        let _noise = make_tyk(&server, org, json!({})).await;
        orgs.push(org);
    }
    let _deleted = server.admin("DELETE", &format!("/tyk/keys/{token}"), ()).await.expect(200);
    for limit in [1, 2, 3, 100] {
        let history = log(&server, &format!("key_id={id}&limit={limit}")).await;
        let aliases: Vec<_> = history.iter().skip(1).map(|record| record["after"]["alias"].clone()).collect();
        assert_eq!(aliases, ["6", "5", "4", "3", "2", "1", "0"], "limit {limit}");
        assert!(history.iter().all(|record| record["key_id"] == id.as_str()));
        let mut of = texts(&history[1..], "org_id");
        of.reverse();
        assert_eq!(of, orgs);
    }
    let moves: Vec<_> =
        log(&server, &format!("key_id={id}")).await.iter().map(|record| record["from_org_id"].clone()).collect();
    assert_eq!(
        moves,
        [
            json!(null),
            json!("first"),
            json!("third"),
            json!("second"),
            json!(null),
            json!("first"),
            json!(null),
            json!(null)
        ]
    );
    let replaced = log(&server, &format!("key_id={id}&action=key.create")).await;
    assert_eq!((replaced.len(), &replaced[0]["org_id"]), (1, &json!("first")), "a filter hides no move from the walk");
    assert_eq!(log(&server, &format!("key_id={id}&org=second")).await.len(), 4, "in one organisation alone");
}

#[tokio::test]
async fn a_key_that_is_made_again_elsewhere_keeps_its_history() {
    let server = TestServer::start().await;
    let path = "/tyk/keys/robot";
    let _made = server.admin("POST", path, latchkey_harness::key("")).await.expect(200);
    let id = id_of(&server, "robot").await;
    let _deleted = server.admin("DELETE", path, ()).await.expect(200);
    server.clock.advance(DAY);
    let _again = server.admin("POST", path, latchkey_harness::key("")).await.expect(200);
    let history = log(&server, &format!("key_id={id}")).await;
    assert_eq!(actions(&history), ["key.create", "key.delete", "key.create"]);
    assert_eq!(log(&server, "org=").await, history, "keys without an organisation have a log too");
}

#[tokio::test]
async fn a_page_reads_a_bounded_number_of_days_and_records() {
    let server = TestServer::start().await;
    let _made = make_tyk(&server, "acme", json!({})).await;
    let cost = async |query: &str| {
        let _before = calls(&server);
        let (records, next) = page(&server, &format!("/v1/audit?{query}"), "records").await;
        (records.len(), next.is_some(), calls(&server))
    };
    let (records, goes_on, calls) = cost("org=acme&limit=1").await;
    assert_eq!((records, goes_on), (1, true));
    assert_cost("gate-list-audit", "the newest record of today", &calls);
    server.clock.advance(40 * DAY);
    let (records, goes_on, calls) = cost("org=acme").await;
    assert_eq!((records, goes_on), (0, false), "the 30 days before");
    assert_cost("gate-list-audit", "30 days without a change", &calls);
    let (records, goes_on, calls) = cost("org=acme&from=2025-01-01").await;
    assert_eq!((records, goes_on, calls.len()), (0, true, 31), "the page ends, the log does not");
    assert_eq!(log(&server, "org=acme&from=2025-01-01").await.len(), 1);
    assert_eq!(log(&server, "org=acme&from=2025-01-01&to=2026-01-16").await.len(), 1);
    assert_eq!(get(&server, "/v1/audit?org=acme&from=2030-01-01&to=2030-01-02").await, json!({"records": []}));
}

#[tokio::test]
async fn a_filter_that_matches_rarely_reads_no_more_than_a_thousand_records_a_page() {
    let server = TestServer::start().await;
    let rare = make_tyk(&server, "acme", json!({})).await;
    let rare = id_of(&server, &rare).await;
    let token = make_tyk(&server, "acme", json!({})).await;
    for number in 0..1100 {
        server.clock.advance(1);
        put_key(&server, &token, "acme", &number.to_string()).await;
    }
    let path = format!("/v1/audit?org=acme&key_id={rare}");
    let (records, next) = page(&server, &path, "records").await;
    assert_eq!((records.len(), next.is_some()), (0, true));
    assert_eq!(page(&server, &next.unwrap(), "records").await.0.len(), 1);
}

#[tokio::test]
async fn records_that_are_too_long_for_one_answer_take_several_pages() {
    let server = TestServer::start().await;
    let token = make_tyk(&server, "acme", json!({"meta_data": {"long": "\"".repeat(15_000)}})).await;
    for number in 0..40 {
        let body = json!({"org_id": "acme", "alias": number.to_string(), "meta_data": {"long": "\"".repeat(15_000)}, "access_rights": {"test": {}}});
        let _put = server.admin("PUT", &format!("/tyk/keys/{token}"), body).await.expect(200);
        server.clock.advance(1);
    }
    let (first, next) = page(&server, "/v1/audit?org=acme", "records").await;
    assert!(first.len() < 41 && next.is_some());
    assert_eq!(log(&server, "org=acme").await.len(), 41);
}

#[tokio::test]
async fn a_query_that_is_wrong_is_refused_with_all_its_faults() {
    let server = TestServer::start().await;
    let refused =
        async |query: &str| faults(&operate(&server, "GET", &format!("/v1/audit{query}"), ()).await.expect(400));
    assert_eq!(refused("").await, ["org is required unless key_id is given"]);
    let expected = [
        "cursor was not returned by this list",
        "from must be a time such as 2026-01-15T12:00:00Z, or a day such as 2026-01-15",
        "key_id must be the id of a key",
        "limit must be a whole number from 1 to 100",
        "more is unknown",
        "org must be the id of an organisation",
    ];
    assert_eq!(refused("?org=a/b&key_id=x&from=then&limit=101&cursor=x&more=1").await, expected);
    assert_eq!(refused("?org=a&from=2026-01-02&to=2026-01-02").await, ["to must be later than from"]);
    for _ in 0..2 {
        let _made = make_tyk(&server, "acme", json!({})).await;
    }
    let next = page(&server, "/v1/audit?org=acme&limit=1", "records").await.1.unwrap();
    let cursor = next.split_once("cursor=").unwrap().1;
    assert_eq!(refused(&format!("?org=other&cursor={cursor}")).await, expected[..1]);
    let unknown = "/v1/audit?key_id=00000000-0000-8000-8000-000000000000";
    let _none = operate(&server, "GET", unknown, ()).await.expect(404);
}
