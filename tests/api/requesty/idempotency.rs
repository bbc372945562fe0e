//! Safe retries of create: the same request with the same `Idempotency-Key` makes one key, and tells it again.

use futures_util::future::join_all;
use latchkey_harness::{ADMIN, Fault, Reply, TestServer};
use serde_json::{Value, json};

use super::asking::{KEYS, Made, assert_refused, first, listed, manager};

const NAME: &str = "order-4711-attempt";

async fn create(server: &TestServer, secret: &str, name: &str, body: &Value) -> Reply {
    let bearer = format!("Bearer {secret}");
    let headers = [("Authorization", bearer.as_str()), ("X-Organization-Id", "acme"), ("Idempotency-Key", name)];
    server.send("POST", KEYS, &headers, body).await
}

#[tokio::test]
async fn a_repeated_create_tells_the_same_key_and_makes_no_second() {
    let server = TestServer::start().await;
    let root = first(&server, "acme").await;
    let body = json!({"name": "x", "monthly_limit": 5});
    for secret in [ADMIN, &root.secret] {
        let told = create(&server, secret, NAME, &body).await.expect(201);
        assert_eq!(create(&server, secret, NAME, &body).await.expect(201).text, told.text);
        let works = Made::of(&told);
        let _alive = server.bearer(&works.secret, "GET", "/v1/auth/check", ()).await.expect(200);
    }
    assert_eq!(listed(&server, &root).await.len(), 3, "another caller's request of the same name is another");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn retries_at_once_make_one_key() {
    let server = TestServer::start().await;
    let root = first(&server, "acme").await;
    let body = json!({"name": "x"});
    let replies = join_all((0..8).map(|_| create(&server, &root.secret, NAME, &body))).await;
    let told: std::collections::HashSet<_> = replies.into_iter().map(|reply| reply.expect(201).text).collect();
    assert_eq!((told.len(), listed(&server, &root).await.len()), (1, 2));
}

#[tokio::test]
async fn a_create_whose_answer_got_lost_is_told_on_the_retry() {
    let server = TestServer::start().await;
    let root = first(&server, "acme").await;
    let body = json!({"name": "x"});
    server.watch.fail_next("TransactWriteItems", Fault::LoseAnswer);
    assert_refused(&create(&server, &root.secret, NAME, &body).await, 500);
    let made = Made::of(&create(&server, &root.secret, NAME, &body).await.expect(201));
    assert_eq!(listed(&server, &root).await.len(), 2);
    let _alive = server.bearer(&made.secret, "GET", "/v1/auth/check", ()).await.expect(200);
}

#[tokio::test]
async fn another_body_a_deleted_key_and_a_bad_name_are_refused() {
    let server = TestServer::start().await;
    let root = first(&server, "acme").await;
    let body = json!({"name": "x"});
    let made = Made::of(&create(&server, &root.secret, NAME, &body).await.expect(201));
    assert_refused(&create(&server, &root.secret, NAME, &json!({"name": "y"})).await, 422);
    let _deleted = server.bearer(&root.secret, "DELETE", &made.path(""), ()).await.expect(200);
    assert_refused(&create(&server, &root.secret, NAME, &body).await, 409);
    for name in ["", "fifteen letters", &"x".repeat(256)] {
        assert_refused(&create(&server, &root.secret, name, &body).await, 400);
    }
    assert_eq!(listed(&server, &root).await, [root.id.as_str()]);
    server.clock.advance(24 * 60 * 60 * 1000);
    assert_ne!(Made::of(&create(&server, &root.secret, NAME, &body).await.expect(201)).id, made.id);
}

#[tokio::test]
async fn who_may_not_make_keys_is_not_told_one_that_was_made() {
    let server = TestServer::start().await;
    let root = first(&server, "acme").await;
    let maker = manager(&server, &root, "write").await;
    let body = json!({"name": "x"});
    let _made = create(&server, &maker.secret, NAME, &body).await.expect(201);
    let _deleted = server.bearer(&root.secret, "DELETE", &maker.path(""), ()).await.expect(200);
    assert_refused(&create(&server, &maker.secret, NAME, &body).await, 403);
}
