//! How these tests ask the gate, and what they look at.

use std::collections::{BTreeMap, HashMap};

use aws_sdk_dynamodb::types::AttributeValue;
use latchkey_harness::{ADMIN, Reply, TestServer, key};
use latchkey_shared::store::Table;
use serde_json::{Value, json};

/// Asks as the administrator.
pub(super) async fn ask(server: &TestServer, question: Value) -> Reply {
    let bearer = format!("Bearer {ADMIN}");
    server.send("POST", "/v1/keys/verify", &[("Authorization", &bearer)], question).await
}

/// The answer to a question that is understood.
pub(crate) async fn answer(server: &TestServer, question: Value) -> Value {
    ask(server, question).await.expect(200).json()
}

/// The answer to one call of the API `test`.
pub(super) async fn call(server: &TestServer, token: &str) -> Value {
    answer(server, json!({"key": token, "api": "test"})).await
}

/// The code of the answer to `question`.
pub(super) async fn code_of(server: &TestServer, question: Value) -> String {
    answer(server, question).await["code"].as_str().unwrap().to_owned()
}

/// The code of one call of the API `test`.
pub(super) async fn code(server: &TestServer, token: &str) -> String {
    code_of(server, json!({"key": token, "api": "test"})).await
}

/// How many calls in a row are admitted, and the code of the first that is not.
pub(super) async fn until_refused(server: &TestServer, token: &str) -> (usize, String) {
    for admitted in 0..100 {
        let code = code(server, token).await;
        if code != "ok" {
            return (admitted, code);
        }
    }
    panic!("a hundred calls were admitted");
}

/// A usual key of `default` with `fields` in place of its own.
pub(super) fn key_with(fields: &Value) -> Value {
    let mut body = key("default");
    for (name, value) in fields.as_object().unwrap() {
        body[name] = value.clone();
    }
    body
}

/// Makes a key with a random token, which is returned.
pub(super) async fn make(server: &TestServer, fields: Value) -> String {
    server.admin("POST", "/tyk/keys/create", key_with(&fields)).await.expect(200).text_of("key")
}

/// Replaces a key; its counters run on.
pub(super) async fn edit(server: &TestServer, token: &str, fields: Value) {
    let path = format!("/tyk/keys/{token}?suppress_reset=1");
    let _edited = server.admin("PUT", &path, key_with(&fields)).await.expect(200);
}

/// Sets the limits of an organisation.
pub(super) async fn limit_org(server: &TestServer, org: &str, limits: Value) {
    let _limited = server.admin("POST", &format!("/tyk/org/keys/{org}"), limits).await.expect(200);
}

/// Everything that is stored, by its place.
pub(super) async fn tables(server: &TestServer) -> BTreeMap<String, HashMap<String, AttributeValue>> {
    let mut rows = BTreeMap::new();
    for table in Table::ALL {
        for item in server.items(table).await {
            let (partition, sort) = table.key();
            let place = [Some(partition), sort].map(|name| name.and_then(|name| item.get(name)).cloned());
            assert!(rows.insert(format!("{table:?} {place:?}"), item).is_none());
        }
    }
    rows
}

/// The faults that a refusal names, sorted: field and problem.
pub(super) fn faults(refusal: &Reply) -> Vec<String> {
    let body = refusal.json();
    let faults = body["error"]["faults"].as_array().unwrap().iter();
    let mut named: Vec<_> = faults
        .map(|fault| format!("{} {}", fault["field"].as_str().unwrap(), fault["problem"].as_str().unwrap()))
        .collect();
    named.sort();
    named
}
