//! `/tyk/org/keys…`: the sessions of organisations.

use latchkey_harness::{TestServer, key};
use latchkey_shared::store::Table;
use serde_json::{Value, json};

use super::asserts::{EDITIONS, assert_done, assert_nothing_stored, assert_refused, listed, of_edition, read, segment};

const ACME: &str = "/tyk/org/keys/acme";

/// Sends `body` and reads the session back.
async fn saved(server: &TestServer, method: &str, query: &str, body: Value) -> Value {
    let _saved = server.admin(method, &format!("{ACME}{query}"), body).await.expect(200);
    read(server, ACME).await
}

#[tokio::test]
async fn both_methods_add_or_replace_and_name_what_they_did_by_the_method_alone() {
    for edition in EDITIONS {
        let server = of_edition(edition).await;
        for (method, action) in [("PUT", "modified"), ("POST", "added"), ("POST", "added"), ("PUT", "modified")] {
            assert_done(&server.admin(method, ACME, json!({"rate": 5})).await, "acme", action);
        }
        assert_eq!(listed(&server, "/tyk/org/keys").await, ["acme"]);
    }
}

#[tokio::test]
async fn a_session_comes_back_as_it_was_stored() {
    let server = TestServer::start().await;
    let body = json!({
        "rate": 2.5, "per": 60, "quota_max": 100, "quota_renewal_rate": 3600, "quota_renews": 77, "quota_remaining": 9,
        "is_inactive": true, "data_expires": 86400, "monitor": {"trigger_limits": [80]}, "org_id": "not compared",
        "enable_detailed_recording": true, "last_updated": "1", "date_created": "2001-01-01T00:00:00Z",
        "apply_policies": ["never applied"], "apply_policy_id": "nor this", "hmac_string": "secret", "alias": "", "made_up": 1,
        "access_rights": {"api": {"versions": ["v1"]}},
    });
    let mut expected = body.clone();
    expected["last_updated"] = (server.clock.now() / 1000).to_string().into();
    expected.as_object_mut().unwrap().retain(|name, _| name != "alias" && name != "made_up");
    assert_eq!(saved(&server, "POST", "", body).await, expected);
}

#[tokio::test]
async fn a_limit_per_api_is_not_recomputed() {
    let server = TestServer::start().await;
    let access = json!({"api": {"limit": {"quota_max": 7, "rate": 1, "per": 1}}});
    assert_eq!(saved(&server, "POST", "", json!({"access_rights": access})).await["access_rights"], access);
}

#[tokio::test]
async fn the_zero_time_is_left_out() {
    let server = TestServer::start().await;
    let session = saved(&server, "POST", "", json!({"date_created": "0001-01-01T00:00:00Z"})).await;
    assert_eq!(session.get("date_created"), None);
}

#[tokio::test]
async fn a_session_is_replaced_as_a_whole() {
    let server = TestServer::start().await;
    let _made = saved(&server, "POST", "", json!({"rate": 5, "alias": "old", "hmac_string": "old"})).await;
    for method in ["POST", "PUT"] {
        server.clock.advance(1_000);
        let now = (server.clock.now() / 1000).to_string();
        assert_eq!(saved(&server, method, "", json!({"per": 9})).await, json!({"per": 9, "last_updated": now}));
    }
}

#[tokio::test]
async fn only_reset_quota_of_exactly_1_starts_a_new_period() {
    let server = TestServer::start().await;
    let now = server.clock.now() / 1000;
    let body = json!({"quota_max": 5, "quota_renewal_rate": 100, "quota_renews": 77});
    for query in ["", "?reset_quota=true", "?reset_quota=11", "?suppress_reset=0"] {
        assert_eq!(saved(&server, "POST", query, body.clone()).await["quota_renews"], 77, "{query}");
    }
    for method in ["POST", "PUT"] {
        assert_eq!(saved(&server, method, "?reset_quota=1", body.clone()).await["quota_renews"], now + 100);
    }
}

#[tokio::test]
async fn a_storage_lifetime_has_no_effect_on_an_organisation() {
    let server = TestServer::start().await;
    let _made = saved(&server, "POST", "", json!({"session_lifetime": 1, "rate": 5})).await;
    server.clock.advance(60_000);
    assert_eq!(read(&server, ACME).await["rate"], 5);
    assert_eq!(listed(&server, "/tyk/org/keys").await, ["acme"]);
}

#[tokio::test]
async fn a_body_that_is_no_session_is_malformed() {
    for edition in EDITIONS {
        let server = of_edition(edition).await;
        for method in ["POST", "PUT"] {
            for body in ["", "{", "[]", "1", "{\"rate\":\"1\"}", "{\"quota_max\":1.5}"] {
                assert_refused(&server.admin(method, ACME, body).await, 400, "Request malformed");
            }
        }
        assert_nothing_stored(&server).await;
        let _made = server.admin("POST", ACME, "{\"rate\":5} and more").await.expect(200);
    }
}

