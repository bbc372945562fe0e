//! What use costs in store calls and capacity units: a report, and what a key or an organisation used.

use latchkey_harness::TestServer;
use serde_json::{Value, json};

use super::asking::{answer, call, code};
use super::capacity::{HOUR, READ, calls};
use super::get_usage::usage;
use super::reports::report;
use crate::capacity::assert_cost;

#[tokio::test]
async fn a_report_is_a_read_and_a_transaction() {
    const ROW: &str = "Keys:PutItem";
    let server = TestServer::start().await;
    let token = server.create_key("default").await;
    let told = async |id: &str, more: Value| {
        let mut body = json!({"key": token, "id": id});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let _before = calls(&server);
        let _answer = report(&server, body).await.expect(200);
        calls(&server)
    };
    let spent = format!("{ROW}+Keys:UpdateItem+Usage:UpdateItem+Usage:UpdateItem 8");
    let both = told("1", json!({"spend": 1, "requests": 1, "input_tokens": 1})).await;
    assert_cost("gate-report-usage", "spend and counts", &both);
    assert_eq!(told("2", json!({"spend": 1})).await, [READ, &spent]);
    assert_cost("gate-report-usage", "counts alone", &told("3", json!({"requests": 1})).await);
    let reserve = json!({"key": token, "api": "test", "spend": 1});
    let reserved = answer(&server, reserve).await["reservation"]["id"].as_str().unwrap().to_owned();
    assert_cost("gate-report-usage", "releasing a whole reservation", &told(&reserved, json!({})).await);
    let refused = format!("{ROW}+Keys:UpdateItem+Usage:UpdateItem+Usage:UpdateItem 0");
    assert_eq!(told("1", json!({"spend": 1, "requests": 1, "input_tokens": 1})).await, [READ, &refused, READ]);
}

#[tokio::test]
async fn the_use_of_a_key_is_two_reads_and_that_of_an_organisation_two_and_those_of_the_keys_that_were_used_since() {
    let server = TestServer::start().await;
    let mut tokens = Vec::new();
    for _ in 0..120 {
        tokens.push(server.create_key("default").await);
    }
    let id = call(&server, &tokens[0]).await["key_id"].as_str().unwrap().to_owned();
    let _counted = report(&server, json!({"key": tokens[0], "id": "1", "requests": 1})).await.expect(200);
    let _before = calls(&server);
    let _used = usage(&server, &format!("?key_id={id}")).await;
    assert_cost("gate-get-usage", "15 days of a key", &calls(&server));
    server.clock.advance(HOUR);
    let of_org = async |used: i64| {
        let _before = calls(&server);
        assert_eq!(usage(&server, "?org=default").await["total"]["requests"], used);
        calls(&server)
    };
    assert_cost(
        "gate-get-usage",
        "15 days of an organisation, one key of which was last used in an earlier hour",
        &of_org(2).await,
    );
    assert_cost("gate-get-usage", "15 days of an organisation with 120 keys", &of_org(2).await);
    for token in &tokens[..2] {
        assert_eq!(code(&server, token).await, "ok");
    }
    for _ in 0..2 {
        assert_cost(
            "gate-get-usage",
            "15 days of an organisation, two keys of which were used in this hour",
            &of_org(4).await,
        );
    }
}

#[tokio::test]
async fn the_use_of_an_organisation_costs_the_same_with_a_hundred_times_the_keys() {
    let server = TestServer::start().await;
    let mut costs = Vec::new();
    for keys in [3, 300] {
        for _ in 0..keys {
            let token = server.create_key("default").await;
            assert_eq!(code(&server, &token).await, "ok");
        }
        server.clock.advance(HOUR);
        let _rolled_up = usage(&server, "?org=default").await;
        let _before = calls(&server);
        let used = usage(&server, "?org=default").await;
        costs.push(calls(&server));
        assert_eq!(used["total"]["requests"], if keys == 3 { 3 } else { 303 });
    }
    assert_eq!(costs[0], ["Usage:Query 1", "Usage:Query 1"]);
    // Sixteen rows of totals.
    assert_eq!(costs[1], costs[0]);
}
