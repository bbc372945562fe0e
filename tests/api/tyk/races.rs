//! Real concurrency: whatever happens at once, the outcome is one that could have happened one after the other.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use futures_util::future::join_all;
use latchkey_harness::{TestServer, key};
use latchkey_shared::store::Table;
use serde_json::Value;

/// How many callers race.
const CALLERS: usize = 16;

fn text(item: &HashMap<String, AttributeValue>, name: &str) -> String {
    item[name].as_s().unwrap().clone()
}

/// Every change has its audit record and every key its row in the right partition, and one more where it moved to.
pub(super) async fn assert_consistent(server: &TestServer) {
    let audit = server.items(Table::Audit).await;
    let rows = server.items(Table::OrgKeys).await;
    let keys = server.items(Table::Keys).await;
    let mut changes = 0;
    for item in &keys {
        let id = text(item, "id").replace("key#", "");
        let revision: i64 = item["v"].as_n().unwrap().parse().unwrap();
        changes += usize::try_from(revision).unwrap();
        for made in 1..=revision {
            let records = audit.iter().filter(|record| {
                text(record, "subject") == format!("key:{id}") && record["v"].as_n().unwrap() == &made.to_string()
            });
            assert_eq!(records.count(), 1, "revision {made} of {id}");
        }
        let deleted = item.get("off").is_some_and(|off| off.as_s().unwrap() == "deleted");
        let (moved, of_key): (Vec<_>, Vec<_>) = rows
            .iter()
            .filter(|row| text(row, "sk").ends_with(&id))
            .partition(|row| text(row, "sk").starts_with("moved#"));
        assert_eq!(of_key.len(), 1, "{id} has one row");
        assert_eq!(moved.len(), usize::from(item.contains_key("h")), "and one where it moved to");
        assert!(moved.iter().all(|row| text(row, "org") == format!("tyk#{}", text(item, "o"))));
        assert_eq!(text(of_key[0], "sk").starts_with("gone#"), deleted);
        let home = text(item, if item.contains_key("h") { "h" } else { "o" });
        assert_eq!(text(of_key[0], "org"), format!("tyk#{home}"));
    }
    assert_eq!(audit.len(), changes, "no record without a change");
    let moved = keys.iter().filter(|item| item.contains_key("h")).count();
    assert_eq!(rows.len(), keys.len() + moved, "no row without a key");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_two_deletes_at_once_one_succeeds_and_the_others_find_nothing() {
    let server = TestServer::start().await;
    for _ in 0..5 {
        let path = format!("/tyk/keys/{}", server.create_key("default").await);
        let replies = join_all((0..CALLERS).map(|_| server.admin("DELETE", &path, ()))).await;
        let mut statuses: Vec<_> = replies.iter().map(|reply| reply.status).collect();
        statuses.sort_unstable();
        assert_eq!(statuses[0], 200);
        assert!(statuses[1..].iter().all(|status| *status == 404), "{statuses:?}");
    }
    assert_consistent(&server).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn creating_and_deleting_one_name_at_once_ends_in_one_of_the_two() {
    let server = TestServer::start().await;
    let calls = (0..CALLERS * 2).map(async |n| match n % 2 {
        0 => server.admin("POST", "/tyk/keys/contested", key("default")).await.status,
        _ => server.admin("DELETE", "/tyk/keys/contested?org_id=default", ()).await.status,
    });
    let statuses = join_all(calls).await;
    assert!(statuses.iter().step_by(2).all(|status| *status == 200), "every create succeeds: {statuses:?}");
    assert!(statuses.iter().all(|status| matches!(status, 200 | 404)), "{statuses:?}");
    assert_consistent(&server).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_replacements_at_once_each_is_made_and_none_is_mixed() {
    let server = TestServer::start().await;
    let path = format!("/tyk/keys/{}", server.create_key("default").await);
    let replies = join_all((1..=CALLERS).map(|n| {
        let mut body = key("default");
        body["rate"] = n.into();
        body["alias"] = format!("writer {n}").into();
        let path = path.clone();
        let server = &server;
        async move { server.admin("PUT", &path, body).await.status }
    }))
    .await;
    assert!(replies.iter().all(|status| *status == 200), "{replies:?}");
    let session = server.admin("GET", &path, ()).await.expect(200).json();
    assert_eq!(session["alias"], format!("writer {}", session["rate"]));
    let keys = server.items(Table::Keys).await;
    assert_eq!(keys[0]["v"].as_n().unwrap(), &(CALLERS + 1).to_string());
    assert_consistent(&server).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_key_moved_between_organisations_at_once_ends_in_one_list() {
    let server = TestServer::start().await;
    let token = server.create_key("home").await;
    let moves = (0..CALLERS).map(async |n| {
        let path = format!("/tyk/keys/{token}");
        server.admin("PUT", &path, key(&format!("org{}", n % 4))).await.status
    });
    assert!(join_all(moves).await.iter().all(|status| *status == 200));
    let list = server.admin("GET", "/tyk/keys", ()).await.expect(200).json();
    assert_eq!(list["keys"], Value::from(vec![token]));
    assert_consistent(&server).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn organisation_limits_changed_at_once_have_an_audit_record_for_each_change() {
    let server = TestServer::start().await;
    let calls = (0..CALLERS).map(async |n| match n % 3 {
        0 => server.admin("DELETE", "/tyk/org/keys/acme", ()).await.status,
        _ => server.admin("PUT", "/tyk/org/keys/acme", serde_json::json!({"rate": n, "per": 1})).await.status,
    });
    assert!(join_all(calls).await.iter().all(|status| matches!(status, 200 | 404)));
    let items = server.items(Table::Organizations).await;
    let limits = items.iter().find(|item| text(item, "sk") == "limits").unwrap();
    let listed = items.iter().any(|item| text(item, "org") == "limited");
    assert_eq!(listed, limits.get("off").is_none(), "listed exactly while it has limits");
    assert_eq!(server.items(Table::Audit).await.len().to_string(), *limits["v"].as_n().unwrap());
}
