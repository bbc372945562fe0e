//! A store that refuses, loses answers or is contended: the documented answers, and nothing half written.

use latchkey_harness::{Fault, Reply, TestServer, key};
use latchkey_shared::store::Table;
use serde_json::json;

use super::asserts::{EDITIONS, INSECURE, assert_refused, listed, of_edition, read};

const UNREMOVED: &str = "Failed to remove the key";
const UNMADE: &str = "Failed to create key - the key store is unavailable";
const UNWRITTEN: &str = "Error writing to key store the key store is unavailable";
const UNREAD: &str = "Failed to read from the key store";
const UNLISTED: &str = "Failed to list from the key store";
const WRITE: &str = "TransactWriteItems";

/// A request, the store operations it makes, and its answer when one of them fails.
type Row = (&'static str, &'static str, &'static [&'static str], u16, &'static str);

const ROWS: [Row; 13] = [
    ("POST", "/tyk/keys/create", &[WRITE], 500, UNMADE),
    ("POST", "/tyk/keys", &[WRITE], 500, INSECURE),
    ("POST", "/tyk/keys/my-key", &["GetItem", WRITE], 500, INSECURE),
    ("PUT", "/tyk/keys/my-key", &["GetItem", WRITE], 500, INSECURE),
    ("GET", "/tyk/keys/my-key?org_id=default", &["GetItem"], 500, UNREAD),
    ("GET", "/tyk/keys", &["Scan"], 500, UNLISTED),
    ("GET", "/tyk/keys?filter=default", &["Query", "Scan"], 500, UNLISTED),
    ("DELETE", "/tyk/keys/my-key?org_id=default", &["GetItem", WRITE], 400, UNREMOVED),
    ("POST", "/tyk/org/keys/acme", &["GetItem", WRITE], 500, UNWRITTEN),
    ("PUT", "/tyk/org/keys/new", &["GetItem", WRITE], 500, UNWRITTEN),
    ("GET", "/tyk/org/keys/acme", &["GetItem"], 500, UNREAD),
    ("GET", "/tyk/org/keys", &["Query"], 500, UNLISTED),
    ("DELETE", "/tyk/org/keys/acme", &["GetItem", WRITE], 400, UNREMOVED),
];

/// The requests that write.
fn writes() -> impl Iterator<Item = Row> {
    ROWS.into_iter().filter(|(_, _, operations, ..)| operations.contains(&WRITE))
}

/// A server with the key `my-key` of `default` and the session of the organisation `acme`.
async fn with_data(edition: &str) -> TestServer {
    let server = of_edition(edition).await;
    let _made = server.admin("POST", "/tyk/keys/my-key", key("default")).await.expect(200);
    let _made = server.admin("POST", "/tyk/org/keys/acme", json!({"rate": 5})).await.expect(200);
    server
}

#[track_caller]
fn assert_failed(reply: &Reply, edition: &str, status: u16, message: &str) {
    assert_refused(reply, status, message);
    assert_eq!(reply.header("retry-after"), if edition == "documented" { "1" } else { "" });
}

#[tokio::test]
async fn a_store_that_refuses_is_answered_as_documented_and_changes_nothing() {
    for edition in EDITIONS {
        let server = with_data(edition).await;
        let before = server.everything().await;
        for (method, path, operations, status, message) in ROWS {
            for operation in operations {
                server.watch.fail_next(operation, Fault::Refuse);
                let reply = server.admin(method, path, key("default")).await;
                assert!(server.watch.all_faults_happened(), "{method} {path} makes no {operation}");
                assert_failed(&reply, edition, status, message);
            }
        }
        assert_eq!(server.everything().await, before);
    }
}

#[tokio::test]
async fn a_read_whose_answer_got_lost_is_answered_as_documented_and_changes_nothing() {
    let server = with_data("documented").await;
    let before = server.everything().await;
    for (method, path, operations, status, message) in ROWS {
        for operation in operations.iter().filter(|operation| **operation != WRITE) {
            server.watch.fail_next(operation, Fault::LoseAnswer);
            assert_failed(&server.admin(method, path, key("default")).await, "documented", status, message);
        }
    }
    assert_eq!(server.everything().await, before);
}

#[tokio::test]
async fn a_write_whose_answer_got_lost_was_made_whole() {
    for (method, path, _, status, message) in writes() {
        let [failing, healthy] = [with_data("documented").await, with_data("documented").await];
        failing.watch.fail_next(WRITE, Fault::LoseAnswer);
        assert_failed(&failing.admin(method, path, key("default")).await, "documented", status, message);
        let _done = healthy.admin(method, path, key("default")).await.expect(200);
        for table in Table::ALL {
            let [lost, done] = [failing.items(table).await.len(), healthy.items(table).await.len()];
            assert_eq!(lost, done, "{method} {path} {table:?}");
        }
        for list in ["/tyk/keys", "/tyk/org/keys"] {
            let [lost, done] = [listed(&failing, list).await.len(), listed(&healthy, list).await.len()];
            assert_eq!(lost, done, "{method} {path} {list}");
        }
    }
}

#[tokio::test]
async fn a_delete_whose_answer_got_lost_can_be_repeated() {
    let server = with_data("documented").await;
    let path = "/tyk/keys/defaultmy-key";
    server.watch.fail_next(WRITE, Fault::LoseAnswer);
    assert_refused(&server.admin("DELETE", path, ()).await, 400, UNREMOVED);
    assert_refused(&server.admin("DELETE", path, ()).await, 404, "There is no such key found");
    assert_eq!(listed(&server, "/tyk/keys").await, [""; 0]);
}

#[tokio::test]
async fn a_replacement_whose_answer_got_lost_can_be_repeated() {
    let server = with_data("5.13").await;
    let mut body = key("default");
    body["alias"] = "replaced".into();
    server.watch.fail_next(WRITE, Fault::LoseAnswer);
    assert_refused(&server.admin("PUT", "/tyk/keys/my-key", &body).await, 500, INSECURE);
    assert_eq!(read(&server, "/tyk/keys/defaultmy-key").await["alias"], "replaced");
    let _again = server.admin("PUT", "/tyk/keys/my-key", &body).await.expect(200);
    assert_eq!(listed(&server, "/tyk/keys").await, ["defaultmy-key"]);
}

#[tokio::test]
async fn a_lost_race_is_run_again() {
    for (method, path, ..) in writes() {
        let server = with_data("documented").await;
        for _ in 0..2 {
            server.watch.fail_next(WRITE, Fault::Conflict);
        }
        let _done = server.admin(method, path, key("default")).await.expect(200);
        assert!(server.watch.all_faults_happened());
        assert_eq!(server.items(Table::Audit).await.len(), 3, "{method} {path}: one record for each change");
    }
}

#[tokio::test]
async fn a_race_lost_over_and_over_ends_in_the_answer_of_a_failing_store() {
    // Together, since each of them waits a little between its attempts.
    let _ended = futures_util::future::join_all(writes().map(lose_every_race)).await;
}

async fn lose_every_race((method, path, _, status, message): Row) {
    let server = with_data("documented").await;
    let before = server.everything().await;
    for _ in 0..40 {
        server.watch.fail_next(WRITE, Fault::Conflict);
    }
    assert_failed(&server.admin(method, path, key("default")).await, "documented", status, message);
    assert_eq!(server.everything().await, before, "{method} {path}");
}
