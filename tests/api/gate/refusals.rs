//! A refused call consumes nothing: neither rate nor quota, neither the key's nor the organisation's.

use latchkey_harness::TestServer;
use latchkey_shared::store::Table;
use serde_json::json;

use super::asking::{answer, call, code_of, limit_org, make, tables};

#[tokio::test]
async fn a_key_that_is_refused_changes_nothing_anywhere() {
    let server = TestServer::start().await;
    limit_org(&server, "default", json!({"rate": 100, "per": 600, "quota_max": 100, "quota_renewal_rate": 600})).await;
    let limits = json!({"rate": 3, "per": 600, "quota_max": 2, "quota_renewal_rate": 600});
    let full = make(&server, limits.clone()).await;
    let _used = answer(&server, json!({"key": full, "api": "test", "cost": 2})).await;
    let paths = json!({"test": {"allowed_urls": [{"url": "^/only$", "methods": ["GET"]}]}});
    let narrow = make(&server, json!({"access_rights": paths})).await;
    let inactive = make(&server, json!({"is_inactive": true})).await;
    let before = tables(&server).await;
    for (question, code) in [
        (json!({"key": full, "api": "test"}), "quota_exceeded"),
        (json!({"key": full, "api": "test", "cost": 2}), "rate_limited"),
        (json!({"key": full, "api": "other"}), "api_not_allowed"),
        (json!({"key": narrow, "api": "test", "path": "/", "method": "GET"}), "resource_not_allowed"),
        (json!({"key": inactive, "api": "test"}), "inactive"),
        (json!({"key": "nobody", "api": "test"}), "unknown_key"),
        (json!({"key": full, "api": "test", "cost": 0}), "ok"),
    ] {
        for _ in 0..2 {
            assert_eq!(code_of(&server, question.clone()).await, code, "{question}");
        }
    }
    assert_eq!(tables(&server).await, before);
}

#[tokio::test]
async fn what_an_organisation_refuses_comes_back_to_its_key() {
    for (limits, code) in [
        (json!({"rate": 1, "per": 600, "quota_max": 9, "quota_renewal_rate": 600}), "org_rate_limited"),
        (json!({"rate": 9, "per": 600, "quota_max": 1, "quota_renewal_rate": 600}), "org_quota_exceeded"),
    ] {
        let server = TestServer::start().await;
        limit_org(&server, "default", limits.clone()).await;
        let endpoint = json!([{"path": "^/e", "methods": [{"name": "GET", "limit": {"rate": 4, "per": 600}}]}]);
        let scoped = json!({"test": {"limit": {"rate": 7, "per": 600, "quota_max": 8, "quota_renewal_rate": 600}, "endpoints": endpoint}});
        let own = json!({"rate": 5, "per": 600, "quota_max": 6, "quota_renewal_rate": 600});
        for fields in [own, json!({"access_rights": scoped}), json!({"rate": 0})] {
            let token = make(&server, fields).await;
            let question = json!({"key": token, "api": "test", "method": "GET", "path": "/e"});
            // Begins the windows and the hour, which a refusal may do as well.
            let _begun = server.admin("POST", "/tyk/org/keys/default?reset_quota=1", &limits).await.expect(200);
            assert_eq!(code_of(&server, question.clone()).await, "ok");
            let before = tables(&server).await;
            for _ in 0..3 {
                assert_eq!(code_of(&server, question.clone()).await, code);
            }
            assert_eq!(tables(&server).await, before);
        }
    }
}

#[tokio::test]
async fn a_refusal_by_the_organisation_as_a_keys_first_call_uses_nothing_up() {
    let server = TestServer::start().await;
    limit_org(&server, "default", json!({"is_inactive": true})).await;
    let token = make(&server, json!({"rate": 2, "per": 600, "quota_max": 2, "quota_renewal_rate": 600})).await;
    let refused = call(&server, &token).await;
    assert_eq!(refused["code"], "org_inactive");
    let item = server.items(Table::Keys).await.remove(0);
    assert_eq!(["rl", "ql"].map(|left| item[left].as_n().unwrap().as_str()), ["2", "2"]);
    let used: i64 = item["u"].as_m().unwrap().values().map(|n| n.as_n().unwrap().parse::<i64>().unwrap()).sum();
    assert_eq!(used, 0);
    assert_eq!(refused["quota"]["remaining"], 2, "and the answer says so");
    assert_eq!(refused["rate"]["remaining"], 2);
}

#[tokio::test]
async fn a_cost_above_the_organisations_limit_is_refused_whole() {
    let server = TestServer::start().await;
    limit_org(&server, "default", json!({"quota_max": 3, "quota_renewal_rate": 600})).await;
    let token = make(&server, json!({"quota_max": 10, "quota_renewal_rate": 600})).await;
    let left = async |cost: i64, code: &str| {
        assert_eq!(code_of(&server, json!({"key": token, "api": "test", "cost": cost})).await, code);
        let look = answer(&server, json!({"key": token, "api": "test", "cost": 0})).await;
        look["quota"]["remaining"].clone()
    };
    assert_eq!(left(4, "org_quota_exceeded").await, 10);
    assert_eq!(left(2, "ok").await, 8);
    assert_eq!(left(2, "org_quota_exceeded").await, 8);
    assert_eq!(left(1, "ok").await, 7);
}
