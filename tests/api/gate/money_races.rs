//! Money under real concurrency: many callers of several servers reserve and report at once, with and without failures.

use aws_sdk_dynamodb::types::AttributeValue;
use futures_util::future::join_all;
use latchkey::embedded::Embedded;
use latchkey_harness::{Fault, TestServer};
use latchkey_shared::clock::Clock;
use latchkey_shared::store::Table;
use serde_json::{Value, json};

use super::asking::ask;
use super::get_usage::usage;
use super::money_keys::{MoneyKey, MoneyKeys};
use super::reports::report;

const CALLERS: usize = 24;
const SERVERS: usize = 3;
/// What each call reserves, and what the limit is, in billionths.
const EACH: i64 = 100_000_000;
const LIMIT: i64 = 5_000_000_000;

/// Several servers on one database, and a key with a limit.
async fn servers() -> (Vec<TestServer>, MoneyKey) {
    let (database, clock) = (Embedded::new(dynoxide::Database::memory().unwrap()), Clock::manual(1_768_478_400_000));
    let servers = join_all((0..SERVERS).map(|_| TestServer::on(database.clone(), clock.clone(), &[]))).await;
    let key = MoneyKeys::of(&servers[0]).make(Some("5"), servers[0].clock.now()).await;
    (servers, key)
}

/// Every caller reserves four times: the ids of what was reserved.
async fn reserve_all(servers: &[TestServer], key: &MoneyKey, before: impl Fn(&TestServer)) -> Vec<String> {
    let callers = (0..CALLERS).map(async |caller| {
        let (server, mut ids) = (&servers[caller % SERVERS], Vec::new());
        for _ in 0..4 {
            before(server);
            let reply = ask(server, json!({"key": key.token, "api": "test", "spend": "0.1"})).await;
            assert!(matches!(reply.status, 200 | 503), "{reply:?}");
            ids.extend(reply.json()["reservation"]["id"].as_str().map(str::to_owned));
            tokio::task::yield_now().await;
        }
        ids
    });
    join_all(callers).await.concat()
}

/// Every id is reported to all servers at once, over and over until each has heard: how often it was counted.
async fn report_all(
    servers: &[TestServer],
    key: &MoneyKey,
    ids: &[String],
    spend: &str,
    before: impl Fn(&TestServer),
) -> Vec<usize> {
    let of_one = async |id: &String| {
        let tellers = servers.iter().map(async |server| {
            loop {
                before(server);
                let reply = report(server, json!({"key": key.token, "id": id, "spend": spend})).await;
                match reply.status {
                    200 => return reply.json()["counted"] == true,
                    status => assert_eq!(status, 503, "{reply:?}"),
                }
            }
        });
        join_all(tellers).await.into_iter().filter(|counted| *counted).count()
    };
    join_all(ids.iter().map(of_one)).await
}

fn number(value: &AttributeValue) -> i64 {
    value.as_n().unwrap().parse().unwrap()
}

/// What the item says was spent.
async fn spent(server: &TestServer) -> i64 {
    let items = server.items(Table::Keys).await;
    let item = items.iter().find(|item| item.contains_key("sl")).unwrap();
    number(&item["sm"]) - number(&item["sl"])
}

/// What `Usage` says was spent.
async fn counted(server: &TestServer) -> Value {
    usage(server, "?org=default").await["total"]["spend"].clone()
}

/// Fails about one write in six of the server that is about to be asked.
fn fail_now_and_then(server: &TestServer) {
    let operation = ["UpdateItem", "TransactWriteItems"][fastrand::usize(0..2)];
    match fastrand::u8(0..12) {
        0 => server.watch.fail_next(operation, Fault::Refuse),
        1 => server.watch.fail_next(operation, Fault::LoseAnswer),
        2 => server.watch.fail_next(operation, Fault::Conflict),
        _ => {}
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_months_money_is_reserved_exactly_and_each_reservation_settled_once() {
    let (servers, key) = servers().await;
    let ids = reserve_all(&servers, &key, |_| ()).await;
    assert_eq!(ids.len() as i64, LIMIT / EACH, "never over, exactly full");
    assert_eq!(spent(&servers[0]).await, LIMIT);
    let counts = report_all(&servers, &key, &ids, "0.05", |_| ()).await;
    assert!(counts.iter().all(|counted| *counted == 1), "{counts:?}");
    assert_eq!((spent(&servers[0]).await, counted(&servers[0]).await), (LIMIT / 2, json!(2.5)));
    let again = reserve_all(&servers, &key, |_| ()).await;
    assert_eq!(again.len() as i64, LIMIT / 2 / EACH, "what came back is to be had again");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn reports_and_reservations_at_the_same_moment_do_not_undo_each_other() {
    let (servers, key) = servers().await;
    let first: Vec<_> = reserve_all(&servers, &key, |_| ()).await;
    let own: Vec<_> = (0..20).map(|n| format!("call-{n}")).collect();
    let (settled, reported, reserved) = tokio::join!(
        report_all(&servers, &key, &first, "0.05", |_| ()),
        report_all(&servers, &key, &own, "0.01", |_| ()),
        reserve_all(&servers, &key, |_| ()),
    );
    assert!(settled.iter().chain(&reported).all(|counted| *counted == 1));
    let expected = first.len() as i64 * 50_000_000 + 20 * 10_000_000 + reserved.len() as i64 * EACH;
    assert_eq!(spent(&servers[0]).await, expected);
    assert_eq!(counted(&servers[0]).await, json!(2.7));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn failures_before_and_after_any_write_never_spend_more_and_count_every_report_once() {
    for _ in 0..3 {
        let (servers, key) = servers().await;
        let ids = reserve_all(&servers, &key, fail_now_and_then).await;
        let reserved = spent(&servers[0]).await;
        assert!(ids.len() as i64 * EACH <= reserved && reserved <= LIMIT, "{} {reserved}", ids.len());
        let counts = report_all(&servers, &key, &ids, "0.02", fail_now_and_then).await;
        // Where the answer got lost, nobody heard that it was counted.
        assert!(counts.iter().all(|counted| *counted <= 1), "{counts:?}");
        let settled = ids.len() as i64 * 20_000_000;
        assert_eq!(spent(&servers[0]).await, reserved - ids.len() as i64 * EACH + settled);
        assert_eq!(counted(&servers[0]).await.as_f64(), Some(settled as f64 / 1e9));
    }
}
