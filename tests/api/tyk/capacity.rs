//! What each endpoint costs in store calls and capacity units: a call that costs more fails here.

use aws_sdk_dynamodb::types::{AttributeValue, Put, TransactWriteItem};
use latchkey_harness::{TestServer, key};
use latchkey_shared::store::Table;
use serde_json::json;

use crate::capacity::{assert_cost, calls};

/// Sends a request and returns the store calls that it made.
async fn cost(server: &TestServer, method: &str, path: &str, body: impl Into<latchkey_harness::Body>) -> Vec<String> {
    let _before = server.watch.calls();
    let _reply = server.admin(method, path, body).await.expect(200);
    calls(server)
}

#[tokio::test]
async fn making_a_key_is_one_transaction() {
    let server = TestServer::start().await;
    let made = cost(&server, "POST", "/tyk/keys/create", key("default")).await;
    assert_cost("tyk-create-key", "a key without policies", &made);
    let unnamed = cost(&server, "POST", "/tyk/keys", key("default")).await;
    assert_cost("tyk-upsert-key", "a new key without a name", &unnamed);
}

#[tokio::test]
async fn reading_a_key_is_one_read() {
    let server = TestServer::start().await;
    let token = server.create_key("default").await;
    assert_cost(
        "tyk-get-key",
        "a key without policies",
        &cost(&server, "GET", &format!("/tyk/keys/{token}"), ()).await,
    );
}

#[tokio::test]
async fn replacing_and_deleting_a_key_are_one_read_and_one_transaction() {
    let server = TestServer::start().await;
    let token = server.create_key("default").await;
    let path = format!("/tyk/keys/{token}");
    let replaced = cost(&server, "PUT", &path, key("default")).await;
    assert_cost("tyk-upsert-key", "replacing a key", &replaced);
    assert_cost("tyk-delete-key", "", &cost(&server, "DELETE", &path, ()).await);
    let revived = cost(&server, "POST", &path, key("default")).await;
    assert_cost("tyk-upsert-key", "creating a deleted key again", &revived);
    let named = cost(&server, "POST", "/tyk/keys/a-new-name", key("default")).await;
    assert_cost("tyk-upsert-key", "a new key with a name", &named);
}

#[tokio::test]
async fn an_organisations_limits_cost_the_same() {
    let server = TestServer::start().await;
    let limits = json!({"rate": 5, "per": 60});
    let made = cost(&server, "POST", "/tyk/org/keys/acme", &limits).await;
    assert_cost("tyk-upsert-org", "new limits", &made);
    let replaced = cost(&server, "PUT", "/tyk/org/keys/acme", &limits).await;
    assert_cost("tyk-upsert-org", "replacing limits", &replaced);
    assert_cost("tyk-get-org", "", &cost(&server, "GET", "/tyk/org/keys/acme", ()).await);
    assert_cost("tyk-list-orgs", "", &cost(&server, "GET", "/tyk/org/keys", ()).await);
    assert_cost("tyk-delete-org", "", &cost(&server, "DELETE", "/tyk/org/keys/acme", ()).await);
}

#[tokio::test]
async fn a_list_is_one_read_a_page_and_a_whole_token_is_looked_up() {
    let server = TestServer::start().await;
    let token = server.create_key("default").await;
    assert_cost("tyk-list-keys", "all keys", &cost(&server, "GET", "/tyk/keys", ()).await);
    let filtered = cost(&server, "GET", "/tyk/keys?filter=default", ()).await;
    assert_cost("tyk-list-keys", "filtered by an organisation or the start of a name", &filtered);
    let by_token = cost(&server, "GET", &format!("/tyk/keys?filter={token}"), ()).await;
    assert_cost("tyk-list-keys", "one key, filtered by its token", &by_token);
}

#[tokio::test]
async fn moving_a_key_costs_one_row_more_in_the_same_transaction() {
    let server = TestServer::start().await;
    let token = server.create_key("default").await;
    let moved = cost(&server, "PUT", &format!("/tyk/keys/{token}"), key("other")).await;
    // One read more: the name could be a short one of the new organisation.
    assert_cost("tyk-upsert-key", "moving a key to another organisation", &moved);
}

#[tokio::test]
async fn assigning_policies_is_a_replacement_and_a_preview_reaches_no_table() {
    let server = TestServer::start().await;
    let token = server.create_key("default").await;
    let assigned = cost(&server, "POST", &format!("/tyk/keys/policy/{token}"), json!({"policy": "p"})).await;
    assert_cost("tyk-assign-policies", "", &assigned);
    let preview = cost(&server, "POST", "/tyk/keys/preview", key("default")).await;
    assert_cost("tyk-preview-key", "without policies", &preview);
}

/// Adds rows of so many keys that follow the policy `gold`, as making them would.
async fn follow_by_many(server: &TestServer, keys: usize) {
    let table = Table::OrgKeys.full_name(&server.prefix);
    let s = |text: String| AttributeValue::S(text);
    let numbers: Vec<_> = (0..keys).collect();
    for numbers in numbers.chunks(100) {
        let puts = numbers.iter().map(|number| {
            let row = Put::builder().table_name(&table).item("org", s("naming#default#gold".into()));
            let row = row.item("sk", s(format!("{number:013}#00000000-0000-8000-8000-{number:012}")));
            TransactWriteItem::builder().put(row.item("d", s("tyk".into())).build().unwrap()).build()
        });
        let write = server.client.transact_write_items().set_transact_items(Some(puts.collect()));
        let _written = write.send().await.unwrap();
    }
}

