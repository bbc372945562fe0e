//! Paths and methods that no route takes, under `/api/v1`.

use super::asking::{API, assert_refused, start};

#[tokio::test]
async fn unknown_paths_and_other_methods_are_answered_in_the_envelope_before_any_credential() {
    let (server, org) = start().await;
    for (method, path) in [
        ("GET", API.to_owned()),
        ("GET", format!("{API}/nowhere")),
        ("POST", format!("{API}/me/auth-tokens")),
        ("POST", format!("{API}/me/oauth/auth-tokens")),
        ("POST", format!("{API}/me/sessions")),
        ("PATCH", format!("{API}/me/sessions")),
        ("POST", format!("{API}/users/email-verification")),
        ("GET", format!("{}/a/b", org.keys())),
        ("GET", format!("{API}/organizations/a%2Fb/api-keys")),
    ] {
        assert_refused(&server.send(method, &path, &[], ()).await, 404, "request", 404);
    }
    let key = org.key("7b1c9f0e-2f5d-4c55-9a43-0d6f2f8b7e11");
    for (method, path) in [
        ("GET", &key),
        ("POST", &key),
        ("PUT", &key),
        ("PATCH", &key),
        ("DELETE", &org.keys()),
        ("GET", &format!("{API}/organizations")),
        ("POST", &format!("{API}/me/profile")),
        ("GET", &org.invitations()),
    ] {
        assert_refused(&org.owner.ask(&server, method, path, ()).await, 405, "request", 405);
    }
    // What does not belong to the dialect is not answered in it.
    assert_eq!(server.send("GET", "/api/v2/me/profile", &[], ()).await.expect(404).text, "Not Found");
}

#[tokio::test]
async fn other_headers_and_queries_are_ignored() {
    let (server, org) = start().await;
    let bearer = format!("Bearer {}", org.owner.token(&server));
    let headers =
        [("authorization", bearer.as_str()), ("CE-ClientId", "no such thing!"), ("X-Organization-ID", "other")];
    let _listed = server.send("GET", &format!("{}?page=2&unheard", org.keys()), &headers, ()).await.expect(200);
}
