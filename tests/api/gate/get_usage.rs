//! What was used, as it is told: by hour, day and month, of keys and organisations, live and deleted, page by page.

use std::collections::BTreeMap;
use std::sync::Arc;

use latchkey::embedded::Embedded;
use latchkey_harness::{ADMIN, Fault, Reply, TestServer};
use latchkey_shared::auth::Gateway;
use latchkey_shared::clock::Clock;
use latchkey_shared::keys::KeyId;
use latchkey_shared::orgs::OrgId;
use latchkey_shared::store::HOUR;
use serde_json::{Value, json};

use super::asking::{self, answer, call, code, code_of, edit, make};
use super::faulty::FaultyGate;
use super::interrupted::Interrupted;
use super::money_keys::MoneyKeys;
use super::reports::report;

/// 2026-01-15T12:00:00Z.
const START: i64 = 1_768_478_400_000;

async fn get(server: &TestServer, query: &str) -> Reply {
    let bearer = format!("Bearer {ADMIN}");
    server.send("GET", &format!("/v1/usage{query}"), &[("Authorization", &bearer)], ()).await
}

/// The answer to a query that is understood.
pub(super) async fn usage(server: &TestServer, query: &str) -> Value {
    get(server, query).await.expect(200).json()
}

/// Every page from `query` on: start → requests.
async fn all_pages(server: &TestServer, query: &str) -> (BTreeMap<String, i64>, usize) {
    let (mut periods, mut pages, mut query) = (BTreeMap::new(), 0, query.to_owned());
    loop {
        let reply = get(server, &query).await.expect(200);
        let page = reply.json();
        pages += 1;
        let mut total = 0;
        for period in page["usage"].as_array().unwrap() {
            let (start, requests) = (period["start"].as_str().unwrap(), period["requests"].as_i64().unwrap());
            assert_eq!(periods.insert(start.to_owned(), requests), None, "{start} is on two pages");
            total += requests;
        }
        assert_eq!(page["total"]["requests"], total);
        let Some(next) = page.get("next") else {
            assert_eq!(reply.header("link"), "");
            return (periods, pages);
        };
        let next = next.as_str().unwrap();
        assert_eq!(reply.header("link"), format!("<{next}>; rel=\"next\""));
        query = next.strip_prefix("/v1/usage").unwrap().to_owned();
    }
}

/// The id of a key.
async fn id_of(server: &TestServer, token: &str) -> String {
    answer(server, json!({"key": token, "api": "test", "cost": 0})).await["key_id"].as_str().unwrap().to_owned()
}

fn time(hour: i64) -> String {
    jiff::Timestamp::from_second(hour * 3600).unwrap().to_string()
}

#[tokio::test]
async fn every_resolution_sums_to_what_was_admitted_over_months_of_roll_ups_and_lives() {
    let server = TestServer::start().await;
    let path = "/tyk/keys/robot?org_id=default";
    let body = super::asking::key_with(&json!({"quota_max": 3, "quota_renewal_rate": 7200}));
    let _made = server.admin("POST", path, &body).await.expect(200);
    let id = id_of(&server, "defaultrobot").await;
    let mut admitted = BTreeMap::<i64, i64>::new();
    for n in 0..90 {
        for _ in 0..=n % 5 {
            if code(&server, "defaultrobot").await == "ok" {
                *admitted.entry(server.clock.now() / HOUR).or_default() += 1;
            }
        }
        if n % 20 == 19 {
            let _deleted = server.admin("DELETE", path, ()).await.expect(200);
            server.clock.advance(HOUR);
            let _made = server.admin("POST", path, &body).await.expect(200);
        }
        server.clock.advance(HOUR * (1 + n % 40));
    }
    let months = 3;
    for whose in ["org=default".to_owned(), format!("key_id={id}")] {
        let query = |resolution| format!("?{whose}&from=2026-01-01&resolution={resolution}");
        let hours: BTreeMap<_, _> = admitted.iter().map(|(hour, admitted)| (time(*hour), *admitted)).collect();
        assert_eq!(all_pages(&server, &query("hour")).await, (hours, months));
        let (mut by_day, mut by_month) = (BTreeMap::new(), BTreeMap::new());
        for (hour, admitted) in &admitted {
            let hour = time(*hour);
            *by_day.entry(format!("{}T00:00:00Z", &hour[..10])).or_default() += admitted;
            *by_month.entry(format!("{}-01T00:00:00Z", &hour[..7])).or_default() += admitted;
        }
        assert_eq!(all_pages(&server, &query("day")).await, (by_day, months));
        assert_eq!(all_pages(&server, &query("month")).await, (by_month, months));
    }
}

