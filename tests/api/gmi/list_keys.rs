//! `GET /api/v1/organizations/{orgId}/api-keys`.

use serde_json::json;

use super::asking::{API, User, assert_faults, assert_refused, start, text};

#[tokio::test]
async fn managers_see_every_key_and_users_their_own() {
    let (server, org) = start().await;
    let [(a, _), (b, _), (c, _)] = [
        org.create(&server, &org.owner).await,
        org.create(&server, &org.user).await,
        org.create(&server, &org.other_user).await,
    ];
    let mut all = [a, b.clone(), c.clone()].to_vec();
    all.sort();
    assert_eq!(org.ids(&server, &org.owner).await, all);
    assert_eq!(org.ids(&server, &org.admin).await, all);
    assert_eq!(org.ids(&server, &org.user).await, [b]);
    assert_eq!(org.ids(&server, &org.other_user).await, [c]);
}

#[tokio::test]
async fn the_newest_come_first_and_those_of_one_second_in_the_order_of_their_ids() {
    let (server, org) = start().await;
    let mut made = Vec::new();
    for number in 0..9 {
        server.clock.advance(400);
        let body = json!({"name": format!("k{number}")});
        made.push((server.clock.now() / 1000, org.create_as(&server, &org.owner, body).await.0));
    }
    made.sort_by(|(at, id), (other_at, other)| other_at.cmp(at).then(id.cmp(other)));
    let listed = org.list(&server, &org.owner).await;
    let listed: Vec<_> = listed.iter().map(|key| (key["createdAt"].as_i64().unwrap(), text(key, "id"))).collect();
    assert_eq!(listed, made);
}

#[tokio::test]
async fn an_empty_list_is_an_empty_array_and_an_expired_key_is_listed() {
    let (server, org) = start().await;
    let reply = org.owner.ask(&server, "GET", &org.keys(), ()).await.expect(200);
    assert_eq!(reply.json(), json!({"keys": []}));
    let ends = server.clock.now() / 1000 + 10;
    let (id, token) = org.create_as(&server, &org.owner, json!({"name": "k", "expiresAt": ends})).await;
    server.clock.advance(60_000);
    let [key] = org.list(&server, &org.owner).await.try_into().unwrap();
    assert_eq!((&key["id"], &key["expiresAt"]), (&id.into(), &ends.into()));
    assert!(!key.to_string().contains(&token), "the secret is listed");
}

#[tokio::test]
async fn a_list_is_whole_however_long_it_is() {
    let server = latchkey_harness::TestServer::with(&[("LATCHKEY_MAX_KEYS_PER_ORG", "250")]).await;
    let org = super::asking::Org::start(&server).await;
    // Long names, so that not all fits into one answer of the store at once.
    let name = "x".repeat(255);
    for _ in 0..220 {
        let _made = org.owner.ask(&server, "POST", &org.keys(), json!({"name": name})).await.expect(201);
    }
    assert_eq!(org.ids(&server, &org.admin).await.len(), 220);
}

#[tokio::test]
async fn what_comes_before_a_list_is_checked_in_order() {
    let (server, org) = start().await;
    let bad = format!("{API}/organizations/orgId/api-keys");
    assert_refused(&server.send("GET", &bad, &[], ()).await, 401, "auth", 200);
    let reply = org.owner.ask(&server, "GET", &bad, ()).await;
    assert_faults(&reply, &[("orgId", "uuid", None, Some("orgId".into()))]);
    assert_refused(&User::new("Sten").ask(&server, "GET", &org.keys(), ()).await, 404, "organization", 2);
}
