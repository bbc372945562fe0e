//! `POST /api/v1/organizations`.

use futures_util::future::join_all;
use latchkey_harness::{Fault, Reply, TestServer};
use latchkey_shared::store::Table;
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

#[tokio::test]
async fn a_name_has_no_control_characters() {
    let (server, org) = start().await;
    for name in ["a\0b", "\0", "a\nb", "a\u{7f}b", "a\u{85}b"] {
        for path in [PATH, &org.keys()] {
            let reply = org.user.ask(&server, "POST", path, json!({"name": name})).await;
            assert_faults(&reply, &[("name", "printable", None, Some(name.into()))]);
        }
    }
    let _made = org.user.ask(&server, "POST", &org.keys(), json!({"name": "\tüñï 鍵\n"})).await.expect(201);
}

/// Asks for an organisation under a name of the request.
async fn repeatable(server: &TestServer, user: &User, key: &str, name: &str) -> Reply {
    let bearer = format!("Bearer {}", user.token(server));
    server.send("POST", PATH, &[("Authorization", &bearer), ("Idempotency-Key", key)], json!({"name": name})).await
}

const KEY: &str = "registration-4711";

#[tokio::test]
async fn a_repeated_registration_finds_the_organisation_that_it_made() {
    let (server, org) = start().await;
    let first = repeatable(&server, &org.user, KEY, "Acme").await.expect(201);
    let again = repeatable(&server, &org.user, KEY, " Acme ").await.expect(201);
    assert_eq!(first.text, again.text);
    assert_eq!(org.user.profile(&server).await["organization"]["id"], first.text_of("id"));
    assert_ne!(repeatable(&server, &org.other_user, KEY, "Acme").await.expect(201).text, first.text, "another user's");
    assert_refused(&repeatable(&server, &org.user, KEY, "Other").await, 422, "request", 422);
    let newer = repeatable(&server, &org.user, "registration-4712", "Acme").await.expect(201);
    assert_ne!(newer.text, first.text);
    // They have left the first one since.
    assert_refused(&repeatable(&server, &org.user, KEY, "Acme").await, 409, "request", 409);
    assert_eq!(org.user.profile(&server).await["organization"]["id"], newer.text_of("id"));
    let short = repeatable(&server, &org.user, "too-short", "Acme").await;
    assert_refused(&short, 400, "request", 0);
    assert_eq!(short.json()["validationDetail"][0]["field"], "Idempotency-Key");
}

#[tokio::test]
async fn a_registration_whose_answer_got_lost_is_recognised_as_its_own() {
    let (server, org) = start().await;
    server.watch.fail_next("TransactWriteItems", Fault::LoseAnswer);
    assert_refused(&repeatable(&server, &org.user, KEY, "Acme").await, 500, "organization", 1100);
    let made = org.user.profile(&server).await["organization"]["id"].clone();
    let again = repeatable(&server, &org.user, KEY, "Acme").await.expect(201);
    assert_eq!(again.json()["id"], made);
    let records = server.items(Table::Audit).await;
    let made = records.iter().filter(|record| record["what"].as_s().unwrap() == "organization.create").count();
    assert_eq!(made, 2, "the one of the owner, and this one");
    let left = records.iter().filter(|record| record["what"].as_s().unwrap() == "member.leave").count();
    assert_eq!(left, 1, "they left their former organisation once, and never the one that they made");
}

#[tokio::test]
async fn repeated_registrations_at_once_make_one_organisation() {
    let server = TestServer::start().await;
    let olga = User::new("Olga");
    let replies = join_all((0..6).map(|_| repeatable(&server, &olga, KEY, "Acme"))).await;
    assert!(replies.iter().all(|reply| reply.status == 201 && reply.text == replies[0].text), "{replies:?}");
}
