//! Policies: bad input, lists, deletion, and keys that are saved and shown with them.

use futures_util::future::join_all;
use latchkey_harness::TestServer;
use latchkey_shared::store::Table;
use serde_json::{Value, json};

const APIS: &str = "a@default,b@default,c@default,x@other";

async fn server(edition: &str) -> TestServer {
    TestServer::with(&[("LATCHKEY_APIS", APIS), ("LATCHKEY_TYK_EDITION", edition)]).await
}

fn policy(id: &str) -> Value {
    json!({"id": id, "org_id": "default", "rate": 10, "per": 1, "quota_max": 100, "quota_renewal_rate": 3600,
           "access_rights": {"a": {"api_id": "a", "versions": ["Default"]}}})
}

async fn put(server: &TestServer, policy: Value) {
    let _put = server.admin("POST", "/tyk/policies", policy).await.expect(200);
}

fn following(names: Value) -> Value {
    json!({"org_id": "default", "apply_policies": names})
}

#[tokio::test]
async fn a_policy_is_shown_with_every_field_in_the_gateways_order() {
    let server = server("5.13").await;
    put(&server, policy("gold")).await;
    let shown = server.admin("GET", "/tyk/policies/gold", ()).await.expect(200);
    let expected = r#"{"_id":"","id":"gold","name":"","org_id":"default","rate":10,"per":1,"quota_max":100,"quota_renewal_rate":3600,"throttle_interval":0,"throttle_retry_limit":0,"max_query_depth":0,"access_rights":{"a":{"api_id":"a","versions":["Default"]}},"hmac_enabled":false,"enable_http_signature_validation":false,"active":false,"is_inactive":false,"tags":null,"key_expires_in":0,"post_expiry_grace_period":0,"partitions":{"quota":false,"rate_limit":false,"complexity":false,"acl":false,"per_api":false},"last_updated":"","meta_data":null,"graphql_access_rights":null,"smoothing":null}"#;
    // The order of `partitions` is not the gateway's.
    let sorted = |text: &str| serde_json::from_str::<Value>(text).unwrap();
    assert_eq!(sorted(&shown.text), sorted(expected));
    let order = |text: &str| {
        ["_id", "\"name", "per\"", "access_rights", "tags", "last_updated", "smoothing"]
            .map(|name| text.find(name).unwrap())
    };
    assert!(order(&shown.text).is_sorted(), "{}", shown.text);
}

#[tokio::test]
async fn bad_policies_are_refused_and_nothing_is_stored() {
    let server = server("5.13").await;
    for (method, path, body, message) in [
        ("POST", "/tyk/policies", json!("text"), "Request malformed"),
        ("POST", "/tyk/policies", json!({"id": 7}), "Request malformed"),
        ("POST", "/tyk/policies", json!({"id": "p", "rate": "1"}), "Request malformed"),
        ("POST", "/tyk/policies", json!({"_id": "not hex"}), "Request malformed"),
        ("POST", "/tyk/policies", json!(null), "Unable to create policy without id."),
        (
            "POST",
            "/tyk/policies",
            json!({"id": "a/b"}),
            "Invalid Policy ID: Allowed characters: a-z, A-Z, 0-9, ., _, -, ~",
        ),
        (
            "PUT",
            "/tyk/policies/gold",
            json!({}),
            "Request ID does not match that in policy! For Update operations these must match.",
        ),
        (
            "PUT",
            "/tyk/policies/gold",
            json!({"id": "x"}),
            "Request ID does not match that in policy! For Update operations these must match.",
        ),
        ("PUT", "/tyk/policies", json!({"id": "x"}), "Must specify an apiID to update"),
        ("DELETE", "/tyk/policies", json!(null), "Must specify an apiID to delete"),
    ] {
        let refused = server.admin(method, path, body.clone()).await.expect(400).json();
        assert_eq!(refused, json!({"status": "error", "message": message}), "{method} {path} {body}");
    }
    let urls = vec![json!({"url": format!("/{}", "x".repeat(100)), "methods": ["GET"]}); 1000];
    let slow = json!({"id": "slow", "access_rights": {"a": {"allowed_urls": urls}}});
    let _refused = server.admin("POST", "/tyk/policies", slow).await.expect(400);
    let odd = json!({"id": "p", "org_id": "a/b"});
    let _refused = server.admin("POST", "/tyk/policies", odd).await.expect(400);
    let huge = json!({"id": "p", "meta_data": {"x": "x".repeat(600_000)}});
    let _refused = server.admin("POST", "/tyk/policies", huge).await.expect(400);
    assert_eq!(server.admin("GET", "/tyk/policies", ()).await.expect(200).json(), json!([]));
    assert!(server.items(Table::Organizations).await.is_empty() && server.items(Table::Audit).await.is_empty());
    let _denied = server.send("GET", "/tyk/policies", &[], ()).await.expect(403);
}

