//! The gate in several processes on one store, as Lambda runs it: never more than the limit, exactly the limit, and what
//! was changed is judged by its new state at once.

use std::collections::BTreeMap;

use futures_util::future::join_all;
use latchkey_harness::{ADMIN, key};
use serde_json::{Value, json};

use crate::cloud::{Cloud, Process};
use crate::event::Event;

const PROCESSES: usize = 3;

async fn verifiers(cloud: &Cloud) -> Vec<Process> {
    join_all((0..PROCESSES).map(|_| cloud.function("gate-verify"))).await
}

fn question(token: &str) -> Event {
    Event::admin("POST /v1/keys/verify").bearer(ADMIN).json(&json!({"key": token, "api": "test"}))
}

#[tokio::test]
async fn a_function_url_reaches_the_verify_call_and_nothing_else() {
    let cloud = Cloud::start().await;
    put(&cloud, "by-url", json!({})).await;
    let mut verifier = cloud.function("gate-verify").await;
    let ask = |method: &'static str, path: &str| {
        Event::unrouted(method, path).bearer(ADMIN).json(&json!({"key": "defaultby-url", "api": "test"}))
    };
    assert_eq!(verifier.call(&ask("POST", "/v1/keys/verify")).await.expect(200).text_of("code"), "ok");
    for (method, path) in [("GET", "/v1/keys/verify"), ("POST", "/"), ("POST", "/tyk/keys/create")] {
        let _refused = verifier.call(&ask(method, path)).await.expect(400);
    }
    let stranger = Event::unrouted("POST", "/v1/keys/verify").json(&json!({"key": "defaultby-url", "api": "test"}));
    let _refused = verifier.call(&stranger).await.expect(401);
}

async fn code(verifier: &mut Process, token: &str) -> String {
    verifier.call(&question(token)).await.expect(200).text_of("code")
}

/// Makes, or replaces, the key `name` without an organisation in its token.
async fn put(cloud: &Cloud, name: &str, fields: Value) {
    let mut session = key("default");
    session.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    let put = Event::admin("PUT /tyk/keys/{keyName}").param("keyName", name).query("suppress_reset=1");
    let _put = cloud.function("tyk-upsert-key").await.call(&put.json(&session)).await.expect(200);
}

async fn limit_org(cloud: &Cloud, limits: &Value) {
    let set = Event::admin("POST /tyk/org/keys/{orgID}").param("orgID", "default").json(limits);
    let _set = cloud.function("tyk-upsert-org").await.call(&set).await.expect(200);
}

/// Every process asks `calls` times, for one key after the other; some callers give up at once. The answers.
async fn storm(verifiers: &mut [Process], tokens: &[&str], calls: usize, giving_up: bool) -> Vec<Value> {
    let callers = verifiers.iter_mut().enumerate().map(async |(caller, verifier)| {
        let mut answers = Vec::new();
        for call in 0..calls {
            let question = question(tokens[(caller + call) % tokens.len()]);
            if giving_up && call % 5 == 4 {
                verifier.give_up(&question);
                continue;
            }
            let reply = verifier.call(&question).await;
            assert!(matches!(reply.status, 200 | 503), "{reply:?}");
            answers.push(reply.json());
        }
        // The last that was given up is done, too.
        let _done = verifier.call(&question("never-made-key")).await;
        answers
    });
    join_all(callers).await.concat()
}

fn admitted(answers: &[Value]) -> usize {
    answers.iter().filter(|answer| answer["allowed"] == true).count()
}

