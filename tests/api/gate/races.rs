//! Real concurrency: many callers of several servers on one store, with and without failures. Never more than the
//! limit is admitted in any window; exactly the limit where nothing fails.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, Ordering};

use aws_sdk_dynamodb::types::AttributeValue;
use futures_util::future::join_all;
use latchkey::embedded::Embedded;
use latchkey_harness::{Fault, TestServer};
use latchkey_shared::clock::Clock;
use latchkey_shared::store::Table;
use serde_json::{Value, json};

use super::asking::{ask, limit_org, make};

const CALLERS: usize = 32;
const SERVERS: usize = 3;

/// Several servers on one database, with one clock.
async fn servers() -> Vec<TestServer> {
    let (database, clock) = (Embedded::new(dynoxide::Database::memory().unwrap()), Clock::manual(1_768_478_400_000));
    join_all((0..SERVERS).map(|_| TestServer::on(database.clone(), clock.clone(), &[]))).await
}

/// Every caller asks `calls` times, of its own server, for one token after the other: the answers, with the number
/// of the token. `before` runs before each call.
async fn storm(
    servers: &[TestServer],
    tokens: &[String],
    calls: usize,
    before: impl Fn(&TestServer),
) -> Vec<(usize, Value)> {
    let callers = (0..CALLERS).map(async |caller| {
        let server = &servers[caller % SERVERS];
        let mut answers = Vec::new();
        for call in 0..calls {
            let token = (caller + call) % tokens.len();
            before(server);
            let reply = ask(server, json!({"key": tokens[token], "api": "test"})).await;
            assert!(matches!(reply.status, 200 | 503), "{reply:?}");
            answers.push((token, reply.json()));
            tokio::task::yield_now().await;
        }
        answers
    });
    join_all(callers).await.concat()
}

fn admitted(answers: &[(usize, Value)], token: usize) -> i64 {
    let admitted = answers.iter().filter(|(of, answer)| *of == token && answer["allowed"] == true);
    i64::try_from(admitted.count()).unwrap()
}

fn number(value: &AttributeValue) -> i64 {
    value.as_n().unwrap().parse().unwrap()
}

/// Fails about one update in ten of the server that is about to be asked.
fn fail_now_and_then(server: &TestServer) {
    match fastrand::u8(0..30) {
        0 => server.watch.fail_next("UpdateItem", Fault::Refuse),
        1 => server.watch.fail_next("UpdateItem", Fault::LoseAnswer),
        2 => server.watch.fail_next("UpdateItem", Fault::Conflict),
        _ => {}
    }
}

