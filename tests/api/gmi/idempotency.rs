//! Safe retries of create: the same request with the same `Idempotency-Key` makes one key, and tells it again.

use futures_util::future::join_all;
use latchkey_harness::{Fault, Reply, TestServer};
use serde_json::{Value, json};

use super::asking::{Org, User, assert_refused, start};

const NAME: &str = "order-4711-attempt";

async fn create(server: &TestServer, org: &Org, by: &User, name: &str, body: &Value) -> Reply {
    let bearer = format!("Bearer {}", by.token(server));
    server.send("POST", &org.keys(), &[("Authorization", &bearer), ("Idempotency-Key", name)], body).await
}

#[tokio::test]
async fn a_repeated_create_tells_the_same_key_and_makes_no_second() {
    let (server, org) = start().await;
    let body = json!({"name": "k"});
    let first = create(&server, &org, &org.user, NAME, &body).await.expect(201);
    // With another session token of the same user.
    server.clock.advance(1000);
    let again = create(&server, &org, &org.user, NAME, &body).await.expect(201);
    assert_eq!(first.text, again.text);
    assert_ne!(create(&server, &org, &org.other_user, NAME, &body).await.expect(201).text, first.text);
    assert_eq!(org.ids(&server, &org.owner).await.len(), 2);
}

#[tokio::test]
async fn without_the_header_a_repeated_create_makes_a_second_key() {
    let (server, org) = start().await;
    let [one, two] = [org.create(&server, &org.user).await, org.create(&server, &org.user).await];
    assert_ne!(one, two);
    assert_eq!(org.ids(&server, &org.user).await.len(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn retries_at_once_make_one_key_and_take_one_place() {
    let server = TestServer::with(&[("LATCHKEY_MAX_KEYS_PER_ORG", "1")]).await;
    let org = Org::start(&server).await;
    let body = json!({"name": "k"});
    let replies = join_all((0..12).map(|_| create(&server, &org, &org.user, NAME, &body))).await;
    let told: std::collections::HashSet<_> = replies.into_iter().map(|reply| reply.expect(201).text).collect();
    assert_eq!((told.len(), org.ids(&server, &org.owner).await.len()), (1, 1));
}

#[tokio::test]
async fn a_create_whose_answer_got_lost_is_told_on_the_retry() {
    let (server, org) = start().await;
    let body = json!({"name": "k"});
    server.watch.fail_next("TransactWriteItems", Fault::LoseAnswer);
    assert_refused(&create(&server, &org, &org.user, NAME, &body).await, 500, "api-key", 1100);
    let _told = create(&server, &org, &org.user, NAME, &body).await.expect(201);
    assert_eq!(org.ids(&server, &org.owner).await.len(), 1);
}

#[tokio::test]
async fn a_retry_that_is_none_or_comes_too_late_is_refused() {
    let (server, org) = start().await;
    let body = json!({"name": "k"});
    let _made = create(&server, &org, &org.user, NAME, &body).await.expect(201);
    assert_refused(&create(&server, &org, &org.user, NAME, &json!({"name": "l"})).await, 422, "request", 422);
    let ids = org.ids(&server, &org.user).await;
    let _deleted = org.user.ask(&server, "DELETE", &org.key(&ids[0]), ()).await.expect(200);
    assert_refused(&create(&server, &org, &org.user, NAME, &body).await, 409, "request", 409);
    for name in ["too short", &"x".repeat(256)] {
        let reply = create(&server, &org, &org.user, name, &body).await;
        assert_refused(&reply, 400, "request", 0);
        assert_eq!(reply.json()["validationDetail"][0]["field"], "Idempotency-Key");
    }
}

#[tokio::test]
async fn who_was_removed_gets_no_key_by_a_retry() {
    let (server, org) = start().await;
    let body = json!({"name": "k"});
    let _made = create(&server, &org, &org.user, NAME, &body).await.expect(201);
    let _removed = org.owner.ask(&server, "DELETE", &org.member(&org.user), ()).await.expect(200);
    assert_refused(&create(&server, &org, &org.user, NAME, &body).await, 404, "organization", 2);
}
