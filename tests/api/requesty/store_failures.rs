//! A store that refuses, loses answers or is contended: 500 in the dialect's envelope, and nothing half written.

use latchkey_harness::{ADMIN, Fault, Reply, TestServer};
use latchkey_shared::store::Table;
use serde_json::json;

use super::asking::{KEYS, Made, assert_refused, first, make};

const WRITE: &str = "TransactWriteItems";

/// A request, where `ID` is another key and `OWN` the caller's; a body; the store operations it makes; and its status.
type Row = (&'static str, &'static str, &'static str, &'static [&'static str], u16);

const ROWS: [Row; 16] = [
    ("POST", "", r#"{"name":"x"}"#, &["GetItem", WRITE], 201),
    ("GET", "", "", &["GetItem", "Query"], 200),
    ("GET", "/ID", "", &["BatchGetItem"], 200),
    ("GET", "/self", "", &["GetItem"], 200),
    ("GET", "/ID?start_date=2026-01-15", "", &["BatchGetItem"], 200),
    ("GET", "/self?start_date=2026-01-15", "", &["GetItem", "BatchGetItem"], 200),
    ("GET", "/self/usage?start=2026-01-15T00:00:00Z", "", &["GetItem", "BatchGetItem"], 200),
    ("POST", "/ID/limit", r#"{"monthly_limit":1}"#, &["BatchGetItem", WRITE], 204),
    ("POST", "/OWN/limit", r#"{"monthly_limit":1}"#, &["GetItem", WRITE], 204),
    ("POST", "/ID/label", r#"{"labels":{"a":"b"}}"#, &["BatchGetItem", WRITE], 204),
    ("POST", "/ID/expiry", r#"{"expires_at":"2027-01-01T00:00:00Z"}"#, &["BatchGetItem", WRITE], 204),
    ("DELETE", "/ID", "", &["BatchGetItem", WRITE], 200),
    ("DELETE", "/OWN", "", &["GetItem", WRITE], 200),
    ("GET", "/../org", "", &["GetItem"], 200),
    ("GET", "/../org/usage?start=2026-01-15T00:00:00Z", "", &["GetItem", "Query"], 200),
    ("PUT", "/../org", r#"{"name":"Acme"}"#, &["GetItem", WRITE], 200),
];

/// The requests that write.
fn writes() -> impl Iterator<Item = Row> {
    ROWS.into_iter().filter(|(_, _, _, operations, _)| operations.contains(&WRITE))
}

/// A server with a manager and another key.
async fn with_data() -> (TestServer, Made, Made) {
    let server = TestServer::start().await;
    let root = first(&server, "acme").await;
    let made = make(&server, &root, json!({"monthly_limit": 5})).await;
    (server, root, made)
}

/// Sends the request of a row.
async fn ask((server, root, made): &(TestServer, Made, Made), (method, path, body, ..): Row) -> Reply {
    let path = path.replace("ID", &made.id).replace("OWN", &root.id);
    let path = path.strip_prefix("/..").map_or_else(|| format!("{KEYS}{path}"), |path| format!("/v1/manage{path}"));
    let secret = if method == "PUT" { ADMIN } else { &root.secret };
    let bearer = format!("Bearer {secret}");
    server.send(method, &path, &[("Authorization", &bearer), ("X-Organization-Id", "acme")], body).await
}

#[track_caller]
fn assert_failed(reply: &Reply) {
    assert_eq!(assert_refused(reply, 500), "The key store is unavailable: try again");
    assert_eq!(reply.header("retry-after"), "1");
}

#[tokio::test]
async fn a_store_that_refuses_is_500_and_changes_nothing() {
    let data = with_data().await;
    let before = data.0.everything().await;
    for row in ROWS {
        for operation in row.3 {
            data.0.watch.fail_next(operation, Fault::Refuse);
            let reply = ask(&data, row).await;
            assert!(data.0.watch.all_faults_happened(), "{row:?} makes no {operation}");
            assert_failed(&reply);
        }
    }
    assert_eq!(data.0.everything().await, before);
}

#[tokio::test]
async fn a_read_whose_answer_got_lost_is_500_and_changes_nothing() {
    let data = with_data().await;
    let before = data.0.everything().await;
    for row in ROWS {
        for operation in row.3.iter().filter(|operation| **operation != WRITE) {
            data.0.watch.fail_next(operation, Fault::LoseAnswer);
            assert_failed(&ask(&data, row).await);
        }
    }
    assert_eq!(data.0.everything().await, before);
}

#[tokio::test]
async fn a_write_whose_answer_got_lost_was_made_whole() {
    for row in writes() {
        let (failing, healthy) = (with_data().await, with_data().await);
        failing.0.watch.fail_next(WRITE, Fault::LoseAnswer);
        assert_failed(&ask(&failing, row).await);
        let _done = ask(&healthy, row).await.expect(row.4);
        for table in Table::ALL {
            assert_eq!(failing.0.items(table).await.len(), healthy.0.items(table).await.len(), "{row:?} {table:?}");
        }
    }
}

#[tokio::test]
async fn a_lost_race_is_run_again() {
    for row in writes() {
        let data = with_data().await;
        data.0.watch.fail_next(WRITE, Fault::Conflict);
        data.0.watch.fail_next(WRITE, Fault::Conflict);
        let _done = ask(&data, row).await.expect(row.4);
        assert!(data.0.watch.all_faults_happened());
        assert_eq!(data.0.items(Table::Audit).await.len(), 3, "{row:?}: one record for each change");
    }
}

#[tokio::test]
async fn a_race_lost_over_and_over_ends_in_500() {
    // Together, since each of them waits a little between its attempts.
    let _ended = futures_util::future::join_all(writes().map(async |row| {
        let data = with_data().await;
        let before = data.0.everything().await;
        for _ in 0..40 {
            data.0.watch.fail_next(WRITE, Fault::Conflict);
        }
        assert_failed(&ask(&data, row).await);
        assert_eq!(data.0.everything().await, before, "{row:?}");
    }))
    .await;
}
