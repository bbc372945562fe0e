//! `POST /api/v1/organizations/{orgId}/api-keys`.

use latchkey_harness::TestServer;
use serde_json::{Value, json};

use super::asking::{API, Org, User, assert_faults, assert_refused, start, text};

#[tokio::test]
async fn a_created_key_is_told_once_as_a_jwt_that_begins_with_its_id() {
    let (server, org) = start().await;
    let reply = org.user.ask(&server, "POST", &org.keys(), json!({"name": "  build server "})).await.expect(201);
    let body = reply.json();
    assert_eq!(body.as_object().unwrap().len(), 1, "{body}");
    let token = text(&body, "key");
    assert_eq!(token.split('.').count(), 3);
    let [key] = org.list(&server, &org.user).await.try_into().unwrap();
    assert_eq!(
        (&key["name"], &key["scope"], &key["type"]),
        (&"build server".into(), &"ie_model".into(), &"ie_model".into())
    );
    assert_eq!(key["createdAt"], server.clock.now() / 1000);
    assert_eq!(key["owner"], json!({"id": org.user.id, "firstName": "Ursula", "lastName": "Tester"}));
    assert_eq!(key["partialKey"], token[token.len() - 10..]);
    assert!(key.get("expiresAt").is_none(), "{key}");
}

#[tokio::test]
async fn what_is_not_said_has_its_default_and_the_old_name_of_the_scope_counts_only_alone() {
    let (server, org) = start().await;
    for (more, scope) in [
        (json!({}), "ie_model"),
        (json!({"scope": null, "type": null, "expiresAt": null}), "ie_model"),
        (json!({"scope": "", "type": "", "expiresAt": 0, "unheard": [1]}), "ie_model"),
        (json!({"scope": "ce_resource"}), "ce_resource"),
        (json!({"type": "ce_resource"}), "ce_resource"),
        (json!({"scope": "", "type": "ce_resource"}), "ce_resource"),
        (json!({"scope": "ie_model", "type": "ce_resource"}), "ie_model"),
        (json!({"scope": "ie_model", "type": "unheard"}), "ie_model"),
    ] {
        let mut body = json!({"name": "k"});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let (id, _) = org.create_as(&server, &org.owner, body).await;
        let keys = org.list(&server, &org.owner).await;
        let key = keys.iter().find(|key| key["id"] == *id).unwrap();
        assert_eq!((&key["scope"], &key["type"]), (&scope.into(), &scope.into()), "{more}");
        assert!(key.get("expiresAt").is_none(), "{more}");
    }
}

#[tokio::test]
async fn every_fault_of_every_field_is_told() {
    let (server, org) = start().await;
    let now = server.clock.now() / 1000;
    let long = "ü".repeat(256);
    let scopes = Some("ie_model ce_resource");
    for (field, value, expression, argument, original) in [
        ("name", Value::Null, "required", None, json!("")),
        ("name", json!(""), "required", None, json!("")),
        ("name", json!(" \t"), "required", None, json!(" \t")),
        ("name", json!(7), "type", Some("string"), json!(7)),
        ("name", json!(long), "max", Some("255"), json!(long)),
        ("scope", json!("root"), "oneof", scopes, json!("root")),
        ("scope", json!(["ie_model"]), "type", Some("string"), json!(["ie_model"])),
        ("type", json!("root"), "oneof", scopes, json!("root")),
        ("type", json!(true), "type", Some("string"), json!(true)),
        ("expiresAt", json!(now), "gt", Some("now"), json!(now)),
        ("expiresAt", json!(-1), "gt", Some("now"), json!(-1)),
        ("expiresAt", json!("soon"), "type", Some("integer"), json!("soon")),
        ("expiresAt", json!(1.5), "type", Some("integer"), json!(1.5)),
        ("expiresAt", json!(1e30), "type", Some("integer"), json!(1e30)),
    ] {
        let mut body = json!({"name": "k"});
        body[field] = value;
        let reply = org.owner.ask(&server, "POST", &org.keys(), body).await;
        assert_faults(&reply, &[(field, expression, argument, Some(original))]);
    }
    assert_faults(
        &org.owner.ask(&server, "POST", &org.keys(), json!({})).await,
        &[("name", "required", None, Some("".into()))],
    );
    let body = json!({"type": "b", "expiresAt": "c", "name": [], "scope": ""});
    assert_faults(
        &org.owner.ask(&server, "POST", &format!("{API}/organizations/nope/api-keys"), body).await,
        &[
            ("orgId", "uuid", None, Some("nope".into())),
            ("name", "type", Some("string"), Some(json!([]))),
            ("expiresAt", "type", Some("integer"), Some("c".into())),
            ("type", "oneof", scopes, Some("b".into())),
        ],
    );
    assert_eq!(org.ids(&server, &org.owner).await, [] as [&str; 0]);
    let _just_fits = org.create_as(&server, &org.owner, json!({"name": format!(" {} ", "ü".repeat(255))})).await;
    let _just_later = org.create_as(&server, &org.owner, json!({"name": "k", "expiresAt": now + 1})).await;
}

