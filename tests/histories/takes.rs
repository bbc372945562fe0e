//! Units of keys and organisations, taken while windows turn and hours are rolled up.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::cluster::Cluster;

/// How many callers share a key.
const CALLERS: usize = 6;
/// What one key may do in each of its windows.
const QUOTA: i64 = 25;
/// What the keys of an organisation may do, once and for all.
const OF_ORG: i64 = 150;

/// The body of a key of `org` with `quota_max` calls in each `renewal` seconds.
pub(crate) fn key(org: &str, quota_max: i64, renewal: i64) -> Value {
    json!({
        "org_id": org, "rate": -1, "per": 0, "quota_max": quota_max, "quota_renewal_rate": renewal,
        "access_rights": {"test": {"api_id": "test", "versions": ["Default"]}},
    })
}

/// The requests that were used in all, as the service says.
pub(crate) async fn requests(cluster: &Cluster, of: &str) -> i64 {
    totals(cluster, of).await.iter().map(|total| total["requests"].as_i64().unwrap()).sum()
}

/// What was used in each month.
pub(crate) async fn totals(cluster: &Cluster, of: &str) -> Vec<Value> {
    let (mut totals, mut path) = (Vec::new(), format!("/v1/usage?{of}&from=2026-01-01&to=2027-01-01&resolution=month"));
    loop {
        let usage = cluster.until("GET", &path, None, &[200]).await;
        totals.push(usage.body["total"].clone());
        match usage.body["next"].as_str() {
            Some(next) => path = next.to_owned(),
            None => return totals,
        }
    }
}

/// Calls of one key: how many were admitted in each window, and the key's id.
async fn call(cluster: &Cluster, token: &str) -> (BTreeMap<i64, i64>, String) {
    let (mut admitted, mut id) = (BTreeMap::new(), String::new());
    while cluster.goes_on() {
        let Some(answer) = cluster.verify(&json!({"key": token, "api": "test"})).await else { continue };
        if answer["allowed"] == true {
            *admitted.entry(answer["quota"]["resets_at"].as_i64().unwrap_or(0)).or_insert(0) += 1;
        }
        answer["key_id"].as_str().unwrap().clone_into(&mut id);
    }
    (admitted, id)
}

/// Makes the keys, and uses them in so many hours that the next ones make them roll up.
pub(crate) async fn prepare(cluster: &Cluster) {
    let limits = json!({"quota_max": OF_ORG, "quota_renewal_rate": 0});
    let _made = cluster.until("POST", "/tyk/org/keys/shared", Some(&limits), &[200]).await;
    for (name, key) in [
        ("of-a-key", key("takes", QUOTA, 40)),
        ("one", key("shared", 1_000_000, 0)),
        ("two", key("shared", 1_000_000, 0)),
    ] {
        let _made = cluster.until("POST", &format!("/tyk/keys/{name}"), Some(&key), &[200]).await;
    }
    for _ in 0..7 {
        for token in ["takesof-a-key", "sharedone", "sharedtwo"] {
            let admitted = cluster.verify(&json!({"key": token, "api": "test"})).await.unwrap();
            assert_eq!(admitted["allowed"], true, "{admitted}");
        }
        cluster.jump().await;
    }
}

/// A key with a quota that turns often.
pub(crate) async fn of_a_key(cluster: Arc<Cluster>) -> String {
    let calls = join_all((0..CALLERS).map(|_| call(&cluster, "takesof-a-key"))).await;
    let mut windows = BTreeMap::new();
    for (window, admitted) in calls.iter().flat_map(|(windows, _)| windows) {
        *windows.entry(window).or_insert(0) += admitted;
    }
    assert!(windows.values().all(|admitted| *admitted <= QUOTA), "{windows:?}");
    let (admitted, used) = (windows.values().sum(), requests(&cluster, &format!("key_id={}", calls[0].1)).await);
    assert!(used >= admitted, "{used} used, {admitted} admitted");
    // What was used before the history began was admitted, too.
    assert!(used - admitted <= cluster.in_doubt() + 14, "{used} used, {admitted} admitted: more than was in doubt");
    format!("{admitted} admitted in {} windows of {QUOTA}, {used} used", windows.len())
}

/// Two keys without limits of an organisation whose quota never renews.
pub(crate) async fn of_an_organisation(cluster: Arc<Cluster>) -> String {
    let calls = (0..CALLERS).map(|caller| call(&cluster, if caller % 2 == 0 { "sharedone" } else { "sharedtwo" }));
    let calls = join_all(calls).await;
    let admitted: i64 = calls.iter().flat_map(|(windows, _)| windows.values()).sum();
    assert!((1..=OF_ORG - 14).contains(&admitted), "{admitted} admitted");
    let used = requests(&cluster, "org=shared").await;
    assert!(used >= admitted, "{used} used, {admitted} admitted");
    // What was used before the history began was admitted, too.
    assert!(used - admitted <= cluster.in_doubt() + 14, "{used} used, {admitted} admitted: more than was in doubt");
    format!("{admitted} admitted of {OF_ORG}, {used} used")
}