#[tokio::test]
async fn a_change_of_a_policy_costs_the_same_however_many_keys_follow_it() {
    let server = TestServer::start().await;
    let policy = |id: &str| json!({"id": id, "org_id": "default", "rate": 5, "per": 1, "access_rights": {"test": {}}});
    let put = async |id: &str| cost(&server, "POST", "/tyk/policies", policy(id)).await;
    let _first = put("first").await;
    assert_cost("tyk-upsert-policy", "a new policy", &put("gold").await);
    let following = |names: serde_json::Value| json!({"org_id": "default", "apply_policies": names});
    let made = cost(&server, "POST", "/tyk/keys/create", following(json!(["gold"]))).await;
    assert_cost("tyk-create-key", "a key with one policy", &made);
    let replaced = put("gold").await;
    assert_cost("tyk-upsert-policy", "replacing a policy", &replaced);
    follow_by_many(&server, 100_000).await;
    assert_eq!(put("gold").await, replaced);
    let verify = json!({"key": server.admin("POST", "/tyk/keys/create", following(json!(["gold"]))).await.text_of("key"), "api": "test"});
    let _first = crate::gate::asking::answer(&server, verify.clone()).await;
    let _before = calls(&server);
    let _remembered = crate::gate::asking::answer(&server, verify).await;
    assert_cost("gate-verify", "a remembered key", &calls(&server));
    assert_cost("tyk-get-policy", "", &cost(&server, "GET", "/tyk/policies/gold", ()).await);
    assert_cost("tyk-list-policies", "", &cost(&server, "GET", "/tyk/policies", ()).await);
    assert_cost(
        "tyk-delete-policy",
        "a policy that no key names",
        &cost(&server, "DELETE", "/tyk/policies/first", ()).await,
    );
    let forced = cost(&server, "DELETE", "/tyk/policies/gold?force=1", ()).await;
    assert_cost("tyk-delete-policy", "with `force=1`", &forced);
    for id in ["1", "2", "3", "4", "5"] {
        let _put = put(id).await;
    }
    let made = cost(&server, "POST", "/tyk/keys/create", following(json!(["1", "2", "3", "4", "5"]))).await;
    assert_cost("tyk-create-key", "a key with five policies", &made);
    let token = server.admin("POST", "/tyk/keys/create", following(json!(["1"]))).await.expect(200).text_of("key");
    let path = format!("/tyk/keys/{token}");
    assert_cost("tyk-get-key", "a key with policies", &cost(&server, "GET", &path, ()).await);
    let preview = cost(&server, "POST", "/tyk/keys/preview", following(json!(["1"]))).await;
    assert_cost("tyk-preview-key", "with policies", &preview);
}

#[tokio::test]
async fn apis_and_reloads_reach_no_table_and_a_health_check_is_one_read() {
    let server = TestServer::with(&[("LATCHKEY_APIS", "orders@acme")]).await;
    for path in ["/tyk/apis", "/tyk/apis/orders"] {
        assert_cost("tyk-list-apis", "", &cost(&server, "GET", path, ()).await);
    }
    for path in ["/tyk/reload", "/tyk/reload/group"] {
        assert_cost("tyk-reload", "", &cost(&server, "GET", path, ()).await);
    }
    assert_cost("tyk-hello", "", &cost(&server, "GET", "/hello", ()).await);
}

#[tokio::test]
async fn what_is_refused_at_the_door_reaches_no_table() {
    let server = TestServer::start().await;
    let _wrong_secret = server.send("GET", "/tyk/keys/abc", &[("X-Tyk-Authorization", "wrong")], ()).await.expect(403);
    let _malformed = server.admin("POST", "/tyk/keys/create", "{").await.expect(500);
    assert_eq!(server.watch.calls(), []);
    let _no_path = server.admin("GET", "/tyk/keys/a/b", ()).await.expect(404);
    assert_cost("unrouted", "", &calls(&server));
}

#[tokio::test]
async fn a_usual_key_fits_in_one_unit() {
    let server = TestServer::start().await;
    let mut body = key("53ac07777cbb8c2d53000002");
    body["alias"] = "billing service, production".into();
    body["tags"] = json!(["production", "billing"]);
    body["quota_max"] = 100_000.into();
    body["quota_renewal_rate"] = 86_400.into();
    let made = cost(&server, "POST", "/tyk/keys/create", &body).await;
    assert_cost("tyk-create-key", "a key without policies", &made);
}

#[tokio::test]
async fn a_short_page_costs_the_same_however_many_keys_there_are() {
    let server = TestServer::start().await;
    let page = async |keys: usize, path: &str| {
        for _ in 0..keys {
            server.create_key("default").await;
        }
        cost(&server, "GET", path, ()).await
    };
    for path in ["/tyk/keys?limit=5", "/tyk/keys?limit=5&filter=default"] {
        let of_few = page(10, path).await;
        let of_many = page(200, path).await;
        assert_eq!(of_few.len(), 1, "{path}");
        assert_eq!(of_many, of_few, "{path}");
    }
}
