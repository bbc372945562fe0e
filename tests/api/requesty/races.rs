//! Real concurrency: whatever happens at once, the outcome is one that could have happened one after the other.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use futures_util::future::{join, join_all};
use latchkey_harness::TestServer;
use latchkey_shared::store::Table;
use serde_json::json;

use super::asking::{KEYS, Made, first, listed, make, manager, read, report};

fn text(item: &HashMap<String, AttributeValue>, name: &str) -> String {
    item[name].as_s().unwrap().clone()
}

/// Every change has its audit record and every key its one row.
async fn assert_consistent(server: &TestServer) {
    let audit = server.items(Table::Audit).await;
    let rows = server.items(Table::OrgKeys).await;
    let mut changes = 0;
    for item in server.items(Table::Keys).await.iter().filter(|item| text(item, "id").starts_with("key#")) {
        let id = text(item, "id").replace("key#", "");
        let revision: usize = item["v"].as_n().unwrap().parse().unwrap();
        changes += revision;
        let records = audit.iter().filter(|record| text(record, "subject") == format!("key:{id}"));
        assert_eq!(records.count(), revision, "{id}");
        let of_key: Vec<_> = rows.iter().filter(|row| text(row, "sk").ends_with(&id)).collect();
        let deleted = item.get("off").is_some();
        assert_eq!((of_key.len(), text(of_key[0], "sk").starts_with("gone#")), (1, deleted), "{id}");
    }
    assert_eq!(audit.len(), changes, "no record without a change");
}

async fn delete(server: &TestServer, by: &Made, of: &Made) -> u16 {
    server.bearer(&by.secret, "DELETE", &of.path(""), ()).await.status
}

