//! Calls, reports, changes of keys and readers of an organisation's use at the same time, on several servers, while
//! hours and days end and transactions fail: what is read was used by then, and in the end nothing is missing or double.

use std::sync::atomic::{AtomicI64, Ordering};

use futures_util::future::join_all;
use latchkey::embedded::Embedded;
use latchkey_harness::{ADMIN, Fault, TestServer, assert_usage_adds_up};
use latchkey_shared::clock::Clock;
use latchkey_shared::store::Table;
use serde_json::json;

use super::asking::{ask, key_with};

const CALLERS: usize = 12;
const STEPS: usize = 50;
const KEYS: usize = 5;
const MINUTE: i64 = 60_000;
const ORGS: [&str; 2] = ["default", "other"];

/// What was used of the keys, as far as their users know.
#[derive(Default)]
struct Known {
    /// What may be counted.
    started: AtomicI64,
    /// What must be counted.
    done: AtomicI64,
}

/// Several servers on one database, with one clock, and keys of the first organisation.
async fn servers() -> Vec<TestServer> {
    let (database, clock) = (Embedded::new(dynoxide::Database::memory().unwrap()), Clock::manual(1_768_478_400_000));
    let servers = join_all((0..3).map(|_| TestServer::on(database.clone(), clock.clone(), &[]))).await;
    for key in 0..KEYS {
        put(&servers[0], key, ORGS[0], "").await;
    }
    servers
}

fn token(key: usize) -> String {
    format!("defaultkey{key}")
}

/// Makes the key, or replaces it, until an answer says so.
async fn put(server: &TestServer, key: usize, org: &str, alias: &str) {
    let body = key_with(&json!({"rate": 0, "org_id": org, "alias": alias}));
    while server.admin("PUT", &format!("/tyk/keys/{}", token(key)), &body).await.status != 200 {}
}

async fn delete(server: &TestServer, key: usize) {
    let path = format!("/tyk/keys/{}", token(key));
    while !matches!(server.admin("DELETE", &path, ()).await.status, 200 | 404) {}
}

/// What the organisation used, unless the store failed.
async fn used(server: &TestServer, org: &str) -> Option<i64> {
    let path = format!("/v1/usage?org={org}&from=2026-01-01&resolution=hour");
    let reply = server.bearer(ADMIN, "GET", &path, ()).await;
    assert!(matches!(reply.status, 200 | 503), "{reply:?}");
    (reply.status == 200).then(|| reply.json()["total"]["requests"].as_i64().unwrap())
}

/// Calls the API with a key.
async fn call(server: &TestServer, known: &Known, key: usize) {
    known.started.fetch_add(1, Ordering::SeqCst);
    let reply = ask(server, json!({"key": token(key), "api": "test"})).await;
    if reply.status == 200 && reply.json()["allowed"] == true {
        known.done.fetch_add(1, Ordering::SeqCst);
    } else {
        known.started.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Reports a request, until an answer says that it is counted.
async fn report(server: &TestServer, known: &Known, key: usize, id: &str) {
    known.started.fetch_add(1, Ordering::SeqCst);
    let body = json!({"key": token(key), "id": id, "requests": 1});
    while server.bearer(ADMIN, "POST", "/v1/keys/usage", &body).await.status != 200 {}
    known.done.fetch_add(1, Ordering::SeqCst);
}

/// Nobody reads less than was used before, or more than may have been used by now.
async fn read(server: &TestServer, known: &Known) {
    let before = known.done.load(Ordering::SeqCst);
    let Some(used) = used(server, ORGS[0]).await else { return };
    let after = known.started.load(Ordering::SeqCst);
    assert!((before..=after).contains(&used), "{used} read, {before} to {after} used");
}

/// Makes the server's next call of some kind fail, none of which may count twice.
fn fail_now_and_then(server: &TestServer) {
    let (operation, fault) = match fastrand::u8(0..40) {
        0 => ("TransactWriteItems", Fault::Refuse),
        1 => ("TransactWriteItems", Fault::LoseAnswer),
        2 => ("TransactWriteItems", Fault::Conflict),
        3 => ("UpdateItem", Fault::Conflict),
        4 => ("BatchGetItem", Fault::Refuse),
        5 => ("Query", Fault::Refuse),
        _ => return,
    };
    server.watch.fail_next(operation, fault);
}

/// Runs all callers. `change` changes a key; the number differs each time.
async fn storm(servers: &[TestServer], known: &Known, reads: bool, change: impl AsyncFn(&TestServer, usize, usize)) {
    let callers = (0..CALLERS).map(async |caller| {
        let server = &servers[caller % servers.len()];
        for step in 0..STEPS {
            let key = fastrand::usize(0..KEYS);
            fail_now_and_then(server);
            match fastrand::u8(0..12) {
                0..6 => call(server, known, key).await,
                6 | 7 => report(server, known, key, &format!("{caller}-{step}")).await,
                8 => change(server, key, caller * STEPS + step).await,
                9 => server.clock.advance(25 * MINUTE),
                _ if reads => read(server, known).await,
                _ => drop(used(server, ORGS[step % 2]).await),
            }
            tokio::task::yield_now().await;
        }
    });
    let _done = join_all(callers).await;
}

async fn in_the_end(server: &TestServer, org: &str) -> i64 {
    loop {
        if let Some(used) = used(server, org).await {
            return used;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn every_reader_sees_what_was_used_before_and_nothing_twice() {
    let servers = servers().await;
    let known = Known::default();
    let revive = async |server: &TestServer, key: usize, n: usize| {
        if n.is_multiple_of(2) {
            delete(server, key).await;
        }
        put(server, key, ORGS[0], &n.to_string()).await;
    };
    storm(&servers, &known, true, revive).await;
    let done = known.done.load(Ordering::SeqCst);
    assert!(done > 100, "{done}");
    for _ in 0..2 {
        assert_eq!(in_the_end(&servers[1], ORGS[0]).await, done);
        servers[1].clock.advance(60 * MINUTE);
    }
    assert_usage_adds_up(&servers[0].items(Table::Keys).await, &servers[0].items(Table::Usage).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_use_of_keys_that_move_is_of_one_organisation_or_the_other() {
    let servers = servers().await;
    let known = Known::default();
    let anything = async |server: &TestServer, key: usize, n: usize| {
        if n.is_multiple_of(3) {
            delete(server, key).await;
        }
        put(server, key, ORGS[n % 2], &n.to_string()).await;
    };
    storm(&servers, &known, false, anything).await;
    let done = known.done.load(Ordering::SeqCst);
    assert!(done > 100, "{done}");
    for _ in 0..2 {
        assert_usage_adds_up(&servers[0].items(Table::Keys).await, &servers[0].items(Table::Usage).await);
        assert_eq!(in_the_end(&servers[1], ORGS[0]).await + in_the_end(&servers[2], ORGS[1]).await, done);
        servers[1].clock.advance(60 * MINUTE);
    }
}
