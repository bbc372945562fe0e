//! Several processes at the same key: Lambda runs as many as there are calls at once.

use futures_util::future::join_all;
use latchkey_harness::key;

use crate::cloud::Cloud;
use crate::event::Event;

const PROCESSES: usize = 4;
const ROUNDS: usize = 10;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_several_processes_that_delete_a_key_exactly_one_succeeds() {
    let cloud = Cloud::start().await;
    let mut create = cloud.function("tyk-create-key").await;
    let mut deleters = join_all((0..PROCESSES).map(|_| cloud.function("tyk-delete-key"))).await;
    for round in 0..ROUNDS {
        let made = create.call(&Event::admin("POST /tyk/keys/create").json(&key("acme"))).await;
        let token = made.expect(200).text_of("key");
        cloud.keep_secret(&token);
        let delete = Event::admin("DELETE /tyk/keys/{keyName}").param("keyName", &token);
        let replies = join_all(deleters.iter_mut().map(|deleter| deleter.call(&delete))).await;
        let mut statuses: Vec<_> = replies.iter().map(|reply| reply.status).collect();
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 404, 404, 404], "round {round}");
    }
    // A change and its record are one: as many deletions are recorded as were answered.
    let records = cloud.client.scan().table_name("latchkey-Audit").send().await.unwrap().items.unwrap_or_default();
    let deletions = records.iter().filter(|record| record["what"].as_s().unwrap() == "key.delete").count();
    assert_eq!((deletions, records.len()), (ROUNDS, 2 * ROUNDS));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_several_processes_that_replace_a_key_each_makes_a_revision_of_its_own() {
    let cloud = Cloud::start().await;
    let mut writers = join_all((0..PROCESSES).map(|_| cloud.function("tyk-upsert-key"))).await;
    let write = Event::admin("PUT /tyk/keys/{keyName}").param("keyName", "contended").json(&key(""));
    for _ in 0..ROUNDS {
        for reply in join_all(writers.iter_mut().map(|writer| writer.call(&write))).await {
            let _written = reply.expect(200);
        }
    }
    let records = cloud.client.scan().table_name("latchkey-Audit").send().await.unwrap().items.unwrap_or_default();
    let mut revisions: Vec<u64> = records.iter().map(|record| record["v"].as_n().unwrap().parse().unwrap()).collect();
    revisions.sort_unstable();
    let expected: Vec<u64> = (1..).take(PROCESSES * ROUNDS).collect();
    assert_eq!(revisions, expected);
}
