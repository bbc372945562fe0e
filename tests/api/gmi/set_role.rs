//! `PUT /api/v1/organizations/{orgId}/users/{userId}`.

use serde_json::json;

use super::asking::{API, User, assert_faults, assert_refused, start};

#[tokio::test]
async fn only_owners_make_and_unmake_owners_and_users_change_nobody() {
    let (server, org) = start().await;
    let second = User::new("Sven");
    org.invite(&server, &second, "org_user").await;
    let _owner = org.owner.ask(&server, "PUT", &org.member(&second), json!({"role": "org_owner"})).await.expect(200);
    for (by, of, role, status) in [
        (&org.admin, &org.user, "org_owner", 403),
        (&org.admin, &second, "org_user", 403),
        (&org.admin, &org.owner, "org_owner", 403),
        (&org.user, &org.other_user, "org_user", 403),
        (&org.user, &org.user, "org_admin", 403),
        (&org.admin, &org.user, "org_admin", 200),
        (&org.admin, &org.user, "org_user", 200),
        (&org.owner, &second, "org_admin", 200),
        (&org.owner, &second, "org_admin", 200),
        (&org.admin, &org.admin, "org_user", 200),
        (&org.admin, &org.admin, "org_admin", 403),
    ] {
        let before = org.roles(&server).await;
        let reply = by.ask(&server, "PUT", &org.member(of), json!({"role": role})).await;
        assert_eq!(reply.status, status, "{} {} {role}: {}", by.name, of.name, reply.text);
        if status == 403 {
            assert_refused(&reply, 403, "auth", 300);
            assert_eq!(org.roles(&server).await, before);
        } else {
            assert_eq!(reply.text, "");
            assert!(org.roles(&server).await.contains(&format!("{} {role}", of.name)));
        }
    }
}

#[tokio::test]
async fn an_organisation_keeps_an_owner() {
    let (server, org) = start().await;
    let itself = org.member(&org.owner);
    assert_refused(&org.owner.ask(&server, "PUT", &itself, json!({"role": "org_user"})).await, 409, "organization", 3);
    let _second =
        org.owner.ask(&server, "PUT", &org.member(&org.admin), json!({"role": "org_owner"})).await.expect(200);
    let _stepped_down = org.owner.ask(&server, "PUT", &itself, json!({"role": "org_user"})).await.expect(200);
    let last = org.admin.ask(&server, "PUT", &org.member(&org.admin), json!({"role": "org_user"})).await;
    assert_refused(&last, 409, "organization", 3);
}

#[tokio::test]
async fn the_checks_come_in_their_order() {
    let (server, org) = start().await;
    let bad = format!("{API}/organizations/x/users/{}", "u".repeat(256));
    let role = json!({"role": "org_user"});
    assert_refused(&server.send("PUT", &bad, &[], &role).await, 401, "auth", 200);
    let words = Some("org_owner org_admin org_user");
    assert_faults(
        &org.owner.ask(&server, "PUT", &bad, json!({"role": "king"})).await,
        &[
            ("orgId", "uuid", None, Some("x".into())),
            ("userId", "max", Some("255"), Some("u".repeat(256).into())),
            ("role", "oneof", words, Some("king".into())),
        ],
    );
    let control = org.owner.ask(&server, "PUT", &format!("{}/a%00b", org.users()), &role).await;
    assert_faults(&control, &[("userId", "printable", None, Some("a\0b".into()))]);
    let path = org.member(&org.user);
    assert_refused(&org.owner.ask(&server, "PUT", &path, ()).await, 400, "request", 1);
    let none = org.owner.ask(&server, "PUT", &path, json!({})).await;
    assert_faults(&none, &[("role", "required", None, Some("".into()))]);
    let stranger = User::new("Sten");
    assert_refused(&stranger.ask(&server, "PUT", &path, &role).await, 404, "organization", 2);
    assert_refused(&org.user.ask(&server, "PUT", &org.member(&stranger), &role).await, 403, "auth", 300);
    assert_refused(&org.owner.ask(&server, "PUT", &org.member(&stranger), &role).await, 404, "user", 2);
}
