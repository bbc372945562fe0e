//! `DELETE /api/v1/organizations/{orgId}/users/{userId}`.

use serde_json::json;

use super::asking::{User, assert_refused, start};

#[tokio::test]
async fn managers_remove_members_admins_no_owners_and_everybody_themselves() {
    let (server, org) = start().await;
    for (by, of, status) in [
        (&org.user, &org.other_user, 403),
        (&org.user, &org.owner, 403),
        (&org.admin, &org.owner, 403),
        (&org.user, &org.user, 200),
        (&org.admin, &org.other_user, 200),
        (&org.owner, &org.admin, 200),
    ] {
        let reply = by.ask(&server, "DELETE", &org.member(of), ()).await;
        if status == 403 {
            assert_refused(&reply, 403, "auth", 300);
        } else {
            assert_eq!((reply.status, reply.text.as_str()), (200, ""), "{} {}", by.name, of.name);
            assert!(of.profile(&server).await.get("organization").is_none());
        }
    }
    assert_eq!(org.roles(&server).await, ["Olga org_owner"]);
}

#[tokio::test]
async fn the_last_owner_stays_as_long_as_others_do() {
    let (server, org) = start().await;
    let itself = org.member(&org.owner);
    assert_refused(&org.owner.ask(&server, "DELETE", &itself, ()).await, 409, "organization", 3);
    for user in [&org.admin, &org.user, &org.other_user] {
        let _left = user.ask(&server, "DELETE", &org.member(user), ()).await.expect(200);
    }
    let _left = org.owner.ask(&server, "DELETE", &itself, ()).await.expect(200);
    assert_refused(&org.owner.ask(&server, "GET", &org.users(), ()).await, 404, "organization", 2);
}

#[tokio::test]
async fn who_is_no_member_cannot_be_removed() {
    let (server, org) = start().await;
    let stranger = User::new("Sten");
    assert_refused(&org.owner.ask(&server, "DELETE", &org.member(&stranger), ()).await, 404, "user", 2);
    assert_refused(&org.user.ask(&server, "DELETE", &org.member(&stranger), ()).await, 403, "auth", 300);
    let _removed = org.owner.ask(&server, "DELETE", &org.member(&org.user), ()).await.expect(200);
    assert_refused(&org.owner.ask(&server, "DELETE", &org.member(&org.user), ()).await, 404, "user", 2);
    assert_refused(&org.user.ask(&server, "DELETE", &org.member(&org.user), ()).await, 404, "organization", 2);
    // Nobody is left of the names of who is gone.
    let items = server.items(latchkey_shared::store::Table::Organizations).await;
    assert!(!format!("{items:?}").contains("Ursula"), "{items:#?}");
    let _still = org.owner.ask(&server, "PUT", &org.member(&org.admin), json!({"role": "org_user"})).await.expect(200);
}
