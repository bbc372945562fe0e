//! What each endpoint costs: store calls and capacity units, so that a dearer call fails here.

use latchkey_harness::{Body, TestServer};
use serde_json::json;

use super::asking::{CURRENT, PROFILE, User, start};

/// Sends a request and tells the calls it caused: operation and units.
async fn cost(server: &TestServer, by: &User, method: &str, path: &str, body: impl Into<Body>) -> Vec<(String, f64)> {
    let _before = server.watch.calls();
    let reply = by.ask(server, method, path, body).await;
    assert!(reply.status < 300, "{method} {path}: {reply:?}");
    server.watch.calls().into_iter().map(|call| (call.operation, call.units)).collect()
}

fn calls(expected: &[(&str, f64)]) -> Vec<(String, f64)> {
    expected.iter().map(|(operation, units)| ((*operation).to_owned(), *units)).collect()
}

#[tokio::test]
async fn keys_cost_what_the_readme_says() {
    let (server, org) = start().await;
    let body = json!({"name": "build server"});
    let made = cost(&server, &org.user, "POST", &org.keys(), body).await;
    assert_eq!(made, calls(&[("TransactWriteItems", 10.0)]));
    let (id, token) = org.create(&server, &org.user).await;
    let listed = cost(&server, &org.user, "GET", &org.keys(), ()).await;
    assert_eq!(listed, calls(&[("GetItem", 1.0), ("Query", 1.0), ("BatchGetItem", 2.0)]));
    let deleted = cost(&server, &org.user, "DELETE", &org.key(&id), ()).await;
    assert_eq!(deleted, calls(&[("GetItem", 1.0), ("GetItem", 1.0), ("TransactWriteItems", 12.0)]));
    let _calls = server.watch.calls();
    let _gone = server.bearer(&token, "GET", CURRENT, ()).await.expect(401);
    let read: Vec<_> = server.watch.calls().into_iter().map(|call| (call.operation, call.units)).collect();
    assert_eq!(read, calls(&[("GetItem", 1.0)]));
}

#[tokio::test]
async fn organisations_and_members_cost_what_the_readme_says() {
    let (server, org) = start().await;
    let nina = User::new("Nina");
    let registered = cost(&server, &nina, "POST", "/api/v1/organizations", json!({"name": "x"})).await;
    assert_eq!(registered, calls(&[("GetItem", 1.0), ("TransactWriteItems", 8.0)]));
    let moved = cost(&server, &nina, "POST", "/api/v1/organizations", json!({"name": "x"})).await;
    assert_eq!(moved, calls(&[("GetItem", 1.0), ("GetItem", 1.0), ("TransactWriteItems", 14.0)]));

    let known = cost(&server, &org.user, "GET", PROFILE, ()).await;
    assert_eq!(known, calls(&[("GetItem", 1.0), ("GetItem", 1.0)]));
    server.clock.advance(60_000);
    let later = cost(&server, &org.user, "GET", PROFILE, ()).await;
    assert_eq!(later, calls(&[("GetItem", 1.0), ("GetItem", 1.0), ("TransactWriteItems", 4.0)]));
    let alone = cost(&server, &User::new("Sten"), "GET", PROFILE, ()).await;
    assert_eq!(alone, calls(&[("GetItem", 1.0), ("Query", 1.0)]));

    let invitees = json!({"invitees": [{"email": "lars@example.org", "role": "org_user"}]});
    let invited = cost(&server, &org.owner, "POST", &org.invitations(), invitees).await;
    assert_eq!(invited, calls(&[("GetItem", 1.0), ("TransactWriteItems", 6.0)]));
    let lars = User::new("Lars");
    let joined = cost(&server, &lars, "GET", PROFILE, ()).await;
    assert_eq!(joined, calls(&[("GetItem", 1.0), ("Query", 1.0), ("GetItem", 1.0), ("TransactWriteItems", 10.0)]));

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
    assert_eq!(looked, calls(&[("GetItem", 1.0), ("Query", 1.0), ("BatchGetItem", 2.0)]));
    let profile = nora.profile(&server).await;
    let [one, two] =
        [0, 1].map(|at| format!("/api/v1/me/invitations/{}", profile["invitations"][at]["id"].as_str().unwrap()));
    let declined = cost(&server, &nora, "DELETE", &one, ()).await;
    assert_eq!(declined, calls(&[("Query", 1.0), ("TransactWriteItems", 4.0)]));
    let accepted = cost(&server, &nora, "POST", &format!("{two}/accept"), ()).await;
    let reads = [("Query", 1.0), ("GetItem", 1.0), ("GetItem", 1.0)];
    assert_eq!(accepted, calls(&[&reads[..], &[("TransactWriteItems", 10.0)]].concat()));

    let listed = cost(&server, &org.user, "GET", &org.users(), ()).await;
    assert_eq!(listed, calls(&[("GetItem", 1.0), ("Query", 1.0)]));
    let promoted = cost(&server, &org.owner, "PUT", &org.member(&lars), json!({"role": "org_admin"})).await;
    assert_eq!(promoted, calls(&[("GetItem", 1.0), ("GetItem", 1.0), ("TransactWriteItems", 8.0)]));
    let removed = cost(&server, &org.owner, "DELETE", &org.member(&lars), ()).await;
    assert_eq!(removed, calls(&[("GetItem", 1.0), ("GetItem", 1.0), ("TransactWriteItems", 10.0)]));
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
