//! Reservations of money, settled by a report: once, by their own key, in their own month and hour.

use latchkey_harness::TestServer;
use serde_json::json;

use super::asking::tables;
use super::money_keys::{MoneyKey, MoneyKeys};
use super::reports::{DAY, FEBRUARY, report, reported, reserve, rows, spent};

#[tokio::test]
async fn a_reservation_is_settled_once_by_what_was_really_spent() {
    let server = TestServer::start().await;
    let keys = MoneyKeys::of(&server);
    for (spend, left) in [(Some("0"), 4.0), (Some("0.25"), 3.75), (Some("3"), 1.0), (Some("3.5"), 0.5), (None, 4.0)] {
        let key = keys.make(Some("4"), server.clock.now()).await;
        let id = reserve(&server, &key, "3").await;
        assert_eq!(spent(&server, &key).await, (json!(3), json!(1)));
        let mut body = json!({"key": key.token, "id": id});
        if let Some(spend) = spend {
            body["spend"] = spend.into();
        }
        for counted in [true, false] {
            assert_eq!(reported(&server, body.clone()).await["counted"], counted);
            assert_eq!(spent(&server, &key).await.1.as_f64(), Some(left), "{spend:?}");
        }
        body["spend"] = "0.125".into();
        let _refused = report(&server, body).await.expect(422);
    }
    assert_eq!(rows(&server).await.iter().filter(|row| row.contains(" s12=")).count(), 3, "each key has its own row");
}

#[tokio::test]
async fn a_reservation_of_another_key_or_a_forged_or_an_old_one_is_refused() {
    let server = TestServer::start().await;
    let keys = MoneyKeys::of(&server);
    let [key, other] = [keys.make(Some("4"), 1).await, keys.make(Some("4"), 1).await];
    let id = reserve(&server, &key, "3").await;
    let before = tables(&server).await;
    let fault = async |key: &MoneyKey, id: &str| {
        let refused = report(&server, json!({"key": key.token, "id": id, "spend": 1})).await.expect(400).json();
        refused["error"]["faults"].clone()
    };
    let none = json!([{"field": "id", "problem": "is not a reservation of this key"}]);
    assert_eq!(fault(&other, &id).await, none);
    assert_eq!(fault(&key, "res_").await, none);
    assert_eq!(fault(&key, &id[..id.len() - 1]).await, none);
    assert_eq!(fault(&key, &id.replacen("res_", "res_A", 1)).await, none);
    server.clock.advance(34 * DAY + 1);
    let old = json!([{"field": "id", "problem": "was reserved more than 34 days ago"}]);
    assert_eq!(fault(&key, &id).await, old, "what it was counted under may be forgotten");
    assert_eq!(tables(&server).await, before);
    server.clock.advance(-1);
    assert_eq!(reported(&server, json!({"key": key.token, "id": id, "spend": 1})).await["counted"], true);
}

#[tokio::test]
async fn a_reservation_counts_in_the_month_and_the_hour_that_it_was_made_in() {
    let server = TestServer::start().await;
    let key = MoneyKeys::of(&server).make(Some("4"), server.clock.now()).await;
    server.clock.advance(FEBRUARY * 1000 - 1 - server.clock.now());
    let [first, second] = [reserve(&server, &key, "1").await, reserve(&server, &key, "2").await];
    server.clock.advance(1);
    let settle = async |id: &str| {
        let body = json!({"key": key.token, "id": id, "spend": 0.5, "requests": 3});
        assert_eq!(reported(&server, body).await["counted"], true);
    };
    settle(&first).await;
    assert_eq!(spent(&server, &key).await, (json!(0), json!(4)), "nothing was spent in February");
    let _third = reserve(&server, &key, "3").await;
    settle(&second).await;
    assert_eq!(spent(&server, &key).await, (json!(3), json!(1)), "nor does anything come back to it");
    assert_eq!(rows(&server).await, ["2026-01-31 h23=6", "2026-01-31 s23=1000000000"]);
}

#[tokio::test]
async fn a_key_that_is_made_again_is_not_given_what_its_former_life_reserved() {
    let server = TestServer::start().await;
    let keys = MoneyKeys::of(&server);
    let key = keys.make(Some("4"), server.clock.now()).await;
    let id = reserve(&server, &key, "3").await;
    keys.delete(&key, server.clock.now()).await;
    server.clock.advance(1);
    keys.put(&key, Some("4"), server.clock.now()).await;
    let _again = reserve(&server, &key, "4").await;
    assert_eq!(reported(&server, json!({"key": key.token, "id": id})).await["counted"], true);
    assert_eq!(spent(&server, &key).await, (json!(4), json!(0)));
}

#[tokio::test]
async fn a_change_of_the_key_keeps_its_reservations() {
    let server = TestServer::start().await;
    let keys = MoneyKeys::of(&server);
    let key = keys.make(Some("4"), server.clock.now()).await;
    let id = reserve(&server, &key, "3").await;
    keys.put(&key, Some("10"), server.clock.now()).await;
    assert_eq!(spent(&server, &key).await, (json!(3), json!(7)));
    let _settled = reported(&server, json!({"key": key.token, "id": id, "spend": 1})).await;
    assert_eq!(spent(&server, &key).await, (json!(1), json!(9)));
}
