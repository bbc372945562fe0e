//! `GET /api/v1/me/api-keys/current`.

use latchkey_harness::ADMIN;
use serde_json::json;

use super::asking::{CURRENT, assert_refused, start};

#[tokio::test]
async fn the_holder_of_a_key_is_told_what_it_is() {
    let (server, org) = start().await;
    let (id, token) = org.create_as(&server, &org.user, json!({"name": "k", "scope": "ce_resource"})).await;
    let expected = json!({
        "key": {"id": id, "scope": "ce_resource", "type": "ce_resource", "owner": {"id": org.user.id}},
        "organization": {"id": org.id},
    });
    for scheme in ["Bearer", "bearer", "BEARER"] {
        let reply =
            server.send("GET", CURRENT, &[("Authorization", &format!("{scheme} {token}"))], ()).await.expect(200);
        assert_eq!(reply.json(), expected);
    }
}

#[tokio::test]
async fn whatever_is_no_key_is_answered_alike_and_what_has_not_the_form_of_one_costs_no_call() {
    let (server, org) = start().await;
    let (_, token) = org.create(&server, &org.owner).await;
    let tyk = server.create_key("default").await;
    let _calls = server.watch.calls();
    let [head, payload, signature] = token.split('.').collect::<Vec<_>>().try_into().unwrap();
    let bearer = |token: &str| Some(format!("Bearer {token}"));
    for header in [
        None,
        Some("Bearer".to_owned()),
        Some(token.clone()),
        Some(format!("Basic {token}")),
        Some(format!("Bearer {token} {token}")),
        bearer("nonsense"),
        bearer(&format!("{token}x")),
        bearer(&token[..token.len() - 1]),
        bearer(&format!("{head}.{payload}.")),
        bearer(&format!("{head}.{payload}")),
        bearer(&format!("{head}.{signature}.{payload}")),
        bearer(&org.owner.token(&server)),
        bearer(&tyk),
        bearer(ADMIN),
        bearer(&"x".repeat(4000)),
    ] {
        let headers: Vec<_> = header.iter().map(|value| ("Authorization", value.as_str())).collect();
        assert_refused(&server.send("GET", CURRENT, &headers, ()).await, 401, "api-key", 200);
    }
    assert_eq!(server.watch.calls(), []);
}

#[tokio::test]
async fn a_key_expires_at_its_second_and_not_before() {
    let (server, org) = start().await;
    let ends = server.clock.now() / 1000 + 60;
    let (_, token) = org.create_as(&server, &org.owner, json!({"name": "k", "expiresAt": ends})).await;
    server.clock.advance(59_999);
    let _valid = server.bearer(&token, "GET", CURRENT, ()).await.expect(200);
    server.clock.advance(1);
    assert_refused(&server.bearer(&token, "GET", CURRENT, ()).await, 401, "api-key", 201);
}

#[tokio::test]
async fn a_key_outlives_the_membership_of_its_maker() {
    let (server, org) = start().await;
    let (id, token) = org.create(&server, &org.user).await;
    let _removed = org.owner.ask(&server, "DELETE", &org.member(&org.user), ()).await.expect(200);
    let _valid = server.bearer(&token, "GET", CURRENT, ()).await.expect(200);
    assert_eq!(org.ids(&server, &org.admin).await, std::slice::from_ref(&id));
    assert_refused(&org.user.ask(&server, "DELETE", &org.key(&id), ()).await, 404, "organization", 2);
}
