//! `GET /api/v1/organizations/{orgId}/users`.

use latchkey_harness::session_token;
use serde_json::json;

use super::asking::{API, PROFILE, User, assert_faults, assert_refused, start};

#[tokio::test]
async fn every_member_sees_all_members() {
    let (server, org) = start().await;
    let at = server.clock.now() / 1000;
    for by in [&org.owner, &org.admin, &org.user] {
        let users = by.ask(&server, "GET", &org.users(), ()).await.expect(200).json();
        let users = users["users"].as_array().unwrap().clone();
        assert_eq!(users.len(), 4);
        let ulf = users.iter().find(|user| user["firstName"] == "Ulf").unwrap();
        let expected = json!({
            "id": org.other_user.id, "email": "ulf@example.org", "firstName": "Ulf", "lastName": "Tester",
            "lastLoginAt": at, "orgRole": "org_user",
        });
        assert_eq!(ulf, &expected);
    }
}

#[tokio::test]
async fn what_is_known_of_a_member_follows_their_newest_token() {
    let (server, org) = start().await;
    let (old, now) = (org.user.token(&server), server.clock.now() / 1000);
    let mut claims = org.user.claims(&server);
    claims["lastName"] = "Tester-Meier".into();
    claims["email"] = "ursula@new.example.org".into();
    claims["auth_time"] = (now + 30).into();
    claims["iss"] = "https://id.example.org".into();
    let _newer = server.bearer(&session_token(&claims), "GET", PROFILE, ()).await.expect(200);
    // An older token, used later, does not turn it back.
    let _older = server.bearer(&old, "GET", PROFILE, ()).await.expect(200);
    let users = org.owner.ask(&server, "GET", &org.users(), ()).await.expect(200).json();
    let ursula = users["users"].as_array().unwrap().iter().find(|user| user["firstName"] == "Ursula").unwrap();
    let expected = json!({
        "id": org.user.id, "email": "ursula@new.example.org", "firstName": "Ursula", "lastName": "Tester-Meier",
        "lastLoginAt": now + 30, "lastLoginIDP": "https://id.example.org", "orgRole": "org_user",
    });
    assert_eq!(ursula, &expected);
}

#[tokio::test]
async fn a_bad_organisation_id_is_told() {
    let (server, org) = start().await;
    let reply = org.owner.ask(&server, "GET", &format!("{API}/organizations/x/users"), ()).await;
    assert_faults(&reply, &[("orgId", "uuid", None, Some("x".into()))]);
}

#[tokio::test]
async fn a_user_whose_id_has_a_slash_is_managed_like_any_other() {
    let (server, org) = start().await;
    for id in ["provider/user", "a/b/c", "/", "%2F", "ü/?#"] {
        let eva = User { id: id.to_owned(), name: "Eva".into() };
        org.invite(&server, &eva, "org_user").await;
        let encoded = percent_encoding::utf8_percent_encode(id, percent_encoding::NON_ALPHANUMERIC);
        let path = format!("{}/{encoded}", org.users());
        let _promoted = org.owner.ask(&server, "PUT", &path, json!({"role": "org_admin"})).await.expect(200);
        assert!(org.roles(&server).await.contains(&"Eva org_admin".to_owned()), "{id}");
        assert_refused(&org.owner.ask(&server, "PATCH", &path, ()).await, 405, "request", 405);
        let _removed = org.owner.ask(&server, "DELETE", &path, ()).await.expect(200);
        assert_refused(&org.owner.ask(&server, "DELETE", &path, ()).await, 404, "user", 2);
    }
    let plain = format!("{}/provider/user", org.users());
    assert_refused(&org.owner.ask(&server, "DELETE", &plain, ()).await, 404, "request", 404);
}
