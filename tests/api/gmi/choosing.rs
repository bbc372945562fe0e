//! Several invitations at once: none is taken silently, and the user takes one or turns it down.

use futures_util::future::join_all;
use latchkey_harness::{Fault, Reply, TestServer, session_token};
use latchkey_shared::store::Table;
use serde_json::{Value, json};

use super::asking::{API, Org, User, assert_faults, assert_refused, start};

const DAY: i64 = 24 * 60 * 60 * 1000;

/// An organisation of somebody else, which invites.
async fn other(server: &TestServer, owner: &str, name: &str) -> Org {
    let owner = User::new(owner);
    let made = owner.ask(server, "POST", &format!("{API}/organizations"), json!({"name": name})).await;
    let [admin, user, other_user] = ["A", "B", "C"].map(User::new);
    Org { id: made.expect(201).text_of("id"), owner, admin, user, other_user }
}

async fn invite(server: &TestServer, org: &Org, user: &User, role: &str) {
    let body = json!({"invitees": [{"email": user.email(), "role": role}]});
    let _invited = org.owner.ask(server, "POST", &org.invitations(), body).await.expect(200);
    server.clock.advance(1000);
}

/// Nina, whom the two organisations invite, the second one later; and the ids of the invitations.
async fn invited(server: &TestServer, orgs: [&Org; 2]) -> (User, [String; 2]) {
    let nina = User::new("Nina");
    for (org, role) in orgs.into_iter().zip(["org_admin", "org_user"]) {
        invite(server, org, &nina, role).await;
    }
    let [newer, older] = [0, 1].map(async |at| ids(&nina.profile(server).await)[at].clone());
    let ids = [older.await, newer.await];
    (nina, ids)
}

fn ids(profile: &Value) -> Vec<String> {
    let invitations = profile["invitations"].as_array().unwrap_or_else(|| panic!("none: {profile}"));
    invitations.iter().map(|invitation| invitation["id"].as_str().unwrap().to_owned()).collect()
}

async fn accept(server: &TestServer, user: &User, id: &str) -> Reply {
    user.ask(server, "POST", &format!("{API}/me/invitations/{id}/accept"), ()).await
}

async fn decline(server: &TestServer, user: &User, id: &str) -> Reply {
    user.ask(server, "DELETE", &format!("{API}/me/invitations/{id}"), ()).await
}

#[tokio::test]
async fn with_several_invitations_none_is_taken_silently_and_the_profile_lists_them() {
    let (server, org) = start().await;
    let rival = other(&server, "Otto", "Rival").await;
    let began = server.clock.now() / 1000;
    let (nina, [first, second]) = invited(&server, [&org, &rival]).await;
    let profile = nina.profile(&server).await;
    assert!(profile.get("organization").is_none(), "{profile}");
    let entry = |id: &str, (org, name): (&Org, &str), role: &str, at: i64| {
        json!({
            "id": id, "organization": {"id": org.id, "name": name}, "role": role, "createdAt": at,
            "expiresAt": at + 14 * DAY / 1000,
        })
    };
    let expected =
        [entry(&second, (&rival, "Rival"), "org_user", began + 1), entry(&first, (&org, "Acme"), "org_admin", began)];
    assert_eq!(profile["invitations"], json!(expected));
    assert_refused(&nina.ask(&server, "GET", &org.keys(), ()).await, 404, "organization", 2);
}

#[tokio::test]
async fn an_invitation_is_accepted_by_its_id_and_the_other_one_stays() {
    let (server, org) = start().await;
    let rival = other(&server, "Otto", "Rival").await;
    let (nina, [first, second]) = invited(&server, [&org, &rival]).await;
    let joined = accept(&server, &nina, &first.to_uppercase()).await.expect(200).json();
    assert_eq!(joined, json!({"organization": {"id": org.id, "role": "org_admin"}}));
    assert_eq!(nina.profile(&server).await["organization"], joined["organization"]);
    assert!(org.roles(&server).await.contains(&"Nina org_admin".to_owned()));
    assert_eq!(accept(&server, &nina, &first).await.expect(200).json(), joined, "sent again");
    assert_refused(&accept(&server, &nina, &second).await, 409, "invitation", 3);
    let _left = nina.ask(&server, "DELETE", &org.member(&nina), ()).await.expect(200);
    assert_refused(&accept(&server, &nina, &first).await, 404, "invitation", 2);
    assert_eq!(nina.profile(&server).await["organization"]["id"], rival.id, "the only one left");
}

#[tokio::test]
async fn a_declined_invitation_is_gone_and_the_only_one_left_is_taken() {
    let (server, org) = start().await;
    let rival = other(&server, "Otto", "Rival").await;
    let (nina, [first, second]) = invited(&server, [&org, &rival]).await;
    let declined = decline(&server, &nina, &second).await.expect(200);
    assert_eq!(declined.text, "");
    assert_refused(&decline(&server, &nina, &second).await, 404, "invitation", 2);
    assert_refused(&accept(&server, &nina, &second).await, 404, "invitation", 2);
    let organization = nina.profile(&server).await["organization"].clone();
    assert_eq!(accept(&server, &nina, &first).await.expect(200).json()["organization"], organization, "taken before");
    // Who is in an organisation may turn others down.
    invite(&server, &rival, &nina, "org_user").await;
    let _left = nina.ask(&server, "DELETE", &org.member(&nina), ()).await.expect(200);
    assert_eq!(nina.profile(&server).await["organization"]["id"], rival.id);
}