#[tokio::test]
async fn an_id_may_have_every_allowed_character_and_may_be_an_object_id() {
    let server = server("5.13").await;
    let id = "AZaz09._-~";
    put(&server, policy(id)).await;
    assert_eq!(server.admin("GET", &format!("/tyk/policies/{id}"), ()).await.expect(200).json()["id"], id);
    let key = server.admin("POST", "/tyk/keys/create", following(json!([id]))).await.expect(200).text_of("key");
    assert_eq!(server.admin("GET", &format!("/tyk/keys/{key}"), ()).await.expect(200).json()["quota_max"], 100);
    let mut by_object_id = policy("");
    by_object_id["_id"] = "507f1f77bcf86cd799439011".into();
    let made = server.admin("POST", "/tyk/policies", by_object_id).await.expect(200);
    assert_eq!(made.text_of("key"), "507f1f77bcf86cd799439011");
}

#[tokio::test]
async fn a_thousand_policies_are_listed_once_each_in_pages_and_at_once() {
    let server = server("5.13").await;
    let ids: Vec<_> = (0..1000).map(|number| format!("p{number:04}")).collect();
    for ids in ids.chunks(50) {
        join_all(ids.iter().map(|id| put(&server, policy(id)))).await;
    }
    let listed = |page: &Value| -> Vec<String> {
        page.as_array().unwrap().iter().map(|policy| policy["id"].as_str().unwrap().to_owned()).collect()
    };
    for slash in ["", "/"] {
        let all = server.admin("GET", &format!("/tyk/policies{slash}"), ()).await.expect(200).json();
        assert_eq!(listed(&all), ids);
    }
    let (mut address, mut seen) = (Some("/tyk/policies?limit=300".to_owned()), Vec::new());
    while let Some(page) = address {
        let page = server.admin("GET", &page, ()).await.expect(200);
        seen.extend(listed(&page.json()));
        address = page.header("link").strip_prefix('<').and_then(|link| Some(link.split_once('>')?.0.to_owned()));
    }
    assert_eq!(seen, ids);
    let _refused = server.admin("GET", "/tyk/policies?limit=0", ()).await.expect(400);
    let _refused = server.admin("GET", "/tyk/policies?cursor=x", ()).await.expect(400);
    let names = json!(ids[..41]);
    let _too_many = server.admin("POST", "/tyk/keys/create", following(names)).await.expect(400);
    let token = server.admin("POST", "/tyk/keys/create", following(json!(ids[..40]))).await.expect(200).text_of("key");
    let verify = json!({"key": token, "api": "a"});
    let answer = crate::gate::asking::answer(&server, verify).await;
    assert_eq!(answer["policies"], json!(ids[..40]));
}

#[tokio::test]
async fn each_organisation_has_names_of_its_own() {
    let server = server("5.13").await;
    put(&server, policy("gold")).await;
    server.clock.advance(1000);
    let mut other = policy("gold");
    (other["org_id"], other["rate"]) = (json!("other"), json!(99));
    put(&server, other).await;
    let rate = async |path: &str| server.admin("GET", path, ()).await.expect(200).json()["rate"].clone();
    assert_eq!(rate("/tyk/policies/gold").await, 99, "the one changed last");
    assert_eq!(rate("/tyk/policies/gold?org_id=default").await, 10);
    let _deleted = server.admin("DELETE", "/tyk/policies/gold?org_id=other", ()).await.expect(200);
    assert_eq!(rate("/tyk/policies/gold").await, 10);
    let _gone = server.admin("GET", "/tyk/policies/gold?org_id=other", ()).await.expect(404);
}

#[tokio::test]
async fn the_documented_edition_deletes_no_policy_that_a_key_names_unless_forced() {
    let server = server("documented").await;
    let missing = server.admin("DELETE", "/tyk/policies/gold", ()).await.expect(404).json();
    assert_eq!(missing["message"], "Policy not found");
    put(&server, policy("gold")).await;
    let token = server.admin("POST", "/tyk/keys/create", following(json!(["gold"]))).await.expect(200).text_of("key");
    let path = format!("/tyk/keys/{token}");
    let _named = server.admin("DELETE", "/tyk/policies/gold", ()).await.expect(409);
    let _deleted = server.admin("DELETE", "/tyk/policies/gold?force=1", ()).await.expect(200);
    assert_eq!(server.admin("GET", &path, ()).await.expect(200).json()["quota_max"], 100, "shown as it was");
    put(&server, policy("gold")).await;
    let _named = server.admin("DELETE", "/tyk/policies/gold", ()).await.expect(409);
    let own = json!({"org_id": "default", "access_rights": {"a": {}}});
    let _changed = server.admin("PUT", &path, own).await.expect(200);
    let _deleted = server.admin("DELETE", "/tyk/policies/gold", ()).await.expect(200);
}

