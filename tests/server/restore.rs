//! `latchkey restore`, as its user runs it, kills it and runs it again.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::http::{HeaderMap, StatusCode};
use latchkey_harness::key;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::Command;
use tokio::time::timeout;

use crate::dynamodb::{dynamodb, server_at};
use crate::process::{Ended, Process, latchkey_on, run};

/// What the tables of a backup begin with.
const BACKUP: &str = "restored-";

/// `latchkey restore` of the backup into the tables of this folder's database.
fn restore(folder: &Path) -> Command {
    let mut command = latchkey_on(folder);
    command.args(["restore", "--from-prefix", BACKUP]);
    command
}

/// A server on the backup's tables.
fn on_backup(mut server: Command) -> Command {
    server.env("LATCHKEY_TABLE_PREFIX", BACKUP);
    server
}

/// A folder with a backup of a key, which was used, limits of an organisation and a deleted key: its token.
async fn backup(folder: &Path) -> String {
    let server = Process::spawn(on_backup(latchkey_on(folder))).await;
    let mut body = key("default");
    (body["quota_max"], body["quota_renewal_rate"], body["hmac_string"]) =
        (3.into(), 3600.into(), "signs-requests".into());
    let token = server.admin("POST", "/tyk/keys/create", &body).await.expect(200).text_of("key");
    let _limits = server.admin("POST", "/tyk/org/keys/default", json!({"rate": 5, "per": 60})).await.expect(200);
    let gone = server.admin("POST", "/tyk/keys/create", key("default")).await.expect(200).text_of("key");
    let _deleted = server.admin("DELETE", &format!("/tyk/keys/{gone}"), ()).await.expect(200);
    server.stop().await;
    token
}

#[track_caller]
fn failed(ended: &Ended, reason: &str) {
    assert_eq!(ended.status.code(), Some(1), "{}{}", ended.stdout, ended.stderr);
    assert!(ended.stderr.contains(reason), "{}", ended.stderr);
}

#[tokio::test]
async fn a_backup_comes_back_into_service_with_its_secrets_and_can_be_restored_again() {
    let folder = tempfile::tempdir().unwrap();
    let token = backup(folder.path()).await;
    for _ in 0..2 {
        let restored = run(&mut restore(folder.path())).await;
        assert!(restored.status.success(), "{}", restored.stderr);
        assert!(restored.stderr.contains("each table has as many as the backup"), "{}", restored.stderr);
    }
    let server = Process::start(folder.path()).await;
    let session = server.admin("GET", &format!("/tyk/keys/{token}"), ()).await.expect(200).json();
    assert_eq!((&session["hmac_string"], &session["quota_max"]), (&json!("signs-requests"), &json!(3)));
    assert_eq!(server.admin("GET", "/tyk/keys", ()).await.expect(200).json(), json!({"keys": [token]}));
    let limits = server.admin("GET", "/tyk/org/keys/default", ()).await.expect(200).json();
    assert_eq!(limits["rate"], 5);
}

#[tokio::test]
async fn tables_with_other_items_are_left_as_they_are() {
    let folder = tempfile::tempdir().unwrap();
    let token = backup(folder.path()).await;
    assert!(run(&mut restore(folder.path())).await.status.success());
    let server = Process::start(folder.path()).await;
    let other = server.admin("POST", "/tyk/keys/create", key("default")).await.expect(200).text_of("key");
    server.stop().await;
    failed(&run(&mut restore(folder.path())).await, "has items that the backup does not have");
    let server = Process::start(folder.path()).await;
    for token in [token, other] {
        let _kept = server.admin("GET", &format!("/tyk/keys/{token}"), ()).await.expect(200);
    }
}

#[tokio::test]
async fn a_backup_of_other_secrets_and_one_that_is_not_there_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let _token = backup(folder.path()).await;
    let mut other = restore(folder.path());
    other.env("LATCHKEY_ID_SECRET", "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWY=");
    failed(&run(&mut other).await, "is not the secret that the store's keys were made with");
    let mut itself = latchkey_on(folder.path());
    itself.args(["restore", "--from-prefix", BACKUP]).env("LATCHKEY_TABLE_PREFIX", BACKUP);
    failed(&run(&mut itself).await, "cannot be restored from itself");
    let mut missing = latchkey_on(folder.path());
    missing.args(["restore", "--from-tables", "a-Keys,a-OrgKeys,a-Organizations,a-Usage,a-Audit"]);
    assert_eq!(run(&mut missing).await.status.code(), Some(1));
    let mut few = latchkey_on(folder.path());
    few.args(["restore", "--from-tables", "a-Keys,a-OrgKeys"]);
    failed(&run(&mut few).await, "--from-tables needs five names");
}

