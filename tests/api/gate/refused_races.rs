//! Refusals by the organisation against edits, moves, deletions and revivals of the same keys at the same time: use equals
//! admissions, and no unit is lost or gained while counters run on.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};

use aws_sdk_dynamodb::types::AttributeValue;
use futures_util::future::join_all;
use latchkey::embedded::Embedded;
use latchkey_harness::TestServer;
use latchkey_shared::clock::Clock;
use latchkey_shared::store::Table;
use serde_json::json;

use super::asking::{ask, key_with, limit_org};

const CALLERS: usize = 16;
const CALLS: usize = 25;
const QUOTA: i64 = 100_000;
const TOKENS: [&str; 2] = ["defaultone", "defaulttwo"];

fn number(value: &AttributeValue) -> i64 {
    value.as_n().unwrap().parse().unwrap()
}

/// Several servers on one database, two keys, and organisations that admit 40 calls each.
async fn servers() -> Vec<TestServer> {
    let (database, clock) = (Embedded::new(dynoxide::Database::memory().unwrap()), Clock::manual(1_768_478_400_000));
    let servers = join_all((0..3).map(|_| TestServer::on(database.clone(), clock.clone(), &[]))).await;
    for org in ["default", "other"] {
        limit_org(&servers[0], org, json!({"quota_max": 40, "quota_renewal_rate": 0})).await;
    }
    for token in TOKENS {
        put(&servers[0], token, "", "default", 0).await;
    }
    servers
}

/// Makes or replaces a key; `n` makes it another one.
async fn put(server: &TestServer, token: &str, query: &str, org: &str, n: usize) {
    let quota = json!({"quota_max": QUOTA, "quota_renewal_rate": 3600, "org_id": org, "alias": format!("{n}")});
    let _put = server.admin("PUT", &format!("/tyk/keys/{token}{query}"), key_with(&quota)).await.expect(200);
}

async fn delete(server: &TestServer, token: &str) {
    let _deleted = server.admin("DELETE", &format!("/tyk/keys/{token}"), ()).await.expect(200);
}

/// Callers of both keys, while `change` goes on until all are answered: how many were admitted and refused.
async fn storm(servers: &[TestServer], change: impl AsyncFn(&TestServer, &str, usize)) -> (i64, BTreeMap<String, i64>) {
    let done = AtomicBool::new(false);
    let callers = async {
        let callers = (0..CALLERS).map(async |caller| {
            let mut codes = Vec::new();
            for call in 0..CALLS {
                let token = TOKENS[(caller + call) % 2];
                let reply = ask(&servers[caller % servers.len()], json!({"key": token, "api": "test"})).await;
                let code = if reply.status == 200 { reply.text_of("code") } else { reply.status.to_string() };
                codes.push(code);
                tokio::task::yield_now().await;
            }
            codes
        });
        let codes = join_all(callers).await.concat();
        done.store(true, Ordering::SeqCst);
        codes
    };
    let changes = async {
        let mut n = 0;
        while !done.load(Ordering::SeqCst) {
            n += 1;
            change(&servers[n % servers.len()], TOKENS[n % 2], n).await;
        }
        n
    };
    let (codes, changes) = tokio::join!(callers, changes);
    assert!(changes > 5, "{changes} changes");
    let mut counts = BTreeMap::new();
    codes.into_iter().for_each(|code| *counts.entry(code).or_insert(0) += 1);
    (counts.get("ok").copied().unwrap_or_default(), counts)
}

/// What the hours of all keys sum to, live and deleted; none is moved to rows within an hour.
async fn used(server: &TestServer) -> i64 {
    let items = server.items(Table::Keys).await;
    items.iter().flat_map(|item| item["u"].as_m().unwrap().values()).map(number).sum()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn edits_that_keep_the_counters_lose_neither_use_nor_units() {
    let servers = servers().await;
    let edit = async |server: &TestServer, token: &str, n| put(server, token, "?suppress_reset=1", "default", n).await;
    let (admitted, counts) = storm(&servers, edit).await;
    assert!(admitted > 0 && counts["org_quota_exceeded"] > 0, "{counts:?}");
    let left: i64 = servers[0].items(Table::Keys).await.iter().map(|item| QUOTA - number(&item["ql"])).sum();
    assert_eq!((used(&servers[0]).await, left), (admitted, admitted), "{counts:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn edits_that_lift_limits_and_put_them_back_lose_neither_use_nor_units() {
    let servers = servers().await;
    let lift = async |server: &TestServer, token: &str, n: usize| {
        let max = if n % 4 < 2 { -1 } else { QUOTA };
        let quota = json!({"quota_max": max, "quota_renewal_rate": 3600, "alias": format!("{n}")});
        let path = format!("/tyk/keys/{token}?suppress_reset=1");
        let _put = server.admin("PUT", &path, key_with(&quota)).await.expect(200);
    };
    let (admitted, counts) = storm(&servers, lift).await;
    assert!(admitted > 0 && counts["org_quota_exceeded"] > 0, "{counts:?}");
    assert_eq!(used(&servers[0]).await, admitted, "{counts:?}");
    for token in TOKENS {
        put(&servers[0], token, "?suppress_reset=1", "default", 0).await;
    }
    let taken: i64 = servers[0].items(Table::Keys).await.iter().map(|item| QUOTA - number(&item["ql"])).sum();
    assert!(
        (0..=admitted).contains(&taken),
        "{taken} units gone, {counts:?}: what was called without a limit is not counted"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn use_equals_admissions_whatever_becomes_of_the_keys_meanwhile() {
    let servers = servers().await;
    let anything = async |server: &TestServer, token: &str, n: usize| match n / 2 % 5 {
        0 => put(server, token, "?suppress_reset=1", "default", n).await,
        1 => put(server, token, "", "default", n).await,
        2 => put(server, token, "?suppress_reset=1", "other", n).await,
        3 => put(server, token, "?suppress_reset=1", "default", n).await,
        _ => {
            delete(server, token).await;
            put(server, token, "", "default", n).await;
        }
    };
    let (admitted, counts) = storm(&servers, anything).await;
    assert!(admitted > 0 && counts["org_quota_exceeded"] > 0, "{counts:?}");
    assert_eq!(used(&servers[0]).await, admitted, "{counts:?}");
    for item in servers[0].items(Table::Keys).await {
        assert!((0..=QUOTA).contains(&number(&item["ql"])), "{item:?}");
    }
}
