//! Requests with answers that neither the black-box cases nor changed sample events get.

use latchkey_harness::{ADMIN, Answered, TestServer, key};
use serde_json::json;

use crate::matrix::{World, session};

const REPEATED: (&str, &str) = ("Idempotency-Key", "one-and-the-same-request");
const BEARER: (&str, &str) = ("Authorization", concat!("Bearer ", "admin-secret-of-the-tests"));

/// What these requests are answered.
pub(super) async fn answered(world: &World) -> Answered {
    let mut answered = Answered::new();
    for server in [tyk().await, requesty().await, gmi(world).await] {
        answered.extend(server.answered.lock().unwrap().clone());
    }
    answered
}

/// Keys that were made by repeatable requests and are gone, and keys and policies that are not as they should be.
async fn tyk() -> TestServer {
    let server = TestServer::start().await;
    let admin = ("X-Tyk-Authorization", ADMIN);
    for path in ["/tyk/keys/create", "/tyk/keys"] {
        let made = server.send("POST", path, &[admin, REPEATED], key("acme")).await.expect(200).text_of("key");
        let _gone = server.admin("DELETE", &format!("/tyk/keys/{made}"), ()).await.expect(200);
        let _refused = server.send("POST", path, &[admin, REPEATED], key("acme")).await.expect(409);
    }
    let follower = json!({"org_id": "acme", "apply_policies": ["gold"]});
    let policy = json!({"id": "gold", "org_id": "acme", "access_rights": {"test": {}}});
    let _put = server.admin("POST", "/tyk/policies", policy).await.expect(200);
    let _follows = server.admin("POST", "/tyk/keys/create", follower).await.expect(200);
    let _refused = server.admin("DELETE", "/tyk/policies/gold", ()).await.expect(409);
    server
}

async fn requesty() -> TestServer {
    let server = TestServer::start().await;
    let headers = [BEARER, ("X-Organization-Id", "acme"), REPEATED];
    let body = json!({"name": "first", "permissions": {"manage": "write", "completions": "write"}});
    let first = server.send("POST", "/v1/manage/apikey", &headers, &body).await.expect(201);
    let path = format!("/v1/manage/apikey/{}", first.text_of("api_key_id"));
    let _gone = server.bearer(&first.text_of("api_key"), "DELETE", &path, ()).await.expect(200);
    let _refused = server.send("POST", "/v1/manage/apikey", &headers, &body).await.expect(409);
    server
}

/// Organisations that the last owner cannot leave.
async fn gmi(world: &World) -> TestServer {
    let server = world.server().await;
    let (owner, org) = (session("owner"), world.placeholder("ORG-ID"));
    let members = format!("/api/v1/organizations/{org}/users/owner");
    let _stays = server.bearer(&owner, "DELETE", &members, ()).await.expect(409);
    let _stays = server.bearer(&owner, "PUT", &members, json!({"role": "org_user"})).await.expect(409);
    server
}
