//! Creates with an `Idempotency-Key`, while processes are killed.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;

use crate::cluster::Cluster;
use crate::lists;
use crate::takes::key;

const CALLERS: usize = 4;

/// Each name makes one key, whoever answers, and every answer shows the same.
pub(crate) async fn idempotent_while_processes_are_killed(cluster: Arc<Cluster>) -> String {
    let killer = async {
        while cluster.goes_on() {
            tokio::time::sleep(Duration::from_millis(1500)).await;
            cluster.kill_one().await;
        }
    };
    let (_, made) = tokio::join!(killer, join_all((0..CALLERS).map(|caller| create(&cluster, caller))));
    let made: Vec<_> = made.into_iter().flatten().collect();
    let tokens: BTreeSet<_> = made.iter().cloned().collect();
    assert_eq!(tokens.len(), made.len(), "two creates share a key");
    let listed = lists::all(&cluster, "made", 50).await;
    assert_eq!(listed.len(), tokens.len(), "a create made more than one key, or none");
    assert!(listed.iter().all(|token| tokens.contains(token)));
    format!("{} keys", tokens.len())
}

async fn create(cluster: &Cluster, caller: usize) -> Vec<String> {
    let mut tokens = Vec::new();
    while cluster.goes_on() {
        let name = format!("create-of-{caller}-number-{:06}", tokens.len());
        let first = once(cluster, &name).await;
        assert_eq!(once(cluster, &name).await, first, "{name}");
        tokens.push(first);
        tokio::time::sleep(Duration::from_millis(30)).await;
    }
    tokens
}

/// Sends a create until it is answered: the token.
async fn once(cluster: &Cluster, name: &str) -> String {
    for _ in 0..60 {
        let headers = [("idempotency-key", name)];
        let made = cluster.send("POST", "/tyk/keys/create", &headers, Some(&key("made", 10, 3600))).await;
        match made {
            Some(made) if made.status == 200 => return made.text("key").to_owned(),
            Some(failed) => assert!(failed.status >= 500, "{failed:?}"),
            None => {}
        }
    }
    panic!("{name} was never answered");
}