#[tokio::test]
async fn an_expired_or_deleted_key_keeps_no_policy_from_being_deleted() {
    let server = server("documented").await;
    put(&server, policy("gold")).await;
    let second = server.clock.now() / 1000;
    let mut short = following(json!(["gold"]));
    (short["expires"], short["post_expiry_action"]) = (json!(second + 60), json!("delete"));
    let _expiring = server.admin("POST", "/tyk/keys/short-lived", &short).await.expect(200);
    let token = server.admin("POST", "/tyk/keys/create", following(json!(["gold"]))).await.expect(200).text_of("key");
    let _deleted = server.admin("DELETE", &format!("/tyk/keys/{token}"), ()).await.expect(200);
    let _named = server.admin("DELETE", "/tyk/policies/gold", ()).await.expect(409);
    server.clock.advance(60_000);
    let _again = server
        .admin("POST", "/tyk/keys/short-lived", json!({"org_id": "default", "access_rights": {"a": {}}}))
        .await
        .expect(200);
    let _deleted = server.admin("DELETE", "/tyk/policies/gold", ()).await.expect(200);
}

#[tokio::test]
async fn a_policy_is_deleted_or_keys_are_made_that_name_it_never_both() {
    for round in 0..6 {
        let server = server("documented").await;
        put(&server, policy("gold")).await;
        let creates = (0..8).map(async |number| {
            for _ in 0..number + round {
                tokio::task::yield_now().await;
            }
            server.admin("POST", "/tyk/keys/create", following(json!(["gold"]))).await.status
        });
        let delete = async {
            for _ in 0..round * 3 {
                tokio::task::yield_now().await;
            }
            server.admin("DELETE", "/tyk/policies/gold", ()).await.status
        };
        let (made, deleted) = tokio::join!(join_all(creates), delete);
        let live = made.iter().filter(|status| **status == 200).count();
        assert!(made.iter().all(|status| matches!(status, 200 | 500)), "{made:?}");
        assert_eq!(deleted, if live > 0 { 409 } else { 200 }, "{made:?}");
    }
}

#[tokio::test]
async fn a_key_without_its_policies_keeps_what_they_made_of_it() {
    let server = server("5.13").await;
    put(&server, policy("gold")).await;
    let token = server.admin("POST", "/tyk/keys/create", following(json!(["gold"]))).await.expect(200).text_of("key");
    let _none = server.admin("POST", &format!("/tyk/keys/policy/{token}"), json!({})).await.expect(200);
    put(&server, json!({"id": "gold", "org_id": "default", "rate": 1, "per": 1, "access_rights": {"b": {}}})).await;
    let shown = server.admin("GET", &format!("/tyk/keys/{token}"), ()).await.expect(200).json();
    assert_eq!(
        (&shown["rate"], &shown["quota_max"], &shown["apply_policies"]),
        (&json!(10), &json!(100), &Value::Null)
    );
    assert!(shown["access_rights"]["a"].is_object() && shown["access_rights"]["b"].is_null(), "{shown}");
}

#[tokio::test]
async fn a_preview_shows_the_later_time_of_the_key_and_its_policies() {
    let server = server("5.13").await;
    let mut later = policy("gold");
    later["last_updated"] = "9999999999".into();
    put(&server, later).await;
    let preview = server.admin("POST", "/tyk/keys/preview", following(json!(["gold"]))).await.expect(200).json();
    assert_eq!(preview["last_updated"], "9999999999");
}

#[tokio::test]
async fn a_list_by_api_finds_keys_by_the_access_that_their_policies_gave() {
    let server = server("5.13").await;
    put(&server, policy("gold")).await;
    let name = "/tyk/keys/plan-key";
    let listed = async |api: &str| {
        let keys = server.admin("GET", &format!("/tyk/keys?filter=default&api_id={api}"), ()).await.expect(200).json();
        keys["keys"].as_array().unwrap().len()
    };
    let _made = server.admin("POST", name, following(json!(["gold"]))).await.expect(200);
    assert_eq!((listed("a").await, listed("b").await), (1, 0));
    let own = json!({"org_id": "default", "access_rights": {"b": {}}});
    let _off = server.admin("PUT", name, own).await.expect(200);
    assert_eq!((listed("a").await, listed("b").await), (0, 1));
    let _on = server.admin("POST", "/tyk/keys/policy/defaultplan-key", json!({"policy": "gold"})).await.expect(200);
    assert_eq!((listed("a").await, listed("b").await), (1, 0));
}

