//! What was used of a limit, while the key is read, replaced, deleted and made again. Use itself is played by
//! updates of the item as a check makes them.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use futures_util::future::join_all;
use latchkey_harness::{ADMIN, TestServer, key};
use latchkey_shared::store::Table;
use serde_json::{Value, json};

/// A key of the organisation `default` with a quota of `max` an hour.
fn limited(max: i64) -> Value {
    let mut body = key("default");
    body["quota_max"] = max.into();
    body["quota_renewal_rate"] = 3600.into();
    body
}

async fn item(server: &TestServer) -> HashMap<String, AttributeValue> {
    server.items(Table::Keys).await.remove(0)
}

async fn number(server: &TestServer, name: &str) -> i64 {
    item(server).await[name].as_n().unwrap().parse().unwrap()
}

/// Takes one request from the quota of the only key, beginning a window that ends at `end`.
async fn take(server: &TestServer, end: i64) {
    let id = item(server).await["id"].clone();
    let update = server.client.update_item().table_name(Table::Keys.full_name(&server.prefix)).key("id", id);
    let update = update
        .update_expression("SET ql = ql - :one, qe = :end, u.#hour = if_not_exists(u.#hour, :zero) + :one")
        .expression_attribute_names("#hour", "491244")
        .expression_attribute_values(":one", AttributeValue::N("1".into()))
        .expression_attribute_values(":zero", AttributeValue::N("0".into()))
        .expression_attribute_values(":end", AttributeValue::N(end.to_string()));
    update.send().await.unwrap();
}

async fn shown(server: &TestServer, token: &str) -> (Value, Value) {
    let session = server.admin("GET", &format!("/tyk/keys/{token}"), ()).await.expect(200).json();
    (session["quota_remaining"].clone(), session["quota_renews"].clone())
}

#[tokio::test]
async fn a_read_shows_what_is_left_of_a_running_window_and_when_it_ends() {
    let server = TestServer::start().await;
    let mut body = limited(10);
    body["quota_remaining"] = 7.into();
    let token = server.admin("POST", "/tyk/keys/create", body).await.expect(200).text_of("key");
    let now = server.clock.now();
    assert_eq!(shown(&server, &token).await, (json!(7), json!(now / 1000 + 3600)), "as sent while unused");
    take(&server, now + 60_000).await;
    assert_eq!(shown(&server, &token).await, (json!(9), json!(now / 1000 + 60)));
    server.clock.advance(60_000);
    assert_eq!(shown(&server, &token).await.0, json!(10), "the next use begins a full window");
}

#[tokio::test]
async fn replacing_a_key_starts_its_counters_again_unless_it_is_told_not_to() {
    let server = TestServer::start().await;
    let token = server.admin("POST", "/tyk/keys/create", limited(10)).await.expect(200).text_of("key");
    let (path, end) = (format!("/tyk/keys/{token}"), server.clock.now() + 60_000);
    take(&server, end).await;
    let _kept = server.admin("PUT", &format!("{path}?suppress_reset=1"), limited(5)).await.expect(200);
    assert_eq!((number(&server, "ql").await, number(&server, "qe").await, number(&server, "qm").await), (4, end, 5));
    let _lowered = server.admin("POST", &format!("{path}?suppress_reset=1"), limited(1)).await.expect(200);
    assert_eq!((number(&server, "ql").await, number(&server, "qe").await), (0, end));
    let _reset = server.admin("PUT", &path, limited(10)).await.expect(200);
    assert_eq!((number(&server, "ql").await, number(&server, "qe").await), (10, 0));
}

/// What the gate says is left of the quota of `token`, which is not used by that.
async fn left_at_the_gate(server: &TestServer, token: &str) -> Value {
    let body = json!({"key": token, "api": "test", "cost": 0});
    server.bearer(ADMIN, "POST", "/v1/keys/verify", body).await.expect(200).json()["quota"]["remaining"].clone()
}

#[tokio::test]
async fn after_a_replacement_a_read_and_the_gate_tell_the_same_quota() {
    for query in ["", "?suppress_reset=1"] {
        for method in ["PUT", "POST"] {
            let server = TestServer::start().await;
            let token = server.admin("POST", "/tyk/keys/create", limited(10)).await.expect(200).text_of("key");
            let path = format!("/tyk/keys/{token}");
            for step in ["used", "over", "unused"] {
                if step == "used" {
                    let body = json!({"key": token, "api": "test", "cost": 3});
                    let _used = server.bearer(ADMIN, "POST", "/v1/keys/verify", body).await.expect(200);
                }
                if step == "over" {
                    server.clock.advance(3_600_000);
                }
                let as_read = server.admin("GET", &path, ()).await.expect(200).json();
                let _put = server.admin(method, &format!("{path}{query}"), as_read).await.expect(200);
                let told = shown(&server, &token).await.0;
                assert_eq!(told, left_at_the_gate(&server, &token).await, "{method}{query} {step}");
                assert_eq!(told, if step == "used" && !query.is_empty() { 7 } else { 10 }, "{method}{query} {step}");
            }
        }
    }
}

