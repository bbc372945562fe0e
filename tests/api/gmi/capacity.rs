//! What each endpoint costs in store calls and capacity units: a call that costs more fails here.

use latchkey_harness::{Body, TestServer};
use serde_json::json;

use super::asking::{CURRENT, PROFILE, User, start};
use crate::capacity::{assert_cost, calls};

/// Sends a request and returns the store calls that it made.
async fn cost(server: &TestServer, by: &User, method: &str, path: &str, body: impl Into<Body>) -> Vec<String> {
    let _before = server.watch.calls();
    let reply = by.ask(server, method, path, body).await;
    assert!(reply.status < 300, "{method} {path}: {reply:?}");
    calls(server)
}

#[tokio::test]
async fn keys_cost_what_the_docs_say() {
    let (server, org) = start().await;
    let body = json!({"name": "build server"});
    let made = cost(&server, &org.user, "POST", &org.keys(), body).await;
    assert_cost("gmi-create-key", "", &made);
    let (id, token) = org.create(&server, &org.user).await;
    let listed = cost(&server, &org.user, "GET", &org.keys(), ()).await;
    assert_cost("gmi-list-keys", "two keys", &listed);
    let deleted = cost(&server, &org.user, "DELETE", &org.key(&id), ()).await;
    assert_cost("gmi-delete-key", "", &deleted);
    let _calls = server.watch.calls();
    let _gone = server.bearer(&token, "GET", CURRENT, ()).await.expect(401);
    assert_cost("gmi-verify-key", "", &calls(&server));
}

#[tokio::test]
async fn organisations_and_members_cost_what_the_docs_say() {
    let (server, org) = start().await;
    let nina = User::new("Nina");
    let registered = cost(&server, &nina, "POST", "/api/v1/organizations", json!({"name": "x"})).await;
    assert_cost("gmi-register-org", "a first organisation", &registered);
    let moved = cost(&server, &nina, "POST", "/api/v1/organizations", json!({"name": "x"})).await;
    assert_cost("gmi-register-org", "leaving another organisation", &moved);

    let known = cost(&server, &org.user, "GET", PROFILE, ()).await;
    assert_cost("gmi-get-profile", "with the latest session token", &known);
    server.clock.advance(60_000);
    let later = cost(&server, &org.user, "GET", PROFILE, ()).await;
    assert_cost("gmi-get-profile", "with a newer session token", &later);
    let alone = cost(&server, &User::new("Sten"), "GET", PROFILE, ()).await;
    assert_cost("gmi-get-profile", "without an organisation or an invitation", &alone);

    let invitees = json!({"invitees": [{"email": "lars@example.org", "role": "org_user"}]});
    let invited = cost(&server, &org.owner, "POST", &org.invitations(), invitees).await;
    assert_cost("gmi-invite-users", "one invitation", &invited);
    let lars = User::new("Lars");
    let joined = cost(&server, &lars, "GET", PROFILE, ()).await;
    assert_cost("gmi-get-profile", "joining by the only invitation", &joined);

    // Two organisations invite Nora, who looks, turns one down and takes the other.
    let (nora, sten) = (User::new("Nora"), User::new("Sten"));
    let other = sten.register(&server).await;
    let invitees = json!({"invitees": [{"email": nora.email(), "role": "org_user"}]});
    for (by, path) in
        [(&org.owner, org.invitations()), (&sten, format!("/api/v1/organizations/{other}/invitations/email"))]
    {
        let _invited = by.ask(&server, "POST", &path, &invitees).await.expect(200);
    }
    let looked = cost(&server, &nora, "GET", PROFILE, ()).await;
    assert_cost("gmi-get-profile", "with two invitations to choose from", &looked);
    let profile = nora.profile(&server).await;
    let [one, two] =
        [0, 1].map(|at| format!("/api/v1/me/invitations/{}", profile["invitations"][at]["id"].as_str().unwrap()));
    let declined = cost(&server, &nora, "DELETE", &one, ()).await;
    assert_cost("gmi-decline-invitation", "", &declined);
    let accepted = cost(&server, &nora, "POST", &format!("{two}/accept"), ()).await;
    assert_cost("gmi-accept-invitation", "", &accepted);

    let listed = cost(&server, &org.user, "GET", &org.users(), ()).await;
    assert_cost("gmi-list-users", "", &listed);
    let promoted = cost(&server, &org.owner, "PUT", &org.member(&lars), json!({"role": "org_admin"})).await;
    assert_cost("gmi-set-role", "", &promoted);
    let removed = cost(&server, &org.owner, "DELETE", &org.member(&lars), ()).await;
    assert_cost("gmi-remove-user", "", &removed);
}

#[tokio::test]
async fn what_is_refused_at_the_door_reaches_no_table() {
    let (server, org) = start().await;
    let _before = server.watch.calls();
    let _no_token = server.send("GET", &org.keys(), &[], ()).await.expect(401);
    let _forged = server.bearer("eyJhbGciOiJub25lIn0.e30.", "GET", PROFILE, ()).await.expect(401);
    let _fault = org.owner.ask(&server, "DELETE", &org.key("x"), ()).await.expect(400);
    let _no_body = org.owner.ask(&server, "POST", &org.keys(), ()).await.expect(400);
    let _nowhere = org.owner.ask(&server, "PUT", &org.keys(), ()).await.expect(405);
    assert_eq!(server.watch.calls(), []);
}
