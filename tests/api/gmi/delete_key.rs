//! `DELETE /api/v1/organizations/{orgId}/api-keys/{apiKeyId}`.

use latchkey_harness::{ADMIN, TestServer};
use latchkey_shared::store::Table;
use serde_json::{Value, json};

use super::asking::{API, CURRENT, Org, User, assert_faults, assert_refused, start};

#[tokio::test]
async fn owner_and_admin_delete_any_key_and_a_user_their_own() {
    let (server, org) = start().await;
    for (by, of) in [(&org.owner, &org.user), (&org.admin, &org.owner), (&org.user, &org.user)] {
        let (id, token) = org.create(&server, of).await;
        let reply = org.create(&server, &org.other_user).await;
        let deleted = by.ask(&server, "DELETE", &org.key(&id), "a body is ignored").await.expect(200);
        assert_eq!(deleted.text, "");
        assert!(!org.ids(&server, &org.owner).await.contains(&id));
        assert_refused(&server.bearer(&token, "GET", CURRENT, ()).await, 401, "api-key", 200);
        assert_refused(&by.ask(&server, "DELETE", &org.key(&id), ()).await, 404, "api-key", 2);
        let _undisturbed = server.bearer(&reply.1, "GET", CURRENT, ()).await.expect(200);
    }
}

#[tokio::test]
async fn a_key_that_the_caller_cannot_see_is_not_there_for_them() {
    let (server, org) = start().await;
    let (id, token) = org.create(&server, &org.other_user).await;
    let unknown = "7b1c9f0e-2f5d-4c55-9a43-0d6f2f8b7e11";
    let foreign = org.user.ask(&server, "DELETE", &org.key(&id), ()).await;
    let missing = org.user.ask(&server, "DELETE", &org.key(unknown), ()).await;
    assert_refused(&foreign, 404, "api-key", 2);
    assert_eq!(foreign.text, missing.text);
    let _there = server.bearer(&token, "GET", CURRENT, ()).await.expect(200);
    // Once they manage the organisation they see it.
    let _promoted =
        org.owner.ask(&server, "PUT", &org.member(&org.user), json!({"role": "org_admin"})).await.expect(200);
    let _deleted = org.user.ask(&server, "DELETE", &org.key(&id), ()).await.expect(200);
}

#[tokio::test]
async fn an_expired_key_can_be_deleted_and_is_then_unknown_not_expired() {
    let (server, org) = start().await;
    let ends = server.clock.now() / 1000 + 4;
    let (id, token) = org.create_as(&server, &org.owner, json!({"name": "k", "expiresAt": ends})).await;
    server.clock.advance(4000);
    assert_refused(&server.bearer(&token, "GET", CURRENT, ()).await, 401, "api-key", 201);
    let _deleted = org.owner.ask(&server, "DELETE", &org.key(&id), ()).await.expect(200);
    assert_refused(&server.bearer(&token, "GET", CURRENT, ()).await, 401, "api-key", 200);
}

#[tokio::test]
async fn the_path_is_checked_as_a_whole_before_the_organisation_and_that_before_the_key() {
    let (server, org) = start().await;
    let (id, token) = org.create(&server, &org.owner).await;
    let bad = format!("{API}/organizations/nope/api-keys/neither");
    assert_refused(&server.send("DELETE", &bad, &[], ()).await, 401, "auth", 200);
    assert_faults(
        &org.owner.ask(&server, "DELETE", &bad, ()).await,
        &[("orgId", "uuid", None, Some("nope".into())), ("apiKeyId", "uuid", None, Some("neither".into()))],
    );
    let reply = org.owner.ask(&server, "DELETE", &org.key("neither"), ()).await;
    assert_faults(&reply, &[("apiKeyId", "uuid", None, Some("neither".into()))]);
    let nowhere = format!("{API}/organizations/0f3a6f2c-8f0e-4b7a-9c27-5a1f2c3d4e5f/api-keys/{id}");
    assert_refused(&org.owner.ask(&server, "DELETE", &nowhere, ()).await, 404, "organization", 2);
    let stranger = User::new("Sten").ask(&server, "DELETE", &org.key(&id), ()).await;
    assert_refused(&stranger, 404, "organization", 2);
    // A key is no session token.
    assert_refused(&server.bearer(&token, "DELETE", &org.key(&id), ()).await, 401, "auth", 200);
    let _there = server.bearer(&token, "GET", CURRENT, ()).await.expect(200);
}

#[tokio::test]
async fn a_deletion_leaves_a_record_of_who_and_what_and_no_secret() {
    let (server, org) = start().await;
    let (id, token) = org.create_as(&server, &org.user, json!({"name": "build server"})).await;
    let _deleted = org.admin.ask(&server, "DELETE", &org.key(&id), ()).await.expect(200);
    let text = |item: &std::collections::HashMap<_, aws_sdk_dynamodb::types::AttributeValue>, name: &str| {
        item[name].as_s().unwrap().clone()
    };
    let audit = server.items(Table::Audit).await;
    let record = audit.iter().find(|record| text(record, "what") == "key.delete").unwrap();
    assert_eq!(text(record, "who"), format!("user:{}", org.admin.id));
    assert_eq!((text(record, "subject"), text(record, "o")), (format!("key:{id}"), org.id.clone()));
    let before: Value = serde_json::from_str(&text(record, "before")).unwrap();
    assert_eq!((&before["name"], &before["owner"]["id"]), (&"build server".into(), &org.user.id.clone().into()));
    assert!(!format!("{audit:?}").contains(&token), "the audit holds the secret");
}

#[tokio::test]
async fn a_key_that_the_operator_deletes_is_refused_at_once_and_makes_room_for_another() {
    let server = TestServer::with(&[("LATCHKEY_MAX_KEYS_PER_ORG", "1")]).await;
    let org = Org::start(&server).await;
    let (id, token) = org.create(&server, &org.owner).await;
    assert_ne!(org.owner.ask(&server, "POST", &org.keys(), json!({"name": "another"})).await.status, 201);
    let deleted = server.bearer(ADMIN, "DELETE", &format!("/v1/keys/{id}"), ()).await.expect(200);
    assert_eq!(deleted.json(), json!({"key_id": id, "deleted": true}));
    assert_refused(&server.bearer(&token, "GET", CURRENT, ()).await, 401, "api-key", 200);
    let _another = org.create(&server, &org.owner).await;
}
