//! The session object: what is sent comes back whole, types are strict, and zero values are left out.

use latchkey_harness::{TestServer, key};
use serde_json::{Value, json};

use super::asserts::{assert_nothing_stored, assert_refused, read};

/// Every field of a session, with a value that is not zero.
fn every_field() -> Value {
    let smoothing = json!({"enabled": true, "threshold": 5, "trigger": 0.8, "step": 3, "delay": 30});
    let named = json!([{"name": "Query", "fields": ["accounts", "users"]}]);
    let allowed_blocked = json!({"allowed": ["a.*"], "blocked": ["b.*"]});
    let limited = |name: &str| json!([{"name": name, "limit": {"rate": 3, "per": 1.5}}]);
    json!({
        "rate": 1000, "per": 60.5, "allowance": 999, "last_check": 1_400_000_000, "throttle_interval": 1.5,
        "throttle_retry_limit": 4, "max_query_depth": 7, "smoothing": smoothing,
        "date_created": "2001-02-03T04:05:06Z", "last_updated": "981173106", "expires": 2_000_000_000,
        "quota_max": 50, "quota_renewal_rate": 3600, "quota_renews": 1_400_000_001, "quota_remaining": 49,
        "access_rights": {"api": {
            "api_name": "An API", "api_id": "api", "versions": ["v1", "v2"],
            "allowed_urls": [{"url": "^/get/.*", "methods": ["GET", "POST"]}],
            "limit": {
                "rate": 10, "per": 2.5, "smoothing": smoothing, "throttle_interval": 0.5, "throttle_retry_limit": 2,
                "max_query_depth": 3, "quota_max": 20, "quota_renews": 1_400_000_002, "quota_remaining": 19,
                "quota_renewal_rate": 86400,
            },
            "allowance_scope": "replaced-on-reading",
            "endpoints": [{"path": "/get", "methods": limited("GET")}],
            "disable_introspection": true, "restricted_types": named, "allowed_types": named,
            "field_access_rights": [
                {"type_name": "Query", "field_name": "users", "limits": {"max_query_depth": 2}},
            ],
            "json_rpc_methods": limited("tools/call"), "json_rpc_methods_access_rights": allowed_blocked,
            "mcp_primitives": [{"type": "tool", "name": "search", "limit": {"rate": 3, "per": 1.5}}],
            "mcp_access_rights": {"tools": allowed_blocked, "resources": allowed_blocked, "prompts": allowed_blocked},
        }},
        "org_id": "default", "is_inactive": true, "alias": "an alias", "tags": ["one", "two"],
        "meta_data": {"text": "x", "number": 1.5, "nothing": null, "list": [0, false, ""], "deep": {"er": {}}},
        "session_lifetime": 100_000, "post_expiry_action": "retain", "post_expiry_grace_period": 60,
        "data_expires": 1_900_000_000, "enable_detailed_recording": true, "enable_detail_recording": true,
        "monitor": {"trigger_limits": [50, 99.5]}, "basic_auth_data": {"password": "hidden", "hash_type": "bcrypt"},
        "jwt_data": {"secret": "jwt secret"}, "hmac_string": "hmac secret", "hmac_enabled": true,
        "certificate": "certificate id", "mtls_static_certificate_bindings": ["default-certificate"],
        "enable_http_signature_validation": true, "rsa_certificate_id": "rsa",
        "oauth_client_id": "client", "oauth_keys": {"api": "oauth key"}, "id_extractor_deadline": 1_900_000_001,
    })
}

#[tokio::test]
async fn every_field_comes_back() {
    let server = TestServer::start().await;
    let _made = server.admin("POST", "/tyk/keys/whole?suppress_reset=1", every_field()).await.expect(200);
    insta::assert_json_snapshot!(read(&server, "/tyk/keys/defaultwhole").await);
}

#[tokio::test]
async fn a_session_can_be_sent_back_as_it_was_read() {
    let server = TestServer::start().await;
    let _made = server.admin("POST", "/tyk/keys/whole", every_field()).await.expect(200);
    let mut before = read(&server, "/tyk/keys/defaultwhole").await;
    let _saved = server.admin("PUT", "/tyk/keys/whole", &before).await.expect(200);
    // What was sent at first is no use that the gate knows of.
    assert_eq!((before["quota_remaining"].take(), &before["quota_max"]), (json!(49), &json!(50)));
    before["quota_remaining"] = 50.into();
    assert_eq!(read(&server, "/tyk/keys/defaultwhole").await, before);
}

#[tokio::test]
async fn zero_values_are_left_out() {
    let server = TestServer::start().await;
    let body = json!({
        "access_rights": {"test": {"versions": [], "limit": null, "api_name": "", "disable_introspection": false}},
        "rate": 0, "per": 0.0, "alias": "", "tags": [], "meta_data": {}, "is_inactive": false, "expires": null,
        "monitor": {"trigger_limits": []}, "jwt_data": {"secret": ""}, "basic_auth_data": {}, "org_id": "",
        "smoothing": {"enabled": false, "threshold": 9}, "oauth_keys": null,
    });
    let _made = server.admin("POST", "/tyk/keys/zero", body).await.expect(200);
    let now = server.clock.now() / 1000;
    let shown = json!({
        "access_rights": {"test": {}}, "date_created": "2026-01-15T12:00:00Z", "last_updated": now.to_string(),
        "quota_renews": now,
    });
    assert_eq!(read(&server, "/tyk/keys/zero").await, shown);
}