#[tokio::test]
async fn a_missing_session_is_not_found() {
    for edition in EDITIONS {
        let server = of_edition(edition).await;
        assert_refused(&server.admin("GET", ACME, ()).await, 404, "Org not found");
        let _keys_are_no_session = server.create_key("acme").await;
        assert_refused(&server.admin("GET", ACME, ()).await, 404, "Org not found");
        assert_eq!(listed(&server, "/tyk/org/keys").await, [""; 0]);
    }
}

#[tokio::test]
async fn deleting_a_missing_session_differs_by_edition_and_changes_nothing() {
    for (edition, status, message) in [("documented", 404, "Org not found"), ("5.13", 400, "Failed to remove the key")]
    {
        let server = of_edition(edition).await;
        assert_refused(&server.admin("DELETE", ACME, ()).await, status, message);
        assert_nothing_stored(&server).await;
        let _made = server.admin("POST", ACME, json!({})).await.expect(200);
        assert_done(&server.admin("DELETE", ACME, ()).await, "acme", "deleted");
        let before = server.everything().await;
        assert_refused(&server.admin("DELETE", ACME, ()).await, status, message);
        assert_refused(&server.admin("GET", ACME, ()).await, 404, "Org not found");
        assert_eq!(server.everything().await, before);
    }
}

#[tokio::test]
async fn deleting_a_session_leaves_the_organisations_keys() {
    let server = TestServer::start().await;
    let token = server.create_key("acme").await;
    let _made = server.admin("POST", ACME, json!({"rate": 5})).await.expect(200);
    let _deleted = server.admin("DELETE", ACME, ()).await.expect(200);
    assert_eq!(listed(&server, "/tyk/keys?filter=acme").await, [token]);
}

#[tokio::test]
async fn a_session_made_again_is_a_fresh_one() {
    let server = TestServer::start().await;
    let _made = server.admin("POST", ACME, json!({"rate": 5, "alias": "old"})).await.expect(200);
    let _deleted = server.admin("DELETE", ACME, ()).await.expect(200);
    let now = (server.clock.now() / 1000).to_string();
    assert_eq!(saved(&server, "PUT", "", json!({"per": 9})).await, json!({"per": 9, "last_updated": now}));
    assert_eq!(listed(&server, "/tyk/org/keys").await, ["acme"]);
}

#[tokio::test]
async fn a_filter_is_a_prefix_of_the_id() {
    let server = TestServer::start().await;
    for id in ["default", "default-2", "other"] {
        let _made = server.admin("POST", &format!("/tyk/org/keys/{id}"), json!({})).await.expect(200);
    }
    for (filter, ids) in [
        ("", &["default", "default-2", "other"][..]),
        ("default", &["default", "default-2"]),
        ("default*", &["default", "default-2"]),
        ("default-", &["default-2"]),
        ("Default", &[]),
        ("efault", &[]),
    ] {
        assert_eq!(listed(&server, &format!("/tyk/org/keys?filter={filter}")).await, ids, "{filter}");
    }
}

#[tokio::test]
async fn odd_ids_are_organisations_of_their_own() {
    let server = TestServer::start().await;
    let ids = ["a:b", "a", "a&b", "ä", "日本", "a b", "\"", "a*", "limits", "org"];
    for (number, id) in ids.iter().enumerate() {
        let path = format!("/tyk/org/keys/{}", segment(id));
        assert_done(&server.admin("POST", &path, json!({"rate": number + 1})).await, id, "added");
    }
    let mut sorted = ids.map(str::to_owned);
    sorted.sort();
    assert_eq!(listed(&server, "/tyk/org/keys").await, sorted);
    for (number, id) in ids.iter().enumerate() {
        let path = format!("/tyk/org/keys/{}", segment(id));
        assert_eq!(read(&server, &path).await["rate"], number + 1, "{id}");
        assert_done(&server.admin("DELETE", &path, ()).await, id, "deleted");
        assert_eq!(server.admin("GET", &path, ()).await.status, 404, "{id}");
    }
    assert_eq!(listed(&server, "/tyk/org/keys").await, [""; 0]);
}

#[tokio::test]
async fn an_impossible_id_is_refused() {
    let server = TestServer::start().await;
    let message = "An organisation ID cannot be longer than 512 bytes or contain / ? # % or control characters.";
    for id in [&"x".repeat(513), "a\nb", "\0", "a?b", "a#b", "a%b", "a%2Fb"] {
        for method in ["POST", "PUT"] {
            let reply = server.admin(method, &format!("/tyk/org/keys/{}", segment(id)), json!({})).await;
            assert_refused(&reply, 400, message);
        }
    }
    assert_nothing_stored(&server).await;
    let longest = "x".repeat(512);
    assert_done(&server.admin("POST", &format!("/tyk/org/keys/{longest}"), json!({})).await, &longest, "added");
}

#[tokio::test]
async fn a_session_over_the_maximum_size_is_refused() {
    let server = TestServer::with(&[("LATCHKEY_MAX_KEY_BYTES", "2000")]).await;
    let mut body = key("");
    body["alias"] = "x".repeat(2_000).into();
    for method in ["POST", "PUT"] {
        assert_refused(&server.admin(method, ACME, &body).await, 400, "The key is larger than 2000 bytes");
    }
    assert_eq!(server.items(Table::Organizations).await.len(), 0);
    assert_nothing_stored(&server).await;
}
