//! Keys that move between organisations, end and are made again, while they are used.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use futures_util::future::join_all;
use latchkey_shared::store::Table;
use serde_json::{Value, json};

use crate::cluster::Cluster;
use crate::lists;
use crate::takes::{key, requests};

const KEYS: usize = 3;
const ORGS: [&str; 2] = ["home", "away"];

/// What clients share of one key.
#[derive(Default)]
struct Shared {
    /// Odd while the key is deleted, as far as an answer said so.
    phase: AtomicU64,
    admitted: AtomicI64,
}

/// The changes of one key that clients asked for, each by the alias that it sets, and whether an answer said that it was
/// made.
type Asked = BTreeMap<String, bool>;

/// Each change leaves one record, and nothing is admitted once a deletion was answered.
pub(crate) async fn moves_deletions_and_revivals(cluster: Arc<Cluster>) -> String {
    let lives = join_all((0..KEYS).map(|number| live(&cluster, number))).await;
    let asked: Asked = lives.iter().flat_map(|(asked, _)| asked.clone()).collect();
    let admitted: i64 = lives.iter().map(|(_, admitted)| admitted).sum();
    let mut records = BTreeMap::<String, usize>::new();
    for record in cluster.items(Table::Audit).await {
        let after =
            record.get("after").map_or(Value::Null, |after| serde_json::from_str(after.as_s().unwrap()).unwrap());
        if let Some(alias) = after["alias"].as_str() {
            *records.entry(alias.to_owned()).or_default() += 1;
        }
    }
    for (alias, known) in &asked {
        let recorded = records.get(alias).copied().unwrap_or_default();
        assert!(recorded == 1 || (recorded == 0 && !known), "{alias}, made: {known}: {recorded} records");
    }
    let mut used = 0;
    for org in ORGS {
        used += requests(&cluster, &format!("org={org}")).await;
    }
    assert!(used >= admitted, "{used} used, {admitted} admitted");
    assert!(used - admitted <= cluster.in_doubt(), "{used} used, {admitted} admitted: more than was in doubt");
    let mut listed = Vec::new();
    for org in ORGS {
        listed.extend(lists::all(&cluster, org, 50).await);
    }
    assert_eq!(listed.len(), KEYS, "each key is in one organisation's list: {listed:?}");
    format!("{} changes, {admitted} admitted, {used} used", asked.len())
}

/// Changes one key over and over while others use it: what was asked for, and how often the key was admitted. It is there
/// in the end.
async fn live(cluster: &Cluster, number: usize) -> (Asked, i64) {
    let token = format!("{}changed{number}", ORGS[0]);
    let shared = Shared::default();
    let calls = (0..3).map(|_| call(cluster, &token, &shared));
    let (asked, _) = tokio::join!(change(cluster, &token, number, &shared), join_all(calls));
    (asked, shared.admitted.load(Ordering::SeqCst))
}

async fn change(cluster: &Cluster, token: &str, number: usize, shared: &Shared) -> Asked {
    let mut asked = Asked::new();
    // Under its whole token it can be made again though it ended in the other organisation.
    let path = format!("/tyk/keys/{token}");
    while !put(cluster, "POST", &path, ORGS[0], number, &mut asked).await {}
    while cluster.goes_on() {
        for turn in 0..3 {
            let path = format!("{path}?suppress_reset=1");
            let _done = put(cluster, "PUT", &path, ORGS[(turn + 1) % 2], number, &mut asked).await;
        }
        delete(cluster, &path).await;
        shared.phase.fetch_add(1, Ordering::SeqCst);
        tokio::time::sleep(std::time::Duration::from_millis(40)).await;
        shared.phase.fetch_add(1, Ordering::SeqCst);
        while !put(cluster, "POST", &path, ORGS[0], number, &mut asked).await {}
    }
    asked
}

/// Makes or replaces a key under an alias that no other request has; whether an answer said so.
async fn put(cluster: &Cluster, method: &str, path: &str, org: &str, number: usize, asked: &mut Asked) -> bool {
    let alias = format!("{number}-{}", asked.len());
    let mut body = key(org, 1_000_000, 0);
    body["alias"] = alias.clone().into();
    let reply = cluster.ask(method, path, Some(&body)).await;
    let done = reply.is_some_and(|reply| {
        assert!(reply.status == 200 || reply.status >= 500, "{method} {path}: {reply:?}");
        reply.status == 200
    });
    asked.insert(alias, done);
    done
}

/// Deletes a key that is there, until an answer says so.
async fn delete(cluster: &Cluster, path: &str) {
    let mut tried = false;
    loop {
        match cluster.ask("DELETE", path, None).await {
            Some(reply) if reply.status == 200 => return,
            Some(reply) if reply.status == 404 => {
                assert!(tried, "a deletion found nothing, though the key was there");
                return;
            }
            _ => tried = true,
        }
    }
}

/// Uses the key, whether or not it is there.
async fn call(cluster: &Cluster, token: &str, shared: &Shared) {
    while cluster.goes_on() {
        let before = shared.phase.load(Ordering::SeqCst);
        let Some(answer) = cluster.verify(&json!({"key": token, "api": "test"})).await else { continue };
        let after = shared.phase.load(Ordering::SeqCst);
        if answer["allowed"] == true {
            let deleted = before % 2 == 1 && before == after;
            assert!(!deleted, "{token} was admitted after its deletion was answered");
            shared.admitted.fetch_add(1, Ordering::SeqCst);
        }
    }
}
