//! `GET /v1/manage/apikey`.

use latchkey_harness::TestServer;
use serde_json::json;

use super::asking::{KEYS, first, listed, make, manager, read, report};

#[tokio::test]
async fn a_list_tells_all_of_a_key_but_its_token() {
    let server = TestServer::start().await;
    let root = first(&server, "acme").await;
    let made = make(&server, &root, json!({"name": "app", "monthly_limit": "12.5"})).await;
    let labels = json!({"labels": {"team": "a", "env": "prod"}});
    let _set = server.bearer(&root.secret, "POST", &made.path("/label"), labels).await.expect(204);
    report(&server, &made, json!({"spend": "0.123456"})).await;
    let _deleted = server.bearer(&root.secret, "DELETE", &root.path(""), ()).await.expect(200);
    server.clock.advance(1);
    let reader = first(&server, "acme").await;
    let list = server.bearer(&reader.secret, "GET", KEYS, ()).await.expect(200);
    let told = list.text.replace(&made.id, "ID").replace(&root.id, "MAKER").replace(&reader.id, "READER");
    insta::assert_snapshot!(told);
}

#[tokio::test]
async fn the_newest_key_comes_first_expired_ones_too_and_deleted_ones_not() {
    let server = TestServer::start().await;
    let root = first(&server, "acme").await;
    let mut made = vec![root.clone()];
    for _ in 0..4 {
        server.clock.advance(1);
        made.insert(0, make(&server, &root, json!({})).await);
    }
    let expiry = json!({"expires_at": "2026-01-15T12:00:01Z"});
    let _set = server.bearer(&root.secret, "POST", &made[1].path("/expiry"), expiry).await.expect(204);
    server.clock.advance(1_000);
    let _deleted = server.bearer(&root.secret, "DELETE", &made[2].path(""), ()).await.expect(200);
    let _deleted = made.remove(2);
    let ids: Vec<_> = made.into_iter().map(|made| made.id).collect();
    assert_eq!(listed(&server, &root).await, ids);
}

#[tokio::test]
async fn a_long_list_is_whole_and_takes_a_read_for_each_hundred_keys() {
    let server = TestServer::start().await;
    let root = first(&server, "acme").await;
    let mut ids = vec![root.id.clone()];
    for _ in 0..120 {
        server.clock.advance(1);
        ids.insert(0, make(&server, &root, json!({})).await.id);
    }
    let _before = server.watch.calls();
    assert_eq!(listed(&server, &root).await, ids);
    let operations: Vec<_> = server.watch.calls().into_iter().map(|call| call.operation).collect();
    assert_eq!(operations, ["GetItem", "Query", "BatchGetItem", "BatchGetItem"]);
}

#[tokio::test]
async fn who_may_read_or_write_may_list_and_parameters_are_ignored() {
    let server = TestServer::start().await;
    let root = first(&server, "acme").await;
    let reader = manager(&server, &root, "read").await;
    let all = read(&server, &root, KEYS).await;
    assert_eq!(read(&server, &reader, &format!("{KEYS}?limit=1&page=7")).await, all);
    assert_eq!(all["keys"].as_array().unwrap().len(), 2);
}