#[tokio::test]
async fn nobody_answers_an_invitation_that_is_not_theirs() {
    let (server, org) = start().await;
    let rival = other(&server, "Otto", "Rival").await;
    let (nina, [first, _]) = invited(&server, [&org, &rival]).await;
    let mut unverified = nina.claims(&server);
    unverified["email_verified"] = false.into();
    let unverified = session_token(&unverified);
    let stranger = User::new("Sten");
    let unknown = uuid::Uuid::new_v4().to_string();
    for (method, path) in [("POST", "/accept"), ("DELETE", "")] {
        let path = |id: &str| format!("{API}/me/invitations/{id}{path}");
        assert_refused(&stranger.ask(&server, method, &path(&first), ()).await, 404, "invitation", 2);
        assert_refused(&server.bearer(&unverified, method, &path(&first), ()).await, 404, "invitation", 2);
        assert_refused(&nina.ask(&server, method, &path(&unknown), ()).await, 404, "invitation", 2);
        assert_refused(&server.send(method, &path(&first), &[], ()).await, 401, "auth", 200);
        let odd = nina.ask(&server, method, &path("x"), ()).await;
        assert_faults(&odd, &[("invitationId", "uuid", None, Some("x".into()))]);
    }
    assert_eq!(ids(&nina.profile(&server).await).len(), 2, "both are there");
}

#[tokio::test]
async fn an_invitation_that_is_over_or_of_an_organisation_that_everybody_left_is_none_to_choose() {
    let (server, org) = start().await;
    let (rival, third) = (other(&server, "Otto", "Rival").await, other(&server, "Tom", "Third").await);
    let (nina, [_, second]) = invited(&server, [&org, &rival]).await;
    invite(&server, &third, &nina, "org_user").await;
    let _moved = rival.owner.register(&server).await;
    assert_eq!(ids(&nina.profile(&server).await).len(), 2);
    assert_refused(&accept(&server, &nina, &second).await, 404, "invitation", 2);
    server.clock.advance(14 * DAY - 2000);
    assert_eq!(nina.profile(&server).await["organization"]["id"], third.id, "the last one whose time is not over");
}

#[tokio::test]
async fn answers_to_invitations_are_recorded() {
    let (server, org) = start().await;
    let rival = other(&server, "Otto", "Rival").await;
    let (nina, [first, second]) = invited(&server, [&org, &rival]).await;
    let _declined = decline(&server, &nina, &second).await.expect(200);
    let _accepted = accept(&server, &nina, &first).await.expect(200);
    let records = server.items(Table::Audit).await;
    let of = |what: &str| {
        let text = |record: &std::collections::HashMap<_, aws_sdk_dynamodb::types::AttributeValue>, name: &str| {
            record.get(name).map_or("", |value| value.as_s().unwrap()).to_owned()
        };
        let mut found: Vec<_> = records.iter().filter(|record| text(record, "what") == what).collect();
        found.retain(|record| text(record, "who") == format!("user:{}", nina.id));
        let [record] = found.as_slice() else { panic!("{what}: {found:?}") };
        ["subject", "o", "before", "after"].map(|name| text(record, name))
    };
    let before = json!({"email": nina.email(), "role": "org_user"}).to_string();
    assert_eq!(of("invitation.decline"), [format!("invitation:{second}"), rival.id, before, String::new()]);
    let after = json!({"invitation": first, "role": "org_admin", "user": nina.id}).to_string();
    assert_eq!(of("member.join"), [format!("member:{}", nina.id), org.id, String::new(), after]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn whoever_accepts_several_at_once_joins_one() {
    let (server, org) = start().await;
    let rival = other(&server, "Otto", "Rival").await;
    let (nina, ids) = invited(&server, [&org, &rival]).await;
    let answers = join_all(ids.iter().map(|id| accept(&server, &nina, id))).await;
    let mut statuses: Vec<_> = answers.iter().map(|reply| reply.status).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409]);
    let joined = answers.iter().find(|reply| reply.status == 200).unwrap().json();
    assert_eq!(nina.profile(&server).await["organization"], joined["organization"]);
}

#[tokio::test]
async fn a_failing_store_is_told_by_its_step_and_changes_nothing() {
    let (server, org) = start().await;
    let rival = other(&server, "Otto", "Rival").await;
    let (nina, [first, second]) = invited(&server, [&org, &rival]).await;
    for (operation, code) in [("Query", 1201), ("GetItem", 1201), ("TransactWriteItems", 1300)] {
        server.watch.fail_next(operation, Fault::Refuse);
        assert_refused(&accept(&server, &nina, &first).await, 500, "invitation", code);
    }
    for (operation, code) in [("Query", 1201), ("TransactWriteItems", 1600)] {
        server.watch.fail_next(operation, Fault::Refuse);
        assert_refused(&decline(&server, &nina, &second).await, 500, "invitation", code);
    }
    server.watch.fail_next("BatchGetItem", Fault::Refuse);
    assert_refused(&nina.ask(&server, "GET", super::asking::PROFILE, ()).await, 500, "organization", 1201);
    assert!(server.watch.all_faults_happened());
    assert_eq!(ids(&nina.profile(&server).await).len(), 2);
}