/// What each key has used of its quota of `max` is what its hours say.
async fn assert_in_step(server: &TestServer, max: i64) {
    for item in server.items(Table::Keys).await {
        let used: i64 = item["u"].as_m().unwrap().values().map(number).sum();
        let left = number(&item["ql"]);
        assert_eq!(left + used, max);
        assert!((0..=max).contains(&left));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_key_admits_exactly_its_quota_to_callers_of_several_servers() {
    let servers = servers().await;
    let token = make(&servers[0], json!({"quota_max": 50, "quota_renewal_rate": 3600})).await;
    let answers = storm(&servers, &[token], 4, |_| ()).await;
    assert_eq!(admitted(&answers, 0), 50);
    assert!(answers.iter().all(|(_, answer)| matches!(answer["code"].as_str(), Some("ok" | "quota_exceeded"))));
    let mut remaining: Vec<_> = answers
        .iter()
        .filter(|(_, answer)| answer["allowed"] == true)
        .map(|(_, answer)| answer["quota"]["remaining"].as_i64())
        .collect();
    remaining.sort_unstable();
    assert_eq!(remaining, (0..50).map(Some).collect::<Vec<_>>(), "every unit was given to one caller");
    assert_in_step(&servers[0], 50).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_keys_share_exactly_the_quota_of_their_organisation() {
    let servers = servers().await;
    limit_org(&servers[0], "default", json!({"quota_max": 70, "quota_renewal_rate": 3600})).await;
    let quota = json!({"quota_max": 50, "quota_renewal_rate": 3600});
    let tokens = [make(&servers[0], quota.clone()).await, make(&servers[0], quota).await];
    let answers = storm(&servers, &tokens, 6, |_| ()).await;
    let of_keys = [admitted(&answers, 0), admitted(&answers, 1)];
    assert!(of_keys.iter().all(|admitted| *admitted <= 50), "{of_keys:?}");
    assert_eq!(of_keys.iter().sum::<i64>(), 70);
    let decided = answers.iter().all(|(_, answer)| answer["code"].is_string());
    assert!(decided, "no call went without a decision");
    assert_in_step(&servers[0], 50).await;
    let used: i64 = servers[0].items(Table::Keys).await.iter().map(|item| 50 - number(&item["ql"])).sum();
    assert_eq!(used, 70, "what the organisation refused came back to the keys");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn failures_before_and_after_any_update_never_admit_more() {
    for _ in 0..3 {
        let servers = servers().await;
        limit_org(&servers[0], "default", json!({"quota_max": 70, "quota_renewal_rate": 3600})).await;
        let quota = json!({"quota_max": 50, "quota_renewal_rate": 3600});
        let tokens = [make(&servers[0], quota.clone()).await, make(&servers[0], quota).await];
        let answers = storm(&servers, &tokens, 6, fail_now_and_then).await;
        let of_keys = [admitted(&answers, 0), admitted(&answers, 1)];
        assert!(of_keys.iter().all(|admitted| *admitted <= 50), "{of_keys:?}");
        assert!(of_keys.iter().sum::<i64>() <= 70, "{of_keys:?}");
        assert!(of_keys.iter().sum::<i64>() > 0, "{of_keys:?}");
        assert!(answers.iter().any(|(_, answer)| answer["error"].is_object()), "nothing failed");
        assert_in_step(&servers[0], 50).await;
    }
}

/// Calls while the clock moves on, second by second; what was admitted to the key in each window of its rate and of
/// its quota, in all, and how many windows its organisation had.
async fn while_windows_turn(before: impl Fn(&TestServer)) -> (BTreeMap<String, i64>, i64, usize) {
    let servers = servers().await;
    limit_org(&servers[0], "default", json!({"quota_max": 12, "quota_renewal_rate": 9})).await;
    let limits = json!({"rate": 3, "per": 1, "quota_max": 7, "quota_renewal_rate": 4});
    let tokens = [make(&servers[0], limits).await];
    let done = AtomicBool::new(false);
    let clock = async {
        let mut windows_of_org = BTreeSet::new();
        loop {
            for item in servers[0].items(Table::Organizations).await {
                windows_of_org.extend(item.get("qe").map(number).filter(|end| *end > 0));
            }
            if done.load(Ordering::SeqCst) {
                return windows_of_org.len();
            }
            servers[0].clock.advance(500);
            tokio::task::yield_now().await;
        }
    };
    let callers = async {
        let answers = storm(&servers, &tokens, 16, before).await;
        done.store(true, Ordering::SeqCst);
        answers
    };
    let (answers, windows_of_org) = tokio::join!(callers, clock);
    let mut admitted = BTreeMap::new();
    for (_, answer) in answers.iter().filter(|(_, answer)| answer["allowed"] == true) {
        for window in ["rate", "quota"] {
            *admitted.entry(format!("{window} until {}", answer[window]["resets_at"])).or_insert(0) += 1;
        }
    }
    let all = answers.iter().filter(|(_, answer)| answer["allowed"] == true).count();
    (admitted, i64::try_from(all).unwrap(), windows_of_org)
}

fn assert_within_limits((by_window, all, windows_of_org): (BTreeMap<String, i64>, i64, usize)) {
    for (window, admitted) in &by_window {
        let limit = if window.starts_with("rate") { 3 } else { 7 };
        assert!(*admitted <= limit, "{admitted} in the {window}");
    }
    assert!(by_window.len() > 6, "the windows turned: {by_window:?}");
    assert!(all <= 12 * i64::try_from(windows_of_org).unwrap(), "{all} in {windows_of_org} windows");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_window_admits_more_than_its_limit_while_windows_turn() {
    assert_within_limits(while_windows_turn(|_| ()).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_window_admits_more_than_its_limit_while_windows_turn_and_updates_fail() {
    assert_within_limits(while_windows_turn(fail_now_and_then).await);
}