#[tokio::test]
async fn every_change_of_a_policy_leaves_one_audit_record() {
    let server = server("5.13").await;
    put(&server, policy("gold")).await;
    put(&server, json!({"id": "gold", "org_id": "default", "rate": 7, "per": 1})).await;
    let _deleted = server.admin("DELETE", "/tyk/policies/gold", ()).await.expect(200);
    put(&server, policy("gold")).await;
    let mut records: Vec<_> = server.items(Table::Audit).await;
    records.sort_by_key(|record| record["v"].as_n().unwrap().parse::<i64>().unwrap());
    let what: Vec<_> = records.iter().map(|record| record["what"].as_s().unwrap().as_str()).collect();
    assert_eq!(what, ["policy.create", "policy.replace", "policy.delete", "policy.create"]);
    assert!(
        records[1]["before"].as_s().unwrap().contains("\"rate\":10")
            && records[1]["after"].as_s().unwrap().contains("\"rate\":7")
    );
    assert!(records.iter().all(|record| record["subject"].as_s().unwrap() == "policy:gold"));
}

/// What the vendor's demonstration installs: arrays that are null, and policies that stand in the key.
#[tokio::test]
async fn key_files_of_an_installation_are_taken_as_they_are() {
    let server = TestServer::with(&[("LATCHKEY_TYK_EDITION", "5.13")]).await;
    put(&server, json!({"_id": "", "id": "gold", "org_id": "default", "tags": null, "meta_data": null, "active": true,
                        "rate": 1000, "per": 60, "quota_max": -1, "quota_renewal_rate": -1, "graphql_access_rights": null,
                        "partitions": {"quota": false, "rate_limit": false, "complexity": false, "acl": false, "per_api": false},
                        "access_rights": {"a": {"api_name": "A", "api_id": "a", "versions": ["Default"], "allowed_urls": [],
                        "restricted_types": null, "limit": null, "allowance_scope": ""}}})).await;
    let key = json!({"last_check": 0, "allowance": 1000, "rate": 1000, "per": 60, "expires": 0, "quota_max": -1,
                     "quota_renews": 1_600_000_000, "quota_remaining": -1, "quota_renewal_rate": -1, "org_id": "default",
                     "access_rights": {"a": {"api_id": "a", "api_name": "A", "versions": ["Default"], "allowed_urls": null,
                     "restricted_types": null, "limit": null}}, "oauth_client_id": "", "oauth_keys": null,
                     "basic_auth_data": {"password": "", "hash_type": ""}, "jwt_data": {"secret": ""}, "hmac_enabled": false,
                     "monitor": {"trigger_limits": null}, "enable_detail_recording": false, "tags": null,
                     "apply_policies": ["gold"], "meta_data": null});
    let _made = server.admin("POST", "/tyk/keys/demo-key", &key).await.expect(200);
    let mut inline = key;
    inline["apply_policies"] = Value::Null;
    inline["meta_data"] = json!({"policies": [{"id": "in", "org_id": "default", "quota_max": 1, "quota_renewal_rate": 60,
                                 "access_rights": {"a": {"versions": null}}, "tags": null}]});
    let _made = server.admin("POST", "/tyk/keys/inline-key", &inline).await.expect(200);
    let verify = async |name: &str| {
        crate::gate::asking::answer(&server, json!({"key": format!("default{name}"), "api": "a"})).await
    };
    assert_eq!(verify("demo-key").await["policies"], json!(["gold"]));
    let admitted = verify("inline-key").await;
    assert_eq!((&admitted["code"], &admitted["policies"]), (&json!("ok"), &json!(["in"])));
    assert_eq!(verify("inline-key").await["code"], "quota_exceeded");
}

#[tokio::test]
async fn a_key_whose_only_policy_does_not_exist_is_not_made() {
    for edition in ["documented", "5.13"] {
        let server = server(edition).await;
        let refused = server.admin("POST", "/tyk/keys/create", following(json!(["ghost"]))).await.expect(500).json();
        assert_eq!(refused["message"], "Failed to create key - policy not found: \"ghost\"");
        let own = json!({"org_id": "default", "apply_policies": ["ghost"], "access_rights": {"a": {}}});
        let _refused = server.admin("POST", "/tyk/keys/named-key", own).await.expect(500);
        assert!(server.items(Table::Keys).await.is_empty());
    }
}