#[tokio::test]
async fn a_limit_of_nothing_but_disabled_smoothing_is_left_out() {
    let server = TestServer::start().await;
    let mut body = key("");
    body["access_rights"]["test"]["limit"] = json!({"smoothing": {"threshold": 9}});
    let _made = server.admin("POST", "/tyk/keys/smooth", body).await.expect(200);
    assert_eq!(read(&server, "/tyk/keys/smooth").await["access_rights"]["test"].get("limit"), None);
}

#[tokio::test]
async fn unknown_fields_are_dropped_at_every_depth() {
    let server = TestServer::start().await;
    let mut body = key("");
    body["made_up"] = json!({"deep": [1]});
    body["access_rights"]["test"]["made_up"] = json!(1);
    body["access_rights"]["test"]["limit"] = json!({"rate": 1, "per": 1, "made_up": "x"});
    let _made = server.admin("POST", "/tyk/keys/unknown", body).await.expect(200);
    let text = server.admin("GET", "/tyk/keys/unknown", ()).await.expect(200).text;
    assert!(text.contains("access_rights") && !text.contains("made_up"), "{text}");
}

#[tokio::test]
async fn names_match_in_any_case_and_the_last_duplicate_wins() {
    let server = TestServer::start().await;
    let body = r#"{"ALIAS":"first","Access_Rights":{"test":{"API_Name":"Test"}},"alias":"second","Alias":"third",
                   "tags":["kept"],"rate":5,"RATE":null,"per":1,"PER":0}"#;
    let _made = server.admin("POST", "/tyk/keys/cases", body).await.expect(200);
    let session = read(&server, "/tyk/keys/cases").await;
    assert_eq!((&session["alias"], session.get("per")), (&json!("third"), None));
    assert_eq!(session["rate"], 5, "null says nothing of a number");
    assert_eq!(session["access_rights"], json!({"test": {"api_name": "Test"}}));
}

#[tokio::test]
async fn a_wrong_type_is_refused_in_every_field_at_every_depth() {
    let server = TestServer::start().await;
    let whole = every_field();
    let mut places = Vec::new();
    collect_places(&whole, String::new(), &mut places);
    assert!(places.len() > 100, "only {} places", places.len());
    for place in places {
        let mut wrong = whole.clone();
        let value = wrong.pointer_mut(&place).unwrap();
        *value = of_another_type(value);
        let reply = server.admin("POST", "/tyk/keys/wrong", &wrong).await;
        assert_eq!((place.as_str(), reply.status), (place.as_str(), 400), "{reply:?}");
        assert_refused(&reply, 400, "Request malformed");
        let reply = server.admin("POST", "/tyk/keys/create", &wrong).await;
        assert_refused(&reply, 500, "Unmarshalling failed");
    }
    assert_nothing_stored(&server).await;
}

/// Where every value of `value` stands; what is free in `meta_data` is left out.
fn collect_places(value: &Value, place: String, places: &mut Vec<String>) {
    let inner: Vec<_> = match value {
        _ if place == "/meta_data" => Vec::new(),
        Value::Object(map) => map.iter().map(|(name, value)| (name.replace('/', "~1"), value)).collect(),
        Value::Array(list) => list.iter().enumerate().map(|(at, value)| (at.to_string(), value)).collect(),
        _ => Vec::new(),
    };
    for (name, value) in inner {
        collect_places(value, format!("{place}/{name}"), places);
    }
    if !place.is_empty() {
        places.push(place);
    }
}

fn of_another_type(value: &Value) -> Value {
    match value {
        Value::Bool(_) => json!("true"),
        Value::Number(number) => number.to_string().into(),
        Value::String(_) => json!(1),
        Value::Array(_) => json!({}),
        Value::Object(_) | Value::Null => json!([]),
    }
}

#[tokio::test]
async fn the_quota_left_is_shown_live_once_it_was_used() {
    let server = TestServer::start().await;
    let mut body = key("");
    body["quota_max"] = 10.into();
    body["quota_renewal_rate"] = 60.into();
    body["access_rights"]["test"]["limit"] = json!({"quota_max": 5, "quota_renewal_rate": 60});
    let _made = server.admin("POST", "/tyk/keys/quota", body).await.expect(200);
    let fresh = read(&server, "/tyk/keys/quota").await;
    assert_eq!(fresh.get("quota_remaining"), None, "nothing was used and nothing was sent");
    let access = &fresh["access_rights"]["test"];
    assert_eq!((&access["limit"]["quota_remaining"], &access["allowance_scope"]), (&json!(5), &json!("test")));

    let id = server.items(latchkey_shared::store::Table::Keys).await[0]["id"].clone();
    let number = |number: i64| aws_sdk_dynamodb::types::AttributeValue::N(number.to_string());
    let end = server.clock.now() + 30_000;
    let used = server
        .client
        .update_item()
        .table_name(latchkey_shared::store::Table::Keys.full_name(&server.prefix))
        .key("id", id)
        .update_expression("SET ql = :left, qe = :end")
        .expression_attribute_values(":left", number(4))
        .expression_attribute_values(":end", number(end));
    let _used = used.send().await.unwrap();
    let session = read(&server, "/tyk/keys/quota").await;
    assert_eq!((&session["quota_remaining"], &session["quota_renews"]), (&json!(4), &json!(end / 1000)));
}