/// What eight deletes of one key at once answer, sorted.
async fn deletes_at_once(server: &TestServer, by: &Made, of: &Made) -> Vec<u16> {
    let mut statuses = join_all((0..8).map(|_| delete(server, by, of))).await;
    statuses.sort_unstable();
    statuses
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_deletes_at_once_one_succeeds_and_the_others_find_nothing() {
    let server = TestServer::start().await;
    let root = first(&server, "acme").await;
    for _ in 0..5 {
        let made = make(&server, &root, json!({})).await;
        assert_eq!(deletes_at_once(&server, &root, &made).await, [200, 404, 404, 404, 404, 404, 404, 404]);
    }
    assert_consistent(&server).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_key_that_deletes_itself_twice_at_once_has_no_key_to_call_with_the_second_time() {
    let server = TestServer::start().await;
    let root = first(&server, "acme").await;
    for _ in 0..5 {
        let made = manager(&server, &root, "write").await;
        assert_eq!(deletes_at_once(&server, &made, &made).await, [200, 403, 403, 403, 403, 403, 403, 403]);
    }
    assert_consistent(&server).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_two_keys_that_delete_each_other_one_is_left() {
    let server = TestServer::start().await;
    let root = first(&server, "acme").await;
    for _ in 0..10 {
        let (one, other) = (manager(&server, &root, "write").await, manager(&server, &root, "write").await);
        let (first, second) = join(delete(&server, &one, &other), delete(&server, &other, &one)).await;
        assert!(matches!((first, second), (200, 403) | (403, 200)), "{first} {second}");
        let ids = listed(&server, &root).await;
        assert_eq!(ids.contains(&one.id), first == 200);
        assert_eq!(ids.contains(&other.id), second == 200);
        let left = if first == 200 { &one } else { &other };
        assert_eq!(delete(&server, &root, left).await, 200);
    }
    assert_consistent(&server).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_key_deleted_while_it_makes_others_makes_none_afterwards() {
    let server = TestServer::start().await;
    let root = first(&server, "acme").await;
    for _ in 0..5 {
        let maker = manager(&server, &root, "write").await;
        let made = join_all((0..8).map(async |_| {
            let reply = server.bearer(&maker.secret, "POST", KEYS, json!({"name": "x"})).await;
            assert!(matches!(reply.status, 201 | 403), "{}", reply.text);
            (reply.status == 201).then(|| reply.text_of("api_key_id"))
        }));
        let (made, deleted) = join(made, delete(&server, &root, &maker)).await;
        assert_eq!(deleted, 200);
        let told: Vec<_> = made.into_iter().flatten().collect();
        let ids = listed(&server, &root).await;
        assert!(told.iter().all(|id| ids.contains(id)));
        // In the order of changes, none of the deleted key's comes after its end.
        let list = read(&server, &root, KEYS).await;
        let by_maker =
            list["keys"].as_array().unwrap().iter().filter(|key| key["created_by"]["id"] == maker.id.as_str());
        assert_eq!(by_maker.count(), told.len(), "a key that was made was told");
    }
    assert_consistent(&server).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_key_deleted_while_it_changes_others_is_refused_from_then_on() {
    let server = TestServer::start().await;
    let root = first(&server, "acme").await;
    let target = make(&server, &root, json!({})).await;
    for _ in 0..5 {
        let caller = manager(&server, &root, "write").await;
        let changes = join_all((1..=8).map(async |n| {
            let body = json!({"monthly_limit": n});
            server.bearer(&caller.secret, "POST", &target.path("/limit"), body).await.status
        }));
        let (statuses, deleted) = join(changes, delete(&server, &root, &caller)).await;
        assert!(deleted == 200 && statuses.iter().all(|status| matches!(status, 204 | 403)), "{statuses:?}");
    }
    assert_consistent(&server).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn limits_set_at_once_are_all_set_and_what_is_spent_meanwhile_stays_spent() {
    let server = TestServer::start().await;
    let root = first(&server, "acme").await;
    let made = make(&server, &root, json!({"monthly_limit": 100})).await;
    let changes = (1..=8).map(async |n| {
        let body = json!({"monthly_limit": if n == 4 { 0 } else { n * 10 }});
        server.bearer(&root.secret, "POST", &made.path("/limit"), body).await.status
    });
    let reports = (0..8).map(|_| report(&server, &made, json!({"spend": "0.000001"})));
    let (statuses, _) = join(join_all(changes), join_all(reports)).await;
    assert_eq!(statuses, [204; 8]);
    let details = server.bearer(&root.secret, "GET", &made.path(""), ()).await.expect(200);
    assert!(details.text.contains("\"monthly_spend\":0.000008,"), "{}", details.text);
    assert_consistent(&server).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn different_settings_changed_at_once_are_all_kept() {
    let server = TestServer::start().await;
    let root = first(&server, "acme").await;
    let made = make(&server, &root, json!({})).await;
    let changes = [
        ("/limit", json!({"monthly_limit": 7})),
        ("/label", json!({"labels": {"a": "b"}})),
        ("/expiry", json!({"expires_at": "2027-01-01T00:00:00Z"})),
    ];
    let set = changes.map(|(rest, body)| {
        let (server, root, path) = (&server, &root, made.path(rest));
        async move { server.bearer(&root.secret, "POST", &path, body).await.status }
    });
    assert_eq!(join_all(set).await, [204; 3]);
    let details = read(&server, &root, &made.path("")).await;
    assert_eq!((&details["monthly_limit"], &details["expires_at"]), (&json!(7), &json!("2027-01-01T00:00:00Z")));
    assert_eq!(
        read(&server, &root, KEYS).await["keys"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|key| key["labels"] == json!({"a": "b"}))
            .count(),
        1
    );
    assert_consistent(&server).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_caller_whose_own_settings_change_meanwhile_is_not_refused() {
    let server = TestServer::start().await;
    let root = first(&server, "acme").await;
    for _ in 0..5 {
        let (caller, target) = (manager(&server, &root, "write").await, make(&server, &root, json!({})).await);
        let body = json!({"labels": {"x": "y"}});
        let path = caller.path("/label");
        let (own, made, deleted) = futures_util::join!(
            server.bearer(&root.secret, "POST", &path, &body),
            server.bearer(&caller.secret, "POST", KEYS, json!({"name": "x"})),
            delete(&server, &caller, &target),
        );
        assert_eq!((own.status, made.status, deleted), (204, 201, 200));
    }
    assert_consistent(&server).await;
}