#[tokio::test]
async fn a_body_that_is_missing_or_no_object_is_refused_after_the_path() {
    let (server, org) = start().await;
    for body in ["", " \n", "null"] {
        assert_refused(&org.owner.ask(&server, "POST", &org.keys(), body).await, 400, "request", 1);
    }
    for body in ["{", "[]", "1", "\"name\"", "{\"name\":\"k\"} {}", "nul"] {
        let reply = org.owner.ask(&server, "POST", &org.keys(), body).await;
        assert_faults(&reply, &[("body", "json", None, None)]);
    }
    let reply = org.owner.ask(&server, "POST", &org.keys(), b"{\"name\":\"\xff\"}".to_vec()).await;
    assert_faults(&reply, &[("body", "json", None, None)]);
    let deep = "[".repeat(100_000);
    assert_faults(&org.owner.ask(&server, "POST", &org.keys(), &*deep).await, &[("body", "json", None, None)]);
    // A bad path is told alone where the body cannot be read.
    for body in ["", "{"] {
        let reply = org.owner.ask(&server, "POST", &format!("{API}/organizations/x/api-keys"), body).await;
        assert_faults(&reply, &[("orgId", "uuid", None, Some("x".into()))]);
    }
    let huge = org.owner.ask(&server, "POST", &org.keys(), vec![b' '; 1024 * 1024 + 1]).await;
    assert_refused(&huge, 413, "request", 413);
}

#[tokio::test]
async fn the_checks_come_in_their_order() {
    let (server, org) = start().await;
    let stranger = User::new("Sten");
    let nowhere = format!("{API}/organizations/0f3a6f2c-8f0e-4b7a-9c27-5a1f2c3d4e5f/api-keys");
    // No credentials before a bad path and body; a bad body before an organisation of others; that before the quota.
    assert_refused(&server.send("POST", &format!("{API}/organizations/x/api-keys"), &[], "{").await, 401, "auth", 200);
    let bad = json!({"name": ""});
    assert_refused(&stranger.ask(&server, "POST", &org.keys(), &bad).await, 400, "request", 0);
    assert_refused(&stranger.ask(&server, "POST", &nowhere, ()).await, 400, "request", 1);
    for path in [&org.keys(), &nowhere] {
        assert_refused(&stranger.ask(&server, "POST", path, json!({"name": "k"})).await, 404, "organization", 2);
    }
    let full = TestServer::with(&[("LATCHKEY_MAX_KEYS_PER_ORG", "0")]).await;
    let org = Org::start(&full).await;
    assert_refused(&stranger.ask(&full, "POST", &org.keys(), json!({"name": "k"})).await, 404, "organization", 2);
    assert_refused(&org.owner.ask(&full, "POST", &org.keys(), json!({"name": "k"})).await, 400, "api-key", 0);
}

#[tokio::test]
async fn an_organisation_has_at_most_its_maximum_of_keys_and_a_deletion_frees_a_place() {
    let server = TestServer::with(&[("LATCHKEY_MAX_KEYS_PER_ORG", "2")]).await;
    let org = Org::start(&server).await;
    let now = server.clock.now() / 1000;
    let (first, _) = org.create_as(&server, &org.owner, json!({"name": "k", "expiresAt": now + 1})).await;
    let _second = org.create(&server, &org.user).await;
    // An expired key counts until it is deleted.
    server.clock.advance(5000);
    let again = json!({"name": "k"});
    assert_refused(&org.owner.ask(&server, "POST", &org.keys(), &again).await, 400, "api-key", 0);
    let _deleted = org.owner.ask(&server, "DELETE", &org.key(&first), ()).await.expect(200);
    let _third = org.create(&server, &org.owner).await;
    assert_refused(&org.owner.ask(&server, "POST", &org.keys(), &again).await, 400, "api-key", 0);
}

#[tokio::test]
async fn ids_in_the_path_are_read_in_any_case_and_in_one_form_only() {
    let (server, org) = start().await;
    let (id, _) = org.create(&server, &org.owner).await;
    let upper = format!("{API}/organizations/{}/api-keys", org.id.to_uppercase());
    let _made = org.owner.ask(&server, "POST", &upper, json!({"name": "k"})).await.expect(201);
    for odd in
        [org.id.replace('-', ""), format!("%7B{}%7D", org.id), format!("urn:uuid:{}", org.id), format!("{}0", org.id)]
    {
        let reply = org.owner.ask(&server, "GET", &format!("{API}/organizations/{odd}/api-keys"), ()).await;
        assert_refused(&reply, 400, "request", 0);
        assert_eq!(reply.json()["validationDetail"][0]["originalValue"], odd.replace("%7B", "{").replace("%7D", "}"));
    }
    let _deleted = org.owner.ask(&server, "DELETE", &format!("{upper}/{}", id.to_uppercase()), ()).await.expect(200);
    assert_eq!(org.ids(&server, &org.owner).await.len(), 1);
}
