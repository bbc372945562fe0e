//! What the cases of the Requesty dialect find: keys of two organisations, made through the API.

use jiff::Timestamp;
use latchkey_harness::{ADMIN, Reply, TestServer};
use serde_json::{Value, json};

use super::vars::Vars;

const KEYS: &str = "/v1/manage/apikey";
/// How long the key lives that a case finds expired.
const LIFETIME: i64 = 4_000;

/// Makes the keys; the case begins once one of them has expired.
pub(super) async fn prepare(server: &TestServer, vars: &mut Vars) {
    let first = make_first(server, "acme").await;
    for (fixture, manage) in [("manage_read_key", "read"), ("completions_key", "none")] {
        let made = make(server, &first, fixture, manage).await;
        vars.set(fixture, made["api_key"].clone());
    }
    let late = make(server, &first, "late", "write").await;
    let id = late["api_key_id"].as_str().unwrap();
    let at = Timestamp::from_millisecond(server.clock.now() + LIFETIME).unwrap().to_string();
    let path = format!("{KEYS}/{id}/expiry");
    let _set = server.bearer(&first, "POST", &path, json!({"expires_at": at})).await.expect(204);
    vars.set("expired_key", late["api_key"].clone());
    vars.set("expired_key_id", late["api_key_id"].clone());
    vars.set("other_org_write_key", make_first(server, "other").await.into());
    vars.set("manage_write_key", first.into());
    server.clock.advance(LIFETIME + 2_000);
    vars.restart(server.clock.now());
}

async fn make_first(server: &TestServer, org: &str) -> String {
    let bearer = format!("Bearer {ADMIN}");
    let headers = [("Authorization", bearer.as_str()), ("X-Organization-Id", org)];
    let made: Reply = server.send("POST", KEYS, &headers, wanted("first", "write")).await;
    made.expect(201).text_of("api_key")
}

async fn make(server: &TestServer, maker: &str, name: &str, manage: &str) -> Value {
    server.bearer(maker, "POST", KEYS, wanted(name, manage)).await.expect(201).json()
}

fn wanted(name: &str, manage: &str) -> Value {
    json!({"name": name, "permissions": {"manage": manage, "completions": "write"}})
}
