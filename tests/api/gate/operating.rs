//! How these tests ask the operators' endpoints, and the keys of several dialects that they look at.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use latchkey_harness::{ADMIN, Body, Reply, TestServer, session_token};
use latchkey_shared::store::Table;
use serde_json::{Value, json};

use super::asking::answer;

/// Sends a request with the admin secret.
pub(super) async fn operate(server: &TestServer, method: &str, path: &str, body: impl Into<Body>) -> Reply {
    server.send(method, path, &[("Authorization", &format!("Bearer {ADMIN}"))], body).await
}

/// The answer to a request that only reads.
pub(super) async fn get(server: &TestServer, path: &str) -> Value {
    operate(server, "GET", path, ()).await.expect(200).json()
}

/// A page of the list `name`, and the address of the next page, which the header `Link` repeats.
pub(super) async fn page(server: &TestServer, path: &str, name: &str) -> (Vec<Value>, Option<String>) {
    let reply = operate(server, "GET", path, ()).await.expect(200);
    let mut page = reply.json();
    let next = page.get("next").map(|next| next.as_str().unwrap().to_owned());
    assert_eq!(reply.header("link"), next.as_ref().map(|next| format!("<{next}>; rel=\"next\"")).unwrap_or_default());
    let Value::Array(entries) = page[name].take() else { panic!("{page}") };
    (entries, next)
}

/// The entries of all pages from `path` on.
pub(super) async fn all_pages(server: &TestServer, path: &str, name: &str) -> Vec<Value> {
    let (mut all, mut next) = (Vec::new(), Some(path.to_owned()));
    while let Some(path) = next {
        let (entries, after) = page(server, &path, name).await;
        all.extend(entries);
        next = after;
    }
    all
}

/// The field `name` of each entry, as text.
pub(super) fn texts(entries: &[Value], name: &str) -> Vec<String> {
    entries.iter().map(|entry| entry[name].as_str().unwrap_or_else(|| panic!("{name}: {entry}")).to_owned()).collect()
}

/// The id of the key with this token.
pub(super) async fn id_of(server: &TestServer, token: &str) -> String {
    answer(server, json!({"key": token, "api": "none", "cost": 0})).await["key_id"].as_str().unwrap().to_owned()
}

/// An organisation of the GMI dialect, and its owner's session token.
pub(super) struct Owned {
    pub(super) org: String,
    pub(super) session: String,
}

impl Owned {
    pub(super) async fn register(server: &TestServer, owner: &str) -> Self {
        let claims = json!({"sub": owner, "email": format!("{owner}@example.org"), "exp": 9_999_999_999_i64});
        let session = session_token(&claims);
        let org = server.bearer(&session, "POST", "/api/v1/organizations", json!({"name": owner})).await;
        Self { org: org.expect(201).text_of("id"), session }
    }

    /// Makes a key of the organisation in the GMI dialect.
    pub(super) async fn make(&self, server: &TestServer, body: Value) -> String {
        let path = format!("/api/v1/organizations/{}/api-keys", self.org);
        server.bearer(&self.session, "POST", &path, body).await.expect(201).text_of("key")
    }
}

/// Makes a Tyk key with these fields.
pub(super) async fn make_tyk(server: &TestServer, org: &str, fields: Value) -> String {
    let mut body = latchkey_harness::key(org);
    body.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    server.admin("POST", "/tyk/keys/create", body).await.expect(200).text_of("key")
}

/// Makes a Requesty key.
pub(super) async fn make_requesty(server: &TestServer, org: &str, body: Value) -> (String, String) {
    let headers = [("Authorization", &*format!("Bearer {ADMIN}")), ("X-Organization-Id", org)];
    let made = server.send("POST", "/v1/manage/apikey", &headers, body).await.expect(201);
    (made.text_of("api_key_id"), made.text_of("api_key"))
}

/// Adds `count` copies of the only key of a server, as if each had been made a millisecond after the one before it.
pub(super) async fn copy_only_key(server: &TestServer, count: usize) {
    let [key] = &server.items(Table::Keys).await[..] else { panic!("more than one key") };
    let [row] = &server.items(Table::OrgKeys).await[..] else { panic!("more than one key") };
    let made: i64 = key["m"].as_n().unwrap().parse().unwrap();
    for (table, of) in [(Table::Keys, key), (Table::OrgKeys, row)] {
        for at in 1..=count {
            let put = server.client.put_item().table_name(table.full_name(&server.prefix));
            let _put = put.set_item(Some(copy(table, of, made + at as i64, at))).send().await.unwrap();
        }
    }
}

/// A key's item, or its row in the list, as those of another key.
fn copy(table: Table, of: &HashMap<String, AttributeValue>, made: i64, at: usize) -> HashMap<String, AttributeValue> {
    let id = uuid::Builder::from_custom_bytes((at as u128).to_be_bytes()).into_uuid();
    let (name, text) = match table {
        Table::Keys => ("id", format!("key#{id}")),
        _ => ("sk", format!("live#{made:013}#{id}")),
    };
    let mut item = of.clone();
    item.insert(name.to_owned(), AttributeValue::S(text));
    item.entry("m".to_owned()).and_modify(|at| *at = AttributeValue::N(made.to_string()));
    item
}
