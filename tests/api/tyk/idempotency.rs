//! Safe retries of create: the same request with the same `Idempotency-Key` makes one key, and tells it again.

use futures_util::future::join_all;
use latchkey::embedded::Embedded;
use latchkey_harness::{ADMIN, Fault, Reply, TestServer, key, test_secret};
use latchkey_shared::clock::Clock;
use latchkey_shared::store::Table;
use serde_json::Value;

const NAME: &str = "order-4711-attempt";
const DAY: i64 = 24 * 60 * 60 * 1000;

async fn create(server: &TestServer, name: &str, body: &Value) -> Reply {
    let headers = [("X-Tyk-Authorization", ADMIN), ("Idempotency-Key", name)];
    server.send("POST", "/tyk/keys/create", &headers, body).await
}

async fn keys(server: &TestServer) -> usize {
    server.admin("GET", "/tyk/keys", ()).await.expect(200).json()["keys"].as_array().unwrap().len()
}

#[tokio::test]
async fn a_repeated_create_tells_the_same_key_and_makes_no_second() {
    let server = TestServer::start().await;
    let first = create(&server, NAME, &key("default")).await.expect(200);
    let again = create(&server, NAME, &key("default")).await.expect(200);
    assert_eq!(again.text, first.text);
    assert!(first.text_of("key").starts_with("default"));
    assert_eq!(keys(&server).await, 1);
    assert_ne!(create(&server, "another-name-for-it", &key("default")).await.text_of("key"), first.text_of("key"));
}

#[tokio::test]
async fn a_post_without_a_name_can_be_repeated_too_and_is_another_request() {
    let server = TestServer::start().await;
    let headers = [("X-Tyk-Authorization", ADMIN), ("Idempotency-Key", NAME)];
    let first = server.send("POST", "/tyk/keys", &headers, key("default")).await.expect(200);
    let again = server.send("POST", "/tyk/keys", &headers, key("default")).await.expect(200);
    assert_eq!(again.text, first.text);
    assert_ne!(create(&server, NAME, &key("default")).await.text_of("key"), first.text_of("key"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn retries_at_once_make_one_key() {
    let server = TestServer::start().await;
    let body = key("default");
    let replies = join_all((0..16).map(|_| create(&server, NAME, &body))).await;
    let told: std::collections::HashSet<_> = replies.into_iter().map(|reply| reply.expect(200).text).collect();
    assert_eq!(told.len(), 1);
    assert_eq!(keys(&server).await, 1);
}

#[tokio::test]
async fn a_create_whose_answer_got_lost_is_told_on_the_retry() {
    let server = TestServer::start().await;
    server.watch.fail_next("TransactWriteItems", Fault::LoseAnswer);
    let _lost = create(&server, NAME, &key("default")).await.expect(500);
    let token = create(&server, NAME, &key("default")).await.expect(200).text_of("key");
    let _found = server.admin("GET", &format!("/tyk/keys/{token}"), ()).await.expect(200);
    assert_eq!(keys(&server).await, 1);
}

#[tokio::test]
async fn a_create_that_was_refused_leaves_nothing_and_can_be_retried() {
    let server = TestServer::start().await;
    server.watch.fail_next("TransactWriteItems", Fault::Refuse);
    let _failed = create(&server, NAME, &key("default")).await.expect(500);
    assert!(server.items(Table::Keys).await.is_empty());
    let _made = create(&server, NAME, &key("default")).await.expect(200);
}

#[tokio::test]
async fn another_body_under_the_same_name_is_refused() {
    let server = TestServer::start().await;
    let _made = create(&server, NAME, &key("default")).await.expect(200);
    let mut other = key("default");
    other["rate"] = 1.into();
    let refused = create(&server, NAME, &other).await.expect(422);
    assert_eq!(refused.text_of("status"), "error");
    assert_eq!(keys(&server).await, 1);
}

#[tokio::test]
async fn a_key_that_was_deleted_since_is_not_made_again() {
    let server = TestServer::start().await;
    let token = create(&server, NAME, &key("default")).await.expect(200).text_of("key");
    let _deleted = server.admin("DELETE", &format!("/tyk/keys/{token}"), ()).await.expect(200);
    let _refused = create(&server, NAME, &key("default")).await.expect(409);
    assert_eq!(keys(&server).await, 0);
}

#[tokio::test]
async fn after_a_day_the_name_makes_another_key() {
    let server = TestServer::start().await;
    let token = create(&server, NAME, &key("default")).await.expect(200).text_of("key");
    server.clock.advance(DAY - 1);
    assert_eq!(create(&server, NAME, &key("default")).await.text_of("key"), token);
    server.clock.advance(1);
    assert_ne!(create(&server, NAME, &key("default")).await.expect(200).text_of("key"), token);
    assert_eq!(keys(&server).await, 2);
}

#[tokio::test]
async fn another_organisation_under_the_same_name_is_another_request() {
    let server = TestServer::start().await;
    let _one = create(&server, NAME, &key("one")).await.expect(200);
    assert!(create(&server, NAME, &key("two")).await.expect(200).text_of("key").starts_with("two"));
}

#[tokio::test]
async fn the_same_key_is_told_after_the_seal_secret_was_changed_and_none_once_the_old_one_is_gone() {
    let database = Embedded::new(dynoxide::Database::memory().unwrap());
    let clock = Clock::manual(1_768_478_400_000);
    let on = async |secrets: &str| {
        TestServer::on(database.clone(), clock.clone(), &[("LATCHKEY_SEAL_SECRETS", secrets)]).await
    };
    let [old, new] = ['O', 'N'].map(test_secret);
    let first = create(&on(&format!("v1:{old}")).await, NAME, &key("default")).await.expect(200);
    let both = on(&format!("v2:{new},v1:{old}")).await;
    assert_eq!(create(&both, NAME, &key("default")).await.expect(200).text, first.text);
    let _refused = create(&on(&format!("v2:{new}")).await, NAME, &key("default")).await.expect(409);
}

#[tokio::test]
async fn names_that_could_be_guessed_or_are_too_long_are_refused() {
    let server = TestServer::start().await;
    for name in ["", "fifteen letters", &"x".repeat(256), "sixteen letters \u{fc}"] {
        let _refused = create(&server, name, &key("default")).await.expect(400);
    }
    let _made = create(&server, &"x".repeat(255), &key("default")).await.expect(200);
}

#[tokio::test]
async fn a_first_create_costs_one_transaction_and_a_repeated_one_two_reads_more() {
    let server = TestServer::start().await;
    let _made = create(&server, NAME, &key("default")).await.expect(200);
    let operations = || server.watch.calls().into_iter().map(|call| call.operation).collect::<Vec<_>>();
    assert_eq!(operations(), ["TransactWriteItems"]);
    let _again = create(&server, NAME, &key("default")).await.expect(200);
    assert_eq!(operations(), ["TransactWriteItems", "GetItem", "GetItem"]);
}