/// What is left of a quota: of every key by its alias, and of the organisation.
async fn left(cloud: &Cloud) -> (Vec<i64>, i64) {
    let mut tables = Vec::new();
    for table in ["latchkey-Keys", "latchkey-Organizations"] {
        let items = cloud.client.scan().table_name(table).send().await.unwrap().items.unwrap_or_default();
        let left = items.iter().filter_map(|item| item.get("ql")?.as_n().ok()?.parse::<i64>().ok());
        tables.push(left.collect::<Vec<_>>());
    }
    let org = tables.pop().unwrap().pop().unwrap();
    (tables.pop().unwrap(), org)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn several_processes_admit_exactly_the_limits_of_keys_and_of_their_organisation() {
    for giving_up in [false, true] {
        let cloud = Cloud::start().await;
        limit_org(&cloud, &json!({"quota_max": 50, "quota_renewal_rate": 3600})).await;
        for name in ["first-key", "second-key"] {
            put(&cloud, name, json!({"quota_max": 40, "quota_renewal_rate": 3600})).await;
        }
        let tokens = ["defaultfirst-key", "defaultsecond-key"];
        let answers = storm(&mut verifiers(&cloud).await, &tokens, 60, giving_up).await;
        assert!(answers.iter().all(|answer| answer["code"].is_string()), "no call went without a decision");
        let heard = admitted(&answers);
        assert!(if giving_up { heard <= 50 } else { heard == 50 }, "{heard}");
        let (keys, org) = left(&cloud).await;
        assert_eq!((keys.iter().map(|left| 40 - left).sum::<i64>(), org), (50, 0), "{keys:?}");
        assert!(keys.iter().all(|left| (0..=40).contains(left)), "{keys:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_window_admits_more_than_its_limit_while_windows_turn() {
    let cloud = Cloud::start().await;
    put(&cloud, "turning-key", json!({"rate": 5, "per": 1})).await;
    let mut verifiers = verifiers(&cloud).await;
    let mut windows = BTreeMap::<i64, Vec<i64>>::new();
    // A window lasts a second, and so no two end in the same one.
    while windows.len() < 3 {
        for answer in storm(&mut verifiers, &["defaultturning-key"], 5, false).await {
            if answer["allowed"] == true {
                let (end, left) = (&answer["rate"]["resets_at"], &answer["rate"]["remaining"]);
                windows.entry(end.as_i64().unwrap()).or_default().push(left.as_i64().unwrap());
            }
        }
    }
    let _running = windows.pop_last();
    for (end, mut left) in windows {
        let admitted = left.len();
        left.sort_unstable();
        left.dedup();
        assert_eq!(left.len(), admitted, "no unit of the window until {end} was given to two callers");
        assert!(left.iter().all(|left| (0..5).contains(left)), "{left:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_store_that_fails_before_or_after_any_call_never_makes_them_admit_more() {
    let (cloud, failing) = Cloud::start_failing().await;
    limit_org(&cloud, &json!({"quota_max": 50, "quota_renewal_rate": 3600})).await;
    for name in ["first-key", "second-key"] {
        put(&cloud, name, json!({"quota_max": 40, "quota_renewal_rate": 3600})).await;
    }
    let mut verifiers = verifiers(&cloud).await;
    failing.percent(20);
    let answers = storm(&mut verifiers, &["defaultfirst-key", "defaultsecond-key"], 60, true).await;
    let (keys, org) = left(&cloud).await;
    let heard = i64::try_from(admitted(&answers)).unwrap();
    assert!(heard > 0 && heard <= 50 - org && org >= 0, "{heard} {org}");
    assert!(keys.iter().all(|left| *left >= 0) && keys.iter().map(|left| 40 - left).sum::<i64>() >= heard, "{keys:?}");
    assert!(failing.failed() > 20, "{}", failing.failed());
}

#[tokio::test]
async fn a_key_that_another_process_changed_or_deleted_is_judged_by_its_new_state_at_once() {
    let cloud = Cloud::start().await;
    let mut verifiers = verifiers(&cloud).await;
    let token = "defaultchanging-key";
    for (fields, expected) in [
        (json!({"quota_max": 100}), "ok"),
        (json!({"quota_max": 2}), "quota_exceeded"),
        (json!({"is_inactive": true}), "inactive"),
        (json!({"access_rights": {"other": {}}}), "api_not_allowed"),
        (json!({"quota_max": -1}), "ok"),
    ] {
        put(&cloud, "changing-key", fields.clone()).await;
        for verifier in &mut verifiers {
            assert_eq!(code(verifier, token).await, expected, "{fields}");
        }
    }
    let delete = Event::admin("DELETE /tyk/keys/{keyName}").param("keyName", token);
    let _deleted = cloud.function("tyk-delete-key").await.call(&delete).await.expect(200);
    for verifier in &mut verifiers {
        assert_eq!(code(verifier, token).await, "unknown_key");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_several_processes_that_are_told_the_same_report_exactly_one_counts_it() {
    let cloud = Cloud::start().await;
    put(&cloud, "reported-key", json!({})).await;
    let mut reporters = join_all((0..PROCESSES).map(|_| cloud.function("gate-report-usage"))).await;
    for round in 0..10 {
        let body = json!({"key": "defaultreported-key", "id": format!("call-{round}"), "spend": 0.1, "requests": 1});
        let report = Event::admin("POST /v1/keys/usage").bearer(ADMIN).json(&body);
        let replies = join_all(reporters.iter_mut().map(|reporter| reporter.call(&report))).await;
        let counted = replies.into_iter().filter(|reply| reply.json()["counted"] == true).count();
        assert_eq!(counted, 1, "round {round}");
    }
    let ask = Event::admin("GET /v1/usage").bearer(ADMIN).query("org=default");
    let used = cloud.function("gate-get-usage").await.call(&ask).await.expect(200).json();
    assert_eq!((&used["total"]["requests"], &used["total"]["spend"]), (&json!(10), &json!(1)));
}
