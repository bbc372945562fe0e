//! Keys that move between organisations, end and are made again, while they are used.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use futures_util::future::join_all;
use latchkey_shared::store::Table;
use serde_json::json;

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

/// What was done to one key.
#[derive(Default)]
struct Life {
    replaced: i64,
    deleted: i64,
    made: i64,
    /// Requests that were answered with a failure, or not at all.
    unknown: i64,
}

/// Each change leaves one record, and nothing is admitted once a deletion was answered.
pub(crate) async fn moves_deletions_and_revivals(cluster: Arc<Cluster>) -> String {
    let lives = join_all((0..KEYS).map(|number| live(&cluster, number))).await;
    let mut records = BTreeMap::<(String, String), i64>::new();
    for record in cluster.items(Table::Audit).await {
        let text = |name: &str| record[name].as_s().unwrap().clone();
        *records.entry((text("subject"), text("what"))).or_default() += 1;
    }
    let (mut admitted, mut changes) = (0, 0);
    for (id, life, of_key) in &lives {
        for (what, known) in [("key.create", life.made), ("key.replace", life.replaced), ("key.delete", life.deleted)] {
            let recorded = records.get(&(format!("key:{id}"), what.to_owned())).copied().unwrap_or_default();
            let possible = known..=known + life.unknown;
            assert!(possible.contains(&recorded), "{id}: {recorded} records of {what}, possible are {possible:?}");
            changes += recorded;
        }
        admitted += of_key;
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
    format!("{changes} changes, {admitted} admitted, {used} used")
}

/// Changes one key over and over while others use it: its id, what was done to it, and how often it was admitted. It is
/// there in the end.
async fn live(cluster: &Cluster, number: usize) -> (String, Life, i64) {
    let token = format!("{}changed{number}", ORGS[0]);
    let shared = Shared::default();
    let calls = (0..3).map(|_| call(cluster, &token, &shared));
    let (life, ids) = tokio::join!(change(cluster, &token, number, &shared), join_all(calls));
    let id = ids.into_iter().find(|id| !id.is_empty()).expect("no call found the key");
    (id, life, shared.admitted.load(Ordering::SeqCst))
}

async fn change(cluster: &Cluster, token: &str, number: usize, shared: &Shared) -> Life {
    let mut life = Life::default();
    let path = format!("/tyk/keys/{token}");
    make(cluster, number, &mut life).await;
    while cluster.goes_on() {
        for turn in 0..3 {
            let body = key(ORGS[(turn + 1) % 2], 1_000_000, 0);
            match cluster.ask("PUT", &format!("{path}?suppress_reset=1"), Some(&body)).await {
                Some(reply) if reply.status == 200 => life.replaced += 1,
                _ => life.unknown += 1,
            }
        }
        loop {
            match cluster.ask("DELETE", &path, None).await {
                Some(reply) if reply.status == 200 => {
                    life.deleted += 1;
                    break;
                }
                // An attempt before this one did it, though its answer was none.
                Some(reply) if reply.status == 404 => break,
                _ => life.unknown += 1,
            }
        }
        shared.phase.fetch_add(1, Ordering::SeqCst);
        tokio::time::sleep(std::time::Duration::from_millis(40)).await;
        shared.phase.fetch_add(1, Ordering::SeqCst);
        make(cluster, number, &mut life).await;
    }
    life
}

/// Makes the key of this number, or makes it again, until an answer says so.
async fn make(cluster: &Cluster, number: usize, life: &mut Life) {
    let path = format!("/tyk/keys/changed{number}");
    let mut failed = false;
    loop {
        match cluster.ask("POST", &path, Some(&key(ORGS[0], 1_000_000, 0))).await {
            // After a failure it may be the second time, and then it replaces.
            Some(reply) if reply.status == 200 => {
                life.made += i64::from(!failed);
                life.unknown += i64::from(failed);
                return;
            }
            _ => life.unknown += 1,
        }
        failed = true;
    }
}

/// Uses the key, whether or not it is there; its id.
async fn call(cluster: &Cluster, token: &str, shared: &Shared) -> String {
    let mut id = String::new();
    while cluster.goes_on() {
        let before = shared.phase.load(Ordering::SeqCst);
        let Some(answer) = cluster.verify(&json!({"key": token, "api": "test"})).await else { continue };
        let after = shared.phase.load(Ordering::SeqCst);
        if answer["allowed"] == true {
            let deleted = before % 2 == 1 && before == after;
            assert!(!deleted, "{token} was admitted after its deletion was answered");
            shared.admitted.fetch_add(1, Ordering::SeqCst);
        }
        if let Some(of) = answer["key_id"].as_str() {
            of.clone_into(&mut id);
        }
    }
    id
}
