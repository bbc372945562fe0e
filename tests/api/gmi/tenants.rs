//! Organisations and dialects are kept apart: what is others' looks as if it were not there.

use latchkey_shared::store::Table;
use serde_json::json;

use super::asking::{API, CURRENT, Org, User, assert_refused, start};

#[tokio::test]
async fn whoever_is_no_member_gets_the_answer_of_an_unknown_organisation_everywhere() {
    let (server, org) = start().await;
    let (id, _) = org.create(&server, &org.owner).await;
    let (stranger, other) = (User::new("Sten"), User::new("Otto"));
    let other_org = other.register(&server).await;
    let unknown = "0f3a6f2c-8f0e-4b7a-9c27-5a1f2c3d4e5f";
    let user = &org.user.id;
    let invitees = json!({"invitees": [{"email": "a@example.org", "role": "org_user"}]});
    for (method, path, body) in [
        ("POST", "api-keys".to_owned(), json!({"name": "k"})),
        ("GET", "api-keys".into(), json!(null)),
        ("DELETE", format!("api-keys/{id}"), json!(null)),
        ("GET", "users".into(), json!(null)),
        ("POST", "invitations/email".into(), invitees),
        ("PUT", format!("users/{user}"), json!({"role": "org_user"})),
        ("DELETE", format!("users/{user}"), json!(null)),
        ("DELETE", format!("users/{}", other.id), json!(null)),
    ] {
        for by in [&stranger, &other] {
            let foreign = by.ask(&server, method, &format!("{API}/organizations/{}/{path}", org.id), &body).await;
            assert_refused(&foreign, 404, "organization", 2);
            let missing = by.ask(&server, method, &format!("{API}/organizations/{unknown}/{path}"), &body).await;
            assert_eq!((foreign.status, foreign.text), (missing.status, missing.text), "{method} {path}");
        }
    }
    // A key is found only in its own organisation.
    let foreign = other.ask(&server, "DELETE", &format!("{API}/organizations/{other_org}/api-keys/{id}"), ()).await;
    assert_refused(&foreign, 404, "api-key", 2);
    assert_eq!(org.ids(&server, &org.owner).await, [id]);
    assert_eq!(org.roles(&server).await.len(), 4);
}

#[tokio::test]
async fn an_organisation_of_another_dialect_is_none_of_this_one() {
    let (server, org) = start().await;
    let (id, token) = org.create(&server, &org.owner).await;
    // Tyk may use any text as an organisation's id, also this one.
    let tyk = server.create_key(&org.id).await;
    assert_eq!(org.ids(&server, &org.owner).await, std::slice::from_ref(&id));
    let list = server.admin("GET", "/tyk/keys", ()).await.expect(200).json();
    assert_eq!(list["keys"], json!([tyk]));
    for path in [format!("/tyk/keys/{token}"), format!("/tyk/keys/{id}")] {
        let _unknown = server.admin("GET", &path, ()).await.expect(404);
        let _unknown = server.admin("DELETE", &path, ()).await.expect(404);
    }
    // Nobody makes a Tyk key that could pass for one of these.
    let named = server.admin("POST", &format!("/tyk/keys/{token}"), latchkey_harness::key("")).await;
    assert_eq!(named.status, 400, "{}", named.text);
    let _there = server.bearer(&token, "GET", CURRENT, ()).await.expect(200);
}

#[tokio::test]
async fn a_key_is_not_found_by_its_id_where_tyk_names_keys_by_their_hashes() {
    let server = latchkey_harness::TestServer::with(&[("LATCHKEY_HASH_KEYS", "true")]).await;
    let org = Org::start(&server).await;
    let (id, token) = org.create(&server, &org.owner).await;
    for name in [id.clone(), id.replace('-', "")] {
        for method in ["GET", "DELETE"] {
            let _unknown = server.admin(method, &format!("/tyk/keys/{name}?hashed=1"), ()).await.expect(404);
        }
    }
    let _there = server.bearer(&token, "GET", CURRENT, ()).await.expect(200);
}

#[tokio::test]
async fn a_tyk_key_cannot_be_deleted_here_by_its_id() {
    let (server, org) = start().await;
    let tyk = server.create_key(&org.id).await;
    let keys = server.items(Table::Keys).await;
    let id = keys[0]["id"].as_s().unwrap().trim_start_matches("key#").to_owned();
    assert_refused(&org.owner.ask(&server, "DELETE", &org.key(&id), ()).await, 404, "api-key", 2);
    let _there = server.admin("GET", &format!("/tyk/keys/{tyk}"), ()).await.expect(200);
}

#[tokio::test]
async fn who_changes_organisation_leaves_their_rights_and_their_keys_behind() {
    let server = latchkey_harness::TestServer::start().await;
    let org = Org::start(&server).await;
    let (id, _) = org.create(&server, &org.user).await;
    let new = org.user.register(&server).await;
    for (method, path) in [("GET", org.keys()), ("DELETE", org.key(&id)), ("GET", org.users())] {
        assert_refused(&org.user.ask(&server, method, &path, ()).await, 404, "organization", 2);
    }
    assert_eq!(org.ids(&server, &org.owner).await, [id]);
    let keys = org.user.ask(&server, "GET", &format!("{API}/organizations/{new}/api-keys"), ()).await.expect(200);
    assert_eq!(keys.json(), json!({"keys": []}));
}
