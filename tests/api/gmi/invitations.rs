//! `POST /api/v1/organizations/{orgId}/invitations/email`, and how an invitation is taken.

use latchkey_harness::{TestServer, session_token};
use serde_json::{Value, json};

use super::asking::{API, Org, PROFILE, User, assert_faults, assert_refused, start};

const DAY: i64 = 24 * 60 * 60 * 1000;

fn inviting(email: &str, role: &str) -> Value {
    json!({"invitees": [{"email": email, "role": role}]})
}

async fn invite(server: &TestServer, org: &Org, email: &str, role: &str) {
    let reply = org.owner.ask(server, "POST", &org.invitations(), inviting(email, role)).await.expect(200);
    assert_eq!(reply.text, "");
}

#[tokio::test]
async fn owner_and_admin_invite_and_users_do_not() {
    let (server, org) = start().await;
    let body = inviting("new@example.org", "org_user");
    let _invited = org.owner.ask(&server, "POST", &org.invitations(), &body).await.expect(200);
    let _invited = org.admin.ask(&server, "POST", &org.invitations(), &body).await.expect(200);
    assert_refused(&org.user.ask(&server, "POST", &org.invitations(), &body).await, 403, "auth", 300);
}

#[tokio::test]
async fn an_invitation_is_taken_once_by_the_verified_owner_of_the_address_whatever_its_case() {
    let (server, org) = start().await;
    invite(&server, &org, "NEW@Example.org", "org_admin").await;
    let end = server.clock.now() / 1000 + 3600;
    let profile =
        async |claims: Value| server.bearer(&session_token(&claims), "GET", PROFILE, ()).await.expect(200).json();
    for verified in [json!(false), json!("false"), json!("TRUE"), json!(1), json!([true]), Value::Null] {
        let claims = json!({"sub": "a", "exp": end, "email": "new@example.org", "email_verified": verified});
        assert!(profile(claims).await.get("organization").is_none(), "{verified}");
    }
    for email in ["other@example.org", "new@example.org.example.com", "n\u{e9}w@example.org", "new@example.org ", ""] {
        let claims = json!({"sub": "a", "exp": end, "email": email, "email_verified": true});
        assert!(profile(claims).await.get("organization").is_none(), "{email}");
    }
    let claims = json!({"sub": "a", "exp": end, "email": "new@EXAMPLE.org", "email_verified": true});
    assert_eq!(profile(claims.clone()).await["organization"], json!({"id": org.id, "role": "org_admin"}));
    assert_eq!(profile(claims).await["organization"], json!({"id": org.id, "role": "org_admin"}));
    let again = json!({"sub": "b", "exp": end, "email": "new@example.org", "email_verified": true});
    assert!(profile(again).await.get("organization").is_none());
}

#[tokio::test]
async fn an_invitation_ends_after_fourteen_days() {
    let (server, org) = start().await;
    let [late, early] = ["Lars", "Ella"].map(User::new);
    invite(&server, &org, &late.email(), "org_user").await;
    invite(&server, &org, &early.email(), "org_user").await;
    server.clock.advance(14 * DAY - 1);
    assert_eq!(early.profile(&server).await["organization"]["id"], org.id);
    server.clock.advance(1);
    assert!(late.profile(&server).await.get("organization").is_none());
    invite(&server, &org, &late.email(), "org_user").await;
    assert_eq!(late.profile(&server).await["organization"]["id"], org.id);
}

#[tokio::test]
async fn a_later_invitation_of_the_same_organisation_replaces_an_earlier() {
    let (server, org) = start().await;
    let nina = User::new("Nina");
    invite(&server, &org, &nina.email(), "org_user").await;
    server.clock.advance(1000);
    invite(&server, &org, &nina.email(), "org_admin").await;
    assert_eq!(nina.profile(&server).await["organization"], json!({"id": org.id, "role": "org_admin"}));
    let _left = nina.ask(&server, "DELETE", &org.member(&nina), ()).await.expect(200);
    assert!(nina.profile(&server).await.get("organization").is_none());
}

#[tokio::test]
async fn an_address_is_verified_by_true_or_by_the_text_true() {
    let (server, org) = start().await;
    for verified in [json!(true), json!("true")] {
        let nina = User::new("Nina");
        invite(&server, &org, &nina.email(), "org_user").await;
        let mut claims = nina.claims(&server);
        claims["email_verified"] = verified;
        let profile = server.bearer(&session_token(&claims), "GET", PROFILE, ()).await.expect(200).json();
        assert_eq!(profile["organization"]["id"], org.id, "{claims}");
    }
}

