//! `POST /api/v1/organizations`.

use serde_json::json;

use super::asking::{Org, User, assert_faults, assert_refused, start};

const PATH: &str = "/api/v1/organizations";

#[tokio::test]
async fn the_maker_of_an_organisation_is_its_owner() {
    let server = latchkey_harness::TestServer::start().await;
    let olga = User::new("Olga");
    assert!(olga.profile(&server).await.get("organization").is_none());
    let reply = olga.ask(&server, "POST", PATH, json!({"name": " Acme "})).await.expect(201);
    let id = reply.text_of("id");
    assert_eq!(reply.json(), json!({"id": id}));
    assert_eq!(id, uuid::Uuid::parse_str(&id).unwrap().to_string());
    assert_eq!(olga.profile(&server).await["organization"], json!({"id": id, "role": "org_owner"}));
}

#[tokio::test]
async fn who_makes_an_organisation_leaves_the_one_they_were_in() {
    let (server, org) = start().await;
    let new = org.user.register(&server).await;
    assert_eq!(org.user.profile(&server).await["organization"], json!({"id": new, "role": "org_owner"}));
    assert_eq!(org.roles(&server).await, ["Adam org_admin", "Olga org_owner", "Ulf org_user"]);
    // Alone in it, its owner may leave it too.
    let newer = org.user.register(&server).await;
    assert_eq!(org.user.profile(&server).await["organization"]["id"], newer);
}

#[tokio::test]
async fn the_last_owner_cannot_leave_while_others_remain() {
    let (server, org) = start().await;
    let before = org.roles(&server).await;
    assert_refused(&org.owner.ask(&server, "POST", PATH, json!({"name": "x"})).await, 409, "organization", 3);
    assert_eq!(org.roles(&server).await, before);
    let _second =
        org.owner.ask(&server, "PUT", &org.member(&org.admin), json!({"role": "org_owner"})).await.expect(200);
    let _left = org.owner.register(&server).await;
    let other = Org { owner: org.admin.clone(), ..org };
    assert_eq!(other.roles(&server).await, ["Adam org_owner", "Ulf org_user", "Ursula org_user"]);
}

#[tokio::test]
async fn a_former_member_can_come_back() {
    let (server, org) = start().await;
    let _removed = org.owner.ask(&server, "DELETE", &org.member(&org.user), ()).await.expect(200);
    org.invite(&server, &org.user, "org_admin").await;
    let _removed = org.owner.ask(&server, "DELETE", &org.member(&org.user), ()).await.expect(200);
    org.invite(&server, &org.user, "org_user").await;
    assert!(org.roles(&server).await.contains(&"Ursula org_user".to_owned()));
}

#[tokio::test]
async fn faults_are_told() {
    let server = latchkey_harness::TestServer::start().await;
    let olga = User::new("Olga");
    assert_refused(&server.send("POST", PATH, &[], "{").await, 401, "auth", 200);
    assert_refused(&olga.ask(&server, "POST", PATH, ()).await, 400, "request", 1);
    assert_faults(&olga.ask(&server, "POST", PATH, "[]").await, &[("body", "json", None, None)]);
    let none = olga.ask(&server, "POST", PATH, json!({"title": "Acme"})).await;
    assert_faults(&none, &[("name", "required", None, Some("".into()))]);
    let long = "x".repeat(256);
    let reply = olga.ask(&server, "POST", PATH, json!({"name": long})).await;
    assert_faults(&reply, &[("name", "max", Some("255"), Some(long.into()))]);
}