#[tokio::test]
async fn everything_that_was_used_is_told_with_all_its_digits() {
    let server = TestServer::start().await;
    let key = MoneyKeys::of(&server).make(None, server.clock.now()).await;
    let _admitted = answer(&server, json!({"key": key.token, "api": "test", "cost": 5})).await;
    for (id, spend) in [("1", "999999.000000001"), ("2", "0.100000")] {
        let body =
            json!({"key": key.token, "id": id, "spend": spend, "requests": 1, "input_tokens": 7, "output_tokens": 2});
        let _counted = report(&server, body).await.expect(200);
    }
    server.clock.advance(HOUR);
    let body = json!({"key": key.token, "id": "3", "requests": 1});
    let _counted = report(&server, body).await.expect(200);
    let text = get(&server, &format!("?key_id={}&resolution=hour", key.id)).await.expect(200).text;
    let sums = r#""spend":999999.100000001,"input_tokens":14,"output_tokens":4}"#;
    let first = format!(r#"{{"start":"2026-01-15T12:00:00Z","requests":7,{sums}"#);
    let second = r#"{"start":"2026-01-15T13:00:00Z","requests":1,"spend":0,"input_tokens":0,"output_tokens":0}"#;
    let total = format!(r#"{{"requests":8,{sums}"#);
    assert_eq!(text, format!("{{\"usage\":[{first},{second}],\"total\":{total}}}\n"));
}

#[tokio::test]
async fn a_time_is_rounded_out_to_whole_hours_and_the_present_month_is_the_default() {
    let server = TestServer::start().await;
    let token = make(&server, json!({})).await;
    let id = id_of(&server, &token).await;
    for _ in 0..4 {
        let _call = call(&server, &token).await;
        server.clock.advance(HOUR);
    }
    // Used at 12, 13, 14 and 15 o'clock; now it is 16.
    let total = async |times: &str| usage(&server, &format!("?key_id={id}{times}")).await["total"]["requests"].clone();
    for (times, requests) in [
        ("", 4),
        ("&from=2026-01-15", 4),
        ("&from=2026-01-16&to=2026-01-17", 0),
        ("&to=2026-01-15", 0),
        ("&from=2026-01-15T13:00:00Z", 3),
        ("&from=2026-01-15T13:59:59.999Z", 3),
        ("&from=2026-01-15T14:00:00Z&to=2026-01-15T15:00:00Z", 1),
        ("&from=2026-01-15T14:00:00Z&to=2026-01-15T15:00:00.001Z", 2),
        ("&from=2026-01-15T16:00:00%2B01:00&to=2026-01-15T16:00:00%2B00:00", 1),
        ("&from=1969-12-31&to=1970-01-02", 0),
        ("&from=2026-01-01&to=9999-12-30", 4),
        ("&from=9990-01-01&to=9999-12-30", 0),
    ] {
        assert_eq!(total(times).await, requests, "{times}");
    }
    let far = usage(&server, &format!("?key_id={id}&from=2026-01-01&to=9999-12-30")).await;
    assert_eq!(far.get("next"), None, "nothing was used in the future");
    let first = usage(&server, &format!("?key_id={id}&from=1970-01-01")).await;
    let next =
        format!("/v1/usage?key_id={id}&from=1970-02-01T00%3A00%3A00Z&to=2026-01-15T17%3A00%3A00Z&resolution=day");
    assert_eq!(first, json!({"usage": [], "total": first["total"], "next": next}));
}

#[tokio::test]
async fn an_organisation_is_told_of_all_its_keys_and_one_without_a_name_too() {
    let server = TestServer::start().await;
    let keys = MoneyKeys::of(&server);
    let [tyk, gone] = [make(&server, json!({})).await, make(&server, json!({})).await];
    let other = make(&server, json!({"org_id": ""})).await;
    let requesty = keys.make(None, server.clock.now()).await;
    for (token, cost) in [(&tyk, 1), (&gone, 10), (&other, 100), (&requesty.token, 1000)] {
        assert_eq!(code_of(&server, json!({"key": token, "api": "test", "cost": cost})).await, "ok");
    }
    let id = id_of(&server, &gone).await;
    let _deleted = server.admin("DELETE", &format!("/tyk/keys/{gone}"), ()).await.expect(200);
    let total = async |query: &str| usage(&server, query).await["total"]["requests"].clone();
    assert_eq!(total("?org=default").await, 1011);
    assert_eq!(total("?org=").await, 100);
    assert_eq!(total("?org=nobody").await, 0);
    assert_eq!(total(&format!("?key_id={id}")).await, 10, "a deleted key's use stays");
    let unknown = get(&server, "?key_id=00000000-0000-8000-8000-000000000000").await.expect(404).json();
    assert_eq!(unknown, json!({"error": {"message": "there is no such key"}}));
}

#[tokio::test]
async fn the_use_of_a_key_that_moved_stays_with_the_organisation_that_it_was_rolled_up_for() {
    let server = TestServer::start().await;
    let token = make(&server, json!({})).await;
    for _ in 0..9 {
        assert_eq!(code(&server, &token).await, "ok");
        server.clock.advance(HOUR);
    }
    edit(&server, &token, json!({"org_id": "other"})).await;
    assert_eq!(code(&server, &token).await, "ok");
    let of = async |org: &str| usage(&server, &format!("?org={org}")).await["total"]["requests"].as_i64().unwrap();
    // The ninth call moved eight hours; the ninth hour is still in the key.
    assert_eq!((of("default").await, of("other").await), (8, 2));
    edit(&server, &token, json!({"org_id": "third"})).await;
    assert_eq!((of("default").await, of("other").await, of("third").await), (8, 0, 2));
    let _deleted = server.admin("DELETE", &format!("/tyk/keys/{token}"), ()).await.expect(200);
    assert_eq!((of("default").await, of("other").await, of("third").await), (8, 0, 2));
}

#[tokio::test]
async fn every_fault_of_a_query_is_named() {
    let server = TestServer::start().await;
    let faults = async |query: &str| asking::faults(&get(&server, query).await.expect(400));
    let time = |name: &str| format!("{name} must be a time such as 2026-01-15T12:00:00Z, or a day such as 2026-01-15");
    assert_eq!(faults("").await, ["org is required unless key_id is given"]);
    assert_eq!(faults("?org=a&key_id=b").await, ["key_id cannot be combined with org"]);
    assert_eq!(faults("?key_id=").await, ["key_id must be the id of a key"]);
    assert_eq!(faults("?org=a%2Fb").await, ["org must be the id of an organisation"]);
    assert_eq!(faults("?org=a&from=2026-01-15&to=2026-01-15").await, ["to must be later than from"]);
    assert_eq!(faults("?org=a&from=2027-01-01").await, ["to must be later than from"], "that is now");
    for wrong in
        ["", "now", "2026-13-01", "2026-01-15T12:00:00", "1768478400", "-9999-01-01T00:00:00Z!", "2026-01-1%CC"]
    {
        assert_eq!(faults(&format!("?org=a&from={wrong}")).await, [time("from")], "{wrong}");
    }
    let all = "?org=a&from=x&to=y&resolution=week&page=2";
    let mut expected = vec![time("from"), time("to"), "resolution must be hour, day or month".into()];
    expected.push("page is unknown".into());
    expected.sort();
    assert_eq!(faults(all).await, expected);
    assert_eq!(server.watch.calls(), []);
    let refused = server.send("GET", "/v1/usage?org=a", &[("Authorization", "Bearer wrong")], ()).await.expect(401);
    assert_eq!(refused.json(), json!({"error": {"message": "the admin secret is missing or wrong"}}));
}

#[tokio::test]
async fn a_failing_store_is_told_as_one() {
    let server = TestServer::start().await;
    let token = make(&server, json!({})).await;
    let id = id_of(&server, &token).await;
    assert_eq!(code(&server, &token).await, "ok");
    server.clock.advance(HOUR);
    for (query, operation) in [
        (format!("?key_id={id}"), "GetItem"),
        (format!("?key_id={id}"), "BatchGetItem"),
        ("?org=default".into(), "BatchGetItem"),
        ("?org=default".into(), "Query"),
        ("?org=default".into(), "TransactWriteItems"),
    ] {
        server.watch.fail_next(operation, Fault::Refuse);
        let failed = get(&server, &query).await.expect(503);
        assert!(server.watch.all_faults_happened());
        assert_eq!((failed.header("retry-after"), failed.text_of_error()), ("1", "the store failed: try again".into()));
    }
}

/// What a reply's error says.
trait TextOfError {
    fn text_of_error(&self) -> String;
}

impl TextOfError for Reply {
    fn text_of_error(&self) -> String {
        self.json()["error"]["message"].as_str().unwrap().to_owned()
    }
}

#[tokio::test]
async fn whatever_happens_while_it_is_read_no_hour_is_lost_or_counted_twice() {
    // Of an organisation: the open days, the totals, the key, its roll-up unless its last hour is the present one, and the
    // totals again.
    for (of_org, idle, calls) in [(true, true, 5), (true, false, 4), (false, true, 2)] {
        for at in 0..calls {
            for deletes in [false, true] {
                let (database, clock) = (Embedded::new(dynoxide::Database::memory().unwrap()), Clock::manual(START));
                let server = Arc::new(TestServer::on(database.clone(), clock.clone(), &[]).await);
                let gate = FaultyGate::on(database.clone(), clock);
                let token = make(&server, json!({})).await;
                let id = KeyId::parse(&id_of(&server, &token).await).unwrap();
                let mut admitted = BTreeMap::new();
                for cost in 1..=8 {
                    let _ok = answer(&server, json!({"key": token, "api": "test", "cost": cost})).await;
                    admitted.insert(server.clock.now() / HOUR, cost);
                    server.clock.advance(3 * HOUR);
                }
                if !idle {
                    server.clock.advance(-3 * HOUR);
                }
                let now = server.clock.now() / HOUR;
                let there = server.clone();
                let event = Box::pin(async move {
                    there.clock.advance(if idle { 0 } else { HOUR });
                    // The ninth hour needs room, so that the other eight are rolled up.
                    assert!(gate.call(&token).await.is_some());
                    if deletes {
                        let _deleted = there.admin("DELETE", &format!("/tyk/keys/{token}"), ()).await.expect(200);
                    }
                });
                let (interrupted, store) = Interrupted::store(database, at, event);
                let (hours, gate) = (START / HOUR..now + 1, Gateway::admitted_outside().scope());
                let mut found = if of_org {
                    let org = OrgId::parse("default").unwrap();
                    store.usage_in_all_dialects(gate, &org, hours, now * HOUR).await.unwrap()
                } else {
                    let key = store.key_use(gate, id).await.unwrap().unwrap();
                    store.usage_of_key(&key, hours).await.unwrap()
                };
                assert!(interrupted.happened().await, "there is no call number {at}");
                // The ninth call came before the keys were read, or after.
                found.retain(|hour, _| admitted.contains_key(hour));
                let found: BTreeMap<_, _> = found.into_iter().map(|(hour, used)| (hour, used.requests)).collect();
                assert_eq!(
                    found, admitted,
                    "before call {at}, of an organisation: {of_org}, idle: {idle}, deleting: {deletes}"
                );
            }
        }
    }
}
