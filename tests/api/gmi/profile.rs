//! `GET /api/v1/me/profile`.

use latchkey_harness::{TestServer, session_token};
use serde_json::json;

use super::asking::{PROFILE, User, start};

#[tokio::test]
async fn a_user_is_shown_as_their_token_tells_and_their_organisation_as_the_store_does() {
    let (server, org) = start().await;
    let mut claims = org.admin.claims(&server);
    claims["auth_time"] = 1_700_000_000.into();
    claims["iss"] = "https://id.example.org".into();
    claims["org_role"] = "org_owner".into();
    let profile = server.bearer(&session_token(&claims), "GET", PROFILE, ()).await.expect(200).json();
    let expected = json!({
        "user": {
            "id": org.admin.id, "email": "adam@example.org", "firstName": "Adam", "lastName": "Tester",
            "lastLoginAt": 1_700_000_000, "lastLoginIDP": "https://id.example.org",
        },
        "organization": {"id": org.id, "role": "org_admin"},
    });
    assert_eq!(profile, expected);
}

#[tokio::test]
async fn what_a_token_does_not_tell_is_empty_or_left_out() {
    let server = TestServer::start().await;
    let end = server.clock.now() / 1000 + 60;
    for claims in [json!({"sub": "u|1", "exp": end}), json!({"sub": "u|1", "exp": end, "email": 1, "firstName": ["a"]})]
    {
        let profile = server.bearer(&session_token(&claims), "GET", PROFILE, ()).await.expect(200).json();
        assert_eq!(profile, json!({"user": {"id": "u|1", "email": "", "firstName": "", "lastName": ""}}));
    }
    let long = json!({"sub": "u", "exp": end, "firstName": format!("a\u{0}{}", "b".repeat(300))});
    let profile = server.bearer(&session_token(&long), "GET", PROFILE, ()).await.expect(200).json();
    assert_eq!(profile["user"]["firstName"], format!("a{}", "b".repeat(254)));
}

#[tokio::test]
async fn a_role_is_read_when_it_is_asked_for_not_from_an_old_token() {
    let (server, org) = start().await;
    let token = org.user.token(&server);
    let _promoted =
        org.owner.ask(&server, "PUT", &org.member(&org.user), json!({"role": "org_admin"})).await.expect(200);
    let profile = server.bearer(&token, "GET", PROFILE, ()).await.expect(200).json();
    assert_eq!(profile["organization"]["role"], "org_admin");
    let _removed = org.owner.ask(&server, "DELETE", &org.member(&org.user), ()).await.expect(200);
    let profile = server.bearer(&token, "GET", PROFILE, ()).await.expect(200).json();
    assert!(profile.get("organization").is_none(), "{profile}");
}

#[tokio::test]
async fn users_may_have_any_id_that_the_provider_gives() {
    let server = TestServer::start().await;
    for id in ["auth0|5f7c", "ü/%#?", &"x".repeat(255)] {
        let user = User { id: id.to_owned(), name: "Eva".into() };
        let org = user.register(&server).await;
        assert_eq!(user.profile(&server).await["organization"]["id"], org);
    }
}