#[tokio::test]
async fn a_restore_that_was_killed_goes_on_and_until_then_no_server_starts() {
    let (folder, data) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (_store, endpoint) = dynamodb(&["--data", data.path().to_str().unwrap()]).await;
    let server = Process::spawn(on_backup(server_at(&endpoint, folder.path()))).await;
    // Audit records are copied first: of several pages.
    let long = "x".repeat(24_000);
    let mut tokens = Vec::new();
    for _ in 0..120 {
        let mut body = key("default");
        body["alias"] = long.as_str().into();
        tokens.push(server.admin("POST", "/tyk/keys/create", &body).await.expect(200).text_of("key"));
    }
    server.stop().await;
    let restore = || {
        let mut command = server_at(&endpoint, folder.path());
        command.args(["restore", "--from-prefix", BACKUP]);
        command
    };
    let mut killed = restore().spawn().unwrap();
    let mut lines = BufReader::new(killed.stdout.take().unwrap()).lines();
    let first = timeout(Duration::from_secs(20), lines.next_line()).await.expect("it prints nothing").unwrap().unwrap();
    killed.kill().await.unwrap();
    assert!(first.ends_with("items copied: Audit"), "{first}");

    let refused = run(&mut server_at(&endpoint, folder.path())).await;
    failed(&refused, "a restore from restored-Keys was interrupted: run latchkey restore again");
    let mut another = server_at(&endpoint, folder.path());
    another.args(["restore", "--from-prefix", "latchkey-2-"]);
    assert_eq!(run(&mut another).await.status.code(), Some(1));

    let ended = run(&mut restore()).await;
    assert!(ended.status.success(), "{}", ended.stderr);
    assert_ne!(ended.stdout.lines().next(), Some(first.as_str()), "it began anew");
    let server = Process::spawn(server_at(&endpoint, folder.path())).await;
    for token in &tokens {
        let _found = server.admin("GET", &format!("/tyk/keys/{token}"), ()).await.expect(200);
    }
    let listed = server.admin("GET", "/tyk/keys", ()).await.expect(200).json();
    assert_eq!(listed["keys"].as_array().unwrap().len(), tokens.len());
}

/// A DynamoDB in front of another that takes half of every batch of writes, and nothing of every third.
async fn busy(endpoint: String) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let batches = Arc::new(AtomicUsize::new(0));
    let answer = async move |headers: HeaderMap, body: String| {
        let batch = headers["x-amz-target"].to_str().unwrap().ends_with(".BatchWriteItem");
        if batch && batches.fetch_add(1, Ordering::SeqCst) % 3 == 2 {
            let refused = r#"{"__type":"com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException"}"#;
            return (StatusCode::BAD_REQUEST, refused.to_owned());
        }
        let (body, rest) = if batch { halved(&body) } else { (body, json!({})) };
        let sent =
            reqwest::Client::new().post(&endpoint).headers(headers_for(&headers)).body(body).send().await.unwrap();
        let (status, text) = (sent.status(), sent.text().await.unwrap());
        (status, if batch { json!({"UnprocessedItems": rest}).to_string() } else { text })
    };
    let app = axum::Router::new().fallback(answer);
    tokio::spawn(async move { axum::serve(listener, app).await });
    address
}

/// What a request is understood by.
fn headers_for(headers: &HeaderMap) -> HeaderMap {
    let names = ["x-amz-target", "content-type", "authorization", "x-amz-date"];
    names.into_iter().filter_map(|name| Some((name.parse().unwrap(), headers.get(name)?.clone()))).collect()
}

/// The first half of a batch, and the second.
fn halved(body: &str) -> (String, Value) {
    let mut body: Value = serde_json::from_str(body).unwrap();
    let mut rest = json!({});
    for (table, writes) in body["RequestItems"].as_object_mut().unwrap() {
        let writes = writes.as_array_mut().unwrap();
        let left = writes.split_off(writes.len().div_ceil(2));
        if !left.is_empty() {
            rest[table] = left.into();
        }
    }
    (body.to_string(), rest)
}

#[tokio::test]
async fn what_a_busy_table_does_not_take_is_written_again() {
    let (folder, data) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (_store, endpoint) = dynamodb(&["--data", data.path().to_str().unwrap()]).await;
    let server = Process::spawn(on_backup(server_at(&endpoint, folder.path()))).await;
    let mut tokens = Vec::new();
    for _ in 0..30 {
        tokens.push(server.admin("POST", "/tyk/keys/create", key("default")).await.expect(200).text_of("key"));
    }
    server.stop().await;
    let mut command = server_at(&busy(endpoint.clone()).await, folder.path());
    let restored = run(command.args(["restore", "--from-prefix", BACKUP])).await;
    assert!(restored.status.success(), "{}", restored.stderr);
    let server = Process::spawn(server_at(&endpoint, folder.path())).await;
    for token in &tokens {
        let _found = server.admin("GET", &format!("/tyk/keys/{token}"), ()).await.expect(200);
    }
}
