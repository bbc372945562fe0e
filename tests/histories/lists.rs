//! Lists, read page by page.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::cluster::Cluster;
use crate::takes::key;

/// How many keys stay.
const STAY: usize = 25;

/// The tokens of all keys of `org`, in pages of `limit`.
pub(crate) async fn all(cluster: &Cluster, org: &str, limit: usize) -> Vec<String> {
    let (mut tokens, mut path) = (Vec::new(), format!("/tyk/keys?filter={org}&limit={limit}"));
    loop {
        let page = cluster.until("GET", &path, None, &[200]).await;
        let keys = page.body["keys"].as_array().unwrap().iter();
        tokens.extend(keys.map(|token| token.as_str().unwrap().to_owned()));
        match page.link.strip_prefix('<').and_then(|link| link.split_once('>')) {
            Some((next, _)) => next.clone_into(&mut path),
            None => return tokens,
        }
    }
}

/// What stays is on the pages once, whoever comes and goes meanwhile.
pub(crate) async fn pages_while_others_come_and_go(cluster: Arc<Cluster>) -> String {
    for number in 0..STAY {
        let path = format!("/tyk/keys/stays{number:02}");
        let _made = cluster.until("POST", &path, Some(&key("listed", 10, 3600)), &[200]).await;
    }
    let (read, _) = tokio::join!(read(&cluster), come_and_go(&cluster));
    format!("{read} times {STAY} keys")
}

async fn read(cluster: &Cluster) -> usize {
    let mut read = 0;
    while cluster.goes_on() {
        let mut seen = BTreeMap::new();
        for token in all(cluster, "listed", 7).await {
            *seen.entry(token).or_insert(0) += 1;
        }
        for number in 0..STAY {
            assert_eq!(seen.get(&format!("listedstays{number:02}")), Some(&1), "key {number}: {seen:?}");
        }
        read += 1;
    }
    read
}

async fn come_and_go(cluster: &Cluster) {
    let mut number = 0;
    while cluster.goes_on() {
        let path = format!("/tyk/keys/goes{}", number % 9);
        let _made = cluster.until("POST", &path, Some(&key("listed", 10, 3600)), &[200]).await;
        let path = format!("/tyk/keys/listedgoes{}", (number + 4) % 9);
        let _gone = cluster.until("DELETE", &path, None, &[200, 404]).await;
        number += 1;
    }
}