#[tokio::test]
async fn who_is_in_an_organisation_takes_no_invitation() {
    let (server, org) = start().await;
    let otto = User::new("Otto");
    let home = otto.register(&server).await;
    invite(&server, &org, &otto.email(), "org_admin").await;
    assert_eq!(otto.profile(&server).await["organization"], json!({"id": home, "role": "org_owner"}));
}

#[tokio::test]
async fn nobody_joins_an_organisation_that_everybody_has_left() {
    let server = TestServer::start().await;
    let (otto, nina) = (User::new("Otto"), User::new("Nina"));
    let left = otto.register(&server).await;
    let path = format!("{API}/organizations/{left}/invitations/email");
    server.clock.advance(1000);
    let _invited = otto.ask(&server, "POST", &path, inviting(&nina.email(), "org_admin")).await.expect(200);
    let _moved = otto.register(&server).await;
    assert!(nina.profile(&server).await.get("organization").is_none());
    // An older one is taken in its place: the other is none to choose.
    let org = Org::start(&server).await;
    server.clock.advance(-1000);
    invite(&server, &org, &nina.email(), "org_user").await;
    assert_eq!(nina.profile(&server).await["organization"]["id"], org.id);
}

#[tokio::test]
async fn an_invitation_gives_no_right_before_it_is_taken() {
    let (server, org) = start().await;
    let nina = User::new("Nina");
    invite(&server, &org, &nina.email(), "org_admin").await;
    assert_refused(&nina.ask(&server, "GET", &org.keys(), ()).await, 404, "organization", 2);
}

#[tokio::test]
async fn every_fault_of_every_invitee_is_told() {
    let (server, org) = start().await;
    let roles = Some("org_admin org_user");
    let body = json!({"invitees": [
        {"email": "a@example.org", "role": "org_owner"},
        {"email": "no address", "role": "org_user"},
        {"role": 7},
        "b@example.org",
        {"email": "A@example.org", "role": "org_user"},
    ]});
    let path = format!("{API}/organizations/x/invitations/email");
    assert_faults(
        &org.owner.ask(&server, "POST", &path, body).await,
        &[
            ("orgId", "uuid", None, Some("x".into())),
            ("invitees[0].role", "oneof", roles, Some("org_owner".into())),
            ("invitees[1].email", "email", None, Some("no address".into())),
            ("invitees[2].email", "required", None, Some("".into())),
            ("invitees[2].role", "type", Some("string"), Some(7.into())),
            ("invitees[3]", "type", Some("object"), Some("b@example.org".into())),
            ("invitees[4].email", "unique", None, Some("A@example.org".into())),
        ],
    );
    for (body, expression, argument, original) in [
        (json!({}), "required", None, Some("".into())),
        (json!({"invitees": null}), "required", None, Some("".into())),
        (json!({"invitees": []}), "required", None, Some(json!([]))),
        (json!({"invitees": {}}), "type", Some("array"), Some(json!({}))),
        (json!({"invitees": vec![json!({}); 41]}), "max", Some("40"), None),
    ] {
        let reply = org.owner.ask(&server, "POST", &org.invitations(), body).await;
        assert_faults(&reply, &[("invitees", expression, argument, original)]);
    }
    assert_refused(&org.owner.ask(&server, "POST", &org.invitations(), ()).await, 400, "request", 1);
}

#[tokio::test]
async fn forty_are_invited_at_once() {
    let (server, org) = start().await;
    let invitees: Vec<_> = (0..40).map(|n| json!({"email": format!("u{n}@example.org"), "role": "org_user"})).collect();
    let _invited = org.admin.ask(&server, "POST", &org.invitations(), json!({"invitees": invitees})).await.expect(200);
    for n in [0, 39] {
        assert_eq!(User::new(&format!("u{n}")).profile(&server).await["organization"]["id"], org.id);
    }
}

#[tokio::test]
async fn thousands_of_faults_come_back_as_few_and_long_values_shortened() {
    let (server, org) = start().await;
    let long = "x".repeat(10_000);
    let invitees: Vec<_> = (0..40).map(|_| json!({"email": long, "role": long})).collect();
    let refused = org.owner.ask(&server, "POST", &org.invitations(), json!({"invitees": invitees})).await;
    assert_refused(&refused, 400, "request", 0);
    let body = refused.json();
    assert_eq!(body["validationDetail"].as_array().unwrap().len(), 32);
    assert_eq!(body["message"], "48 more fields are invalid");
    assert!(refused.text.len() < 32_000, "{} bytes", refused.text.len());
    for body in [json!({"name": vec![0; 100_000]}), json!({"name": "x".repeat(500_000)})] {
        let refused = org.owner.ask(&server, "POST", &org.keys(), body).await.expect(400);
        assert!(refused.text.len() < 1000, "{} bytes", refused.text.len());
    }
}
