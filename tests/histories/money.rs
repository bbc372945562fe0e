//! Money that is reserved and settled, over the border of a month.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::cluster::Cluster;
use crate::takes::totals;

const CALLERS: usize = 5;
/// What the key may spend in a month.
const LIMIT: f64 = 40.0;

/// A key of the Requesty dialect, whose calls reserve 1 each; most are settled for less.
pub(crate) async fn reservations_over_the_months_border(cluster: Arc<Cluster>) -> String {
    let token = make(&cluster).await;
    let spent = join_all((0..CALLERS).map(|caller| spend(&cluster, &token, caller))).await;
    let mut months = BTreeMap::new();
    let mut reported = 0.0;
    for (month, amount, settled) in spent.into_iter().flatten() {
        *months.entry(month).or_insert(0.0) += amount;
        reported += if settled { amount } else { 0.0 };
    }
    for (month, spent) in &months {
        assert!(*spent <= LIMIT + 1e-9, "{spent} in the month that ends at {month}");
    }
    let counted: f64 = totals(&cluster, "org=money").await.iter().map(|total| total["spend"].as_f64().unwrap()).sum();
    assert!((counted - reported).abs() < 1e-6, "{counted} counted, {reported} reported");
    format!("{counted:.2} reported in {} months of {LIMIT}, each report once", months.len())
}

async fn make(cluster: &Cluster) -> String {
    let body =
        json!({"name": "spender", "monthly_limit": LIMIT, "permissions": {"manage": "none", "completions": "write"}});
    let headers = [("x-organization-id", "money"), ("idempotency-key", "the-key-that-spends")];
    for _ in 0..60 {
        match cluster.send("POST", "/v1/manage/apikey", &headers, Some(&body)).await {
            Some(made) if made.status == 201 => return made.text("api_key").to_owned(),
            Some(failed) => assert!(failed.status >= 500, "{failed:?}"),
            None => {}
        }
    }
    panic!("no key was made");
}

/// What one caller spent: of which month, how much, and whether a report said so.
async fn spend(cluster: &Cluster, token: &str, caller: usize) -> Vec<(i64, f64, bool)> {
    let question = json!({"key": token, "api": "completions", "method": "POST", "spend": 1});
    let mut spent = Vec::new();
    while cluster.goes_on() {
        let Some(answer) = cluster.verify(&question).await else { continue };
        if answer["allowed"] != true {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
            continue;
        }
        let month = answer["spend"]["resets_at"].as_i64().unwrap();
        let reservation = answer["reservation"]["id"].as_str().unwrap_or_else(|| panic!("{answer}"));
        if fastrand::u8(0..10) == 0 {
            spent.push((month, 1.0, false));
            continue;
        }
        let cents = fastrand::u32(0..=100);
        settle(cluster, token, reservation, cents, caller).await;
        spent.push((month, f64::from(cents) / 100.0, true));
    }
    spent
}

/// Reports until an answer comes, and once more: counted once all the same.
async fn settle(cluster: &Cluster, token: &str, reservation: &str, cents: u32, caller: usize) {
    let report: Value = json!({"key": token, "id": reservation, "spend": f64::from(cents) / 100.0});
    let _counted = cluster.until("POST", "/v1/keys/usage", Some(&report), &[200]).await;
    if caller == 0 {
        let again = cluster.until("POST", "/v1/keys/usage", Some(&report), &[200]).await;
        assert_eq!(again.body["counted"], false, "{again:?}");
    }
}