#[tokio::test]
async fn an_organisation_whose_quota_starts_again_is_shown_with_all_of_it() {
    let server = TestServer::start().await;
    let limits = json!({"quota_max": 10, "quota_renewal_rate": 3600, "quota_remaining": 7});
    let _made = server.admin("POST", "/tyk/org/keys/acme?reset_quota=1", limits).await.expect(200);
    let shown = server.admin("GET", "/tyk/org/keys/acme", ()).await.expect(200).json();
    assert_eq!(shown["quota_remaining"], 10);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_use_is_lost_to_replacements_at_the_same_moment() {
    let server = TestServer::start().await;
    let token = server.admin("POST", "/tyk/keys/create", limited(1000)).await.expect(200).text_of("key");
    let path = format!("/tyk/keys/{token}?suppress_reset=1");
    let end = server.clock.now() + 60_000;
    let takes = async { join_all((0..50).map(|_| take(&server, end))).await };
    let replacements = async {
        for max in 1001..=1020 {
            let _kept = server.admin("PUT", &path, limited(max)).await.expect(200);
        }
    };
    tokio::join!(takes, replacements);
    assert_eq!(number(&server, "ql").await, 1020 - 50);
}

#[tokio::test]
async fn the_counters_of_an_api_run_on_too() {
    let server = TestServer::start().await;
    let with_limit = |max: i64| {
        let mut body = key("default");
        body["access_rights"]["test"]["limit"] = json!({"quota_max": max, "quota_renewal_rate": 3600});
        body
    };
    let token = server.admin("POST", "/tyk/keys/create", with_limit(10)).await.expect(200).text_of("key");
    let id = item(&server).await["id"].clone();
    let update = server.client.update_item().table_name(Table::Keys.full_name(&server.prefix)).key("id", id);
    let update = update
        .update_expression("SET c.#scope.ql = :left, c.#scope.qe = :end")
        .expression_attribute_names("#scope", "api:test")
        .expression_attribute_values(":left", AttributeValue::N("3".into()))
        .expression_attribute_values(":end", AttributeValue::N((server.clock.now() + 60_000).to_string()));
    update.send().await.unwrap();
    let path = format!("/tyk/keys/{token}");
    let _kept = server.admin("PUT", &format!("{path}?suppress_reset=1"), with_limit(20)).await.expect(200);
    let limit = server.admin("GET", &path, ()).await.json()["access_rights"]["test"]["limit"].clone();
    assert_eq!((&limit["quota_max"], &limit["quota_remaining"]), (&json!(20), &json!(13)));
}

#[tokio::test]
async fn a_name_that_is_made_again_starts_afresh_and_its_usage_goes_on() {
    let server = TestServer::start().await;
    let path = "/tyk/keys/again?org_id=default";
    let _made = server.admin("POST", path, limited(10)).await.expect(200);
    take(&server, server.clock.now() + 60_000).await;
    let _deleted = server.admin("DELETE", path, ()).await.expect(200);
    assert_eq!(number(&server, "ql").await, 9, "a tombstone keeps its counters");
    let _made = server.admin("POST", path, limited(10)).await.expect(200);
    assert_eq!((number(&server, "ql").await, number(&server, "qe").await, number(&server, "v").await), (10, 0, 3));
    assert_eq!(item(&server).await["u"].as_m().unwrap()["491244"], AttributeValue::N("1".into()));
}

#[tokio::test]
async fn an_organisations_counters_run_on_and_outlive_its_deletion() {
    let server = TestServer::start().await;
    let limits = |max: i64| json!({"quota_max": max, "quota_renewal_rate": 3600});
    let left = async || {
        let items = server.items(Table::Organizations).await;
        let item = items.iter().find(|item| item["sk"].as_s().unwrap() == "limits").unwrap().clone();
        item["ql"].as_n().unwrap().parse::<i64>().unwrap()
    };
    let _made = server.admin("POST", "/tyk/org/keys/acme", limits(10)).await.expect(200);
    let update = server.client.update_item().table_name(Table::Organizations.full_name(&server.prefix));
    let update = update
        .key("org", AttributeValue::S("org#acme".into()))
        .key("sk", AttributeValue::S("limits".into()))
        .update_expression("SET ql = ql - :four")
        .expression_attribute_values(":four", AttributeValue::N("4".into()));
    update.send().await.unwrap();
    let _replaced = server.admin("PUT", "/tyk/org/keys/acme", limits(20)).await.expect(200);
    assert_eq!(left().await, 16);
    let _deleted = server.admin("DELETE", "/tyk/org/keys/acme", ()).await.expect(200);
    let _made = server.admin("POST", "/tyk/org/keys/acme", limits(20)).await.expect(200);
    assert_eq!(left().await, 16);
    let _reset = server.admin("POST", "/tyk/org/keys/acme?reset_quota=1", limits(20)).await.expect(200);
    assert_eq!(left().await, 20);
}
