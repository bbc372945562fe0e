//! Organisations and dialects kept apart: what is another's is answered as what is not there.

use latchkey_harness::{ADMIN, TestServer, key};
use latchkey_shared::store::Table;
use serde_json::json;

use super::asking::{KEYS, Made, NOBODY, ORG, assert_refused, code, first, listed, make, read, report};

/// Requests about one key, with a good body.
const OF_A_KEY: [(&str, &str, &str); 7] = [
    ("GET", "", ""),
    ("GET", "?start_date=2026-01-01", ""),
    ("GET", "/usage?start=2026-01-01T00:00:00Z", ""),
    ("POST", "/limit", r#"{"monthly_limit":1}"#),
    ("POST", "/label", r#"{"labels":{"a":"b"}}"#),
    ("POST", "/expiry", "{}"),
    ("DELETE", "", ""),
];

/// Every request about `other` is answered to `by` as one about nobody, and changes nothing.
async fn assert_hidden(server: &TestServer, by: &Made, other: &str) {
    let before = server.everything().await;
    for (method, rest, body) in OF_A_KEY {
        let [theirs, nobodys] = [other, NOBODY].map(|id| format!("{KEYS}/{id}{rest}"));
        let theirs = server.bearer(&by.secret, method, &theirs, body).await;
        let nobodys = server.bearer(&by.secret, method, &nobodys, body).await;
        assert_eq!(assert_refused(&theirs, 404), assert_refused(&nobodys, 404), "{method} {rest}");
    }
    assert_eq!(server.everything().await, before);
}

#[tokio::test]
async fn a_key_of_another_organisation_is_answered_like_a_missing_one() {
    let server = TestServer::start().await;
    let (acme, other) = (first(&server, "acme").await, first(&server, "other").await);
    let theirs = make(&server, &other, json!({})).await;
    assert_hidden(&server, &acme, &theirs.id).await;
    assert_eq!(read(&server, &other, &theirs.path("")).await["id"], theirs.id.as_str());
}

#[tokio::test]
async fn a_key_of_another_dialect_in_the_same_organisation_is_answered_like_a_missing_one() {
    let server = TestServer::start().await;
    let acme = first(&server, "acme").await;
    let tyk = server.admin("POST", "/tyk/keys/create", key("acme")).await.expect(200).text_of("key");
    let items = server.items(latchkey_shared::store::Table::Keys).await;
    let item = items.iter().find(|item| item["d"].as_s().unwrap() == "tyk").unwrap();
    let id = item["id"].as_s().unwrap().replace("key#", "");
    assert_hidden(&server, &acme, &id).await;
    assert_eq!(listed(&server, &acme).await, [acme.id.as_str()]);

    let tyks = server.admin("GET", "/tyk/keys", ()).await.expect(200).json();
    assert_eq!(tyks["keys"], json!([tyk]), "and Tyk's list does not show the dialect's");
    for name in [&acme.secret, &acme.id] {
        let _hidden = server.admin("GET", &format!("/tyk/keys/{name}"), ()).await.expect(404);
        let _hidden = server.admin("DELETE", &format!("/tyk/keys/{name}"), ()).await.expect(404);
    }
    assert_eq!(code(&server, &acme, "completions", "POST").await, "ok", "the gate judges both");
}

#[tokio::test]
async fn lists_and_use_are_those_of_the_callers_organisation() {
    let server = TestServer::start().await;
    let (acme, other) = (first(&server, "acme").await, first(&server, "other").await);
    report(&server, &other, json!({"requests": 3, "spend": 5})).await;
    assert_eq!(listed(&server, &acme).await, [acme.id.as_str()]);
    assert_eq!(listed(&server, &other).await, [other.id.as_str()]);
    let path = format!("{ORG}/usage?start=2026-01-15T00:00:00Z");
    assert_eq!(read(&server, &acme, &path).await, json!({"usage": {}}));
    assert_eq!(read(&server, &other, &path).await["usage"]["2026-01-15T00:00:00Z"]["spend"], 5);
}

#[tokio::test]
async fn an_organisation_that_a_url_would_cut_or_decode_gets_no_key() {
    let server = TestServer::start().await;
    for org in ["a/b", "a?b", "a#b", "a%b", "a%2Fb", ""] {
        let headers = [("Authorization", &*format!("Bearer {ADMIN}")), ("X-Organization-Id", org)];
        let refused = server.send("POST", "/v1/manage/apikey", &headers, json!({"name": "first"})).await.expect(400);
        assert!(refused.text.contains("without / ? # %"), "{org:?}: {}", refused.text);
    }
    assert!(server.items(Table::Keys).await.is_empty());
}

#[tokio::test]
async fn organisations_whose_ids_begin_alike_are_two() {
    let server = TestServer::start().await;
    let (short, long) = (first(&server, "acme").await, first(&server, "acme:live").await);
    assert_eq!(listed(&server, &short).await, [short.id.as_str()]);
    assert_eq!(listed(&server, &long).await, [long.id.as_str()]);
    assert_hidden(&server, &short, &long.id).await;
}
