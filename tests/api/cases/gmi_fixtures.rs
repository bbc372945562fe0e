//! What the cases of GMI and Requesty find prepared: users, organisations and keys, all made through the public API.

use latchkey_harness::{TestServer, session_token};
use serde_json::{Value, json};

use super::vars::Vars;

/// The most keys of an organisation on these servers; one organisation has them.
pub(super) const MAX_KEYS: usize = 5;

/// Somebody whom the identity provider vouches for: the user's id, address and session token.
struct User {
    id: String,
    email: String,
    token: String,
}

fn user(server: &TestServer, name: &str, more: &Value) -> User {
    let (id, now) = (uuid::Uuid::new_v4().to_string(), server.clock.now() / 1000);
    let email = format!("{name}@example.org");
    let mut claims = json!({
        "userId": id, "sub": id, "email": email, "email_verified": true, "firstName": name, "lastName": "Tester",
        "iat": now, "exp": now + 3600,
    });
    claims.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    User { id, email, token: session_token(&claims) }
}

async fn call(server: &TestServer, token: &str, method: &str, path: &str, body: Value) -> Value {
    let reply = server.bearer(token, method, &format!("/api/v1{path}"), body).await;
    assert!(reply.status < 300, "{method} {path}: {reply:?}");
    serde_json::from_str(&reply.text).unwrap_or_default()
}

async fn register(server: &TestServer, owner: &User) -> Value {
    call(server, &owner.token, "POST", "/organizations", json!({"name": "org"})).await["id"].clone()
}

/// Prepares what the cases of the GMI dialect name.
pub(super) async fn prepare(server: &TestServer, vars: &mut Vars) {
    let owner = user(server, "owner", &json!({}));
    let org = register(server, &owner).await;
    let path = format!("/organizations/{}", org.as_str().unwrap());
    for (fixture, name, role) in
        [("admin", "admin", "org_admin"), ("user", "user", "org_user"), ("user2", "second", "org_user")]
    {
        let user = user(server, name, &json!({}));
        let body = json!({"invitees": [{"email": user.email, "role": role}]});
        call(server, &owner.token, "POST", &format!("{path}/invitations/email"), body).await;
        call(server, &user.token, "GET", "/me/profile", Value::Null).await;
        vars.set(&format!("{fixture}_token"), user.token.into());
    }
    for prefix in ["other", "empty", "full"] {
        let owner = user(server, prefix, &json!({}));
        let org = register(server, &owner).await;
        if prefix == "full" {
            let keys = format!("/organizations/{}/api-keys", org.as_str().unwrap());
            for number in 0..MAX_KEYS {
                call(server, &owner.token, "POST", &keys, json!({"name": format!("k{number}")})).await;
            }
            let listed = call(server, &owner.token, "GET", &keys, Value::Null).await;
            vars.set("full_org_key_id", listed["keys"][0]["id"].clone());
        }
        vars.set(&format!("{prefix}_owner_token"), owner.token.into());
        vars.set(&format!("{prefix}_org_id"), org);
    }
    vars.set("non_member_token", user(server, "stranger", &json!({})).token.into());
    let now = server.clock.now() / 1000;
    let late = json!({"userId": owner.id, "sub": owner.id, "exp": now - 300});
    vars.set("expired_access_token", user(server, "late", &late).token.into());

    let keys = format!("{path}/api-keys");
    let soon = json!({"name": "soon expired", "expiresAt": now + 4});
    vars.set("expired_secret", call(server, &owner.token, "POST", &keys, soon).await["key"].clone());
    let listed = call(server, &owner.token, "GET", &keys, Value::Null).await;
    vars.set("expired_key_id", listed["keys"][0]["id"].clone());
    server.clock.advance(6000);
    vars.set("owner_user_id", owner.id.into());
    vars.set("owner_token", owner.token.into());
    vars.set("org_id", org);
    vars.restart(server.clock.now());
}
