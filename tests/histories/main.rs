//! Histories: several processes on one store that delays commits, loses answers and is throttled, while some of the
//! processes are killed. Each history checks that what clients saw is possible if every promise was kept.
//!
//! `make test` runs them for some seconds, `make histories` for minutes. The processes are this program again.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a history fails by panicking")]
#![allow(clippy::print_stdout, reason = "its figures are printed")]

mod changes;
mod cluster;
mod creates;
mod lists;
mod money;
mod store;
mod takes;
mod usage;
mod worker;

use std::process::ExitCode;
use std::time::Duration;

use cluster::Cluster;

/// How long the clients work, in seconds.
const SECONDS: &str = "LATCHKEY_HISTORIES_SECONDS";

fn main() -> ExitCode {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    if worker::is_one() {
        runtime.block_on(worker::serve());
        return ExitCode::SUCCESS;
    }
    // Cargo and editors ask a test program what tests it has.
    if std::env::args().any(|argument| argument == "--list") {
        return ExitCode::SUCCESS;
    }
    let seconds = std::env::var(SECONDS).ok().and_then(|seconds| seconds.parse().ok()).unwrap_or(12);
    runtime.block_on(run(Duration::from_secs(seconds)))
}

async fn run(time: Duration) -> ExitCode {
    let cluster = Cluster::start().await;
    takes::prepare(&cluster).await;
    cluster.begin(time);
    let (keys, orgs, money, creates, changes, lists) = tokio::join!(
        tokio::spawn(takes::of_a_key(cluster.clone())),
        tokio::spawn(takes::of_an_organisation(cluster.clone())),
        tokio::spawn(money::reservations_over_the_months_border(cluster.clone())),
        tokio::spawn(creates::idempotent_while_processes_are_killed(cluster.clone())),
        tokio::spawn(changes::moves_deletions_and_revivals(cluster.clone())),
        tokio::spawn(lists::pages_while_others_come_and_go(cluster.clone())),
    );
    let totals = tokio::spawn(usage::totals(cluster.clone())).await;
    let histories = [
        ("never more than a key's limit, and no use without a count", keys),
        ("never more than an organisation's limit", orgs),
        ("never more than a month's money, each report once", money),
        ("one key for each create, and always the same", creates),
        ("one record for each change, and no call after a deletion", changes),
        ("each key once on the pages of a list", lists),
        ("an organisation's total is the sum of what its keys used", totals),
    ];
    let mut failed = 0;
    for (name, outcome) in &histories {
        match outcome {
            Ok(figures) => println!("history: {name} ... ok ({figures})"),
            Err(_) => println!("history: {name} ... FAILED"),
        }
        failed += usize::from(outcome.is_err());
    }
    println!("{}", cluster.figures());
    println!("{} passed, {failed} failed", histories.len() - failed);
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
