//! Tokens are shown once and kept nowhere; every change leaves a record of who and what.

use latchkey_harness::{ADMIN, TestServer};
use latchkey_shared::store::Table;
use serde_json::{Value, json};

use super::asking::{KEYS, Made, first, limit, make, read};

#[tokio::test]
async fn a_token_is_in_no_table_and_in_no_answer_but_its_own() {
    let server = TestServer::start().await;
    let root = first(&server, "acme").await;
    let bearer = format!("Bearer {}", root.secret);
    let headers = [("Authorization", bearer.as_str()), ("Idempotency-Key", "order-4711-attempt")];
    let made = Made::of(&server.send("POST", KEYS, &headers, json!({"name": "x"})).await.expect(201));
    limit(&server, &root, &made, "5").await;
    let _deleted = server.bearer(&root.secret, "DELETE", &root.path(""), ()).await.expect(200);
    let reader = first(&server, "acme").await;
    let mut seen = server.everything().await;
    for path in [KEYS.to_owned(), made.path(""), "/v1/manage/org".into(), made.path("?start_date=2026-01-15")] {
        seen.push(server.bearer(&reader.secret, "GET", &path, ()).await.expect(200).text);
    }
    for secret in [&made.secret, &root.secret, &reader.secret, ADMIN, "order-4711-attempt"] {
        // Nor the part of it that makes it secret.
        let random = secret.strip_prefix("rqsty-sk-").map_or(secret, |digits| &digits[..22]);
        assert!(seen.iter().all(|text| !text.contains(random)));
    }
}

#[tokio::test]
async fn every_change_is_recorded_with_who_and_what_before_and_after() {
    let server = TestServer::start().await;
    let root = first(&server, "acme").await;
    let made = make(&server, &root, json!({"name": "app", "monthly_limit": 5})).await;
    for (rest, body) in [
        ("/limit", json!({"monthly_limit": 7.5})),
        ("/label", json!({"labels": {"env": "prod"}})),
        ("/expiry", json!({"expires_at": "2027-01-01T00:00:00Z"})),
    ] {
        server.clock.advance(1);
        let _set = server.bearer(&root.secret, "POST", &made.path(rest), body).await.expect(204);
    }
    server.clock.advance(1);
    let _deleted = server.bearer(&root.secret, "DELETE", &made.path(""), ()).await.expect(200);

    let mut records = server.items(Table::Audit).await;
    records.retain(|record| record["subject"].as_s().unwrap() == &format!("key:{}", made.id));
    records.sort_by_key(|record| record["at"].as_s().unwrap().clone());
    let field = |name: &str| {
        records.iter().map(|record| record.get(name).map(|value| value.as_s().unwrap().as_str())).collect::<Vec<_>>()
    };
    let json = |name: &str| {
        field(name)
            .into_iter()
            .map(|text| text.map_or(Value::Null, |text| serde_json::from_str(text).unwrap()))
            .collect::<Vec<_>>()
    };
    let replaced = Some("key.replace");
    assert_eq!(field("what"), [Some("key.create"), replaced, replaced, replaced, Some("key.delete")]);
    let who = format!("key:{}", root.id);
    assert!(field("who").iter().all(|told| *told == Some(&who)));
    let (before, after) = (json("before"), json("after"));
    assert_eq!((&before[0], &after[4]), (&Value::Null, &Value::Null));
    assert_eq!(before[1..], after[..4], "each change begins where the one before it ended");
    assert_eq!((&after[0]["spend_limit"], &after[1]["spend_limit"]), (&json!("5"), &json!("7.5")));
    assert_eq!((&after[2]["labels"], &after[0]["name"]), (&json!({"env": "prod"}), &json!("app")));
    assert_eq!(after[3]["usable_until"], "2027-01-01T00:00:00Z");
    assert_eq!(after[3]["created_by"]["id"], root.id.as_str());
}

#[tokio::test]
async fn a_stored_key_tells_nothing_of_its_token_and_is_small() {
    let server = TestServer::start().await;
    let root = first(&server, "acme").await;
    let items = server.items(Table::Keys).await;
    assert_eq!(items.len(), 1);
    let names: std::collections::BTreeSet<_> = items[0].keys().map(String::as_str).collect();
    let unsealed = ["sec", "t"];
    assert!(unsealed.iter().all(|name| !names.contains(name)), "{names:?}");
    assert_eq!(read(&server, &root, KEYS).await["keys"].as_array().unwrap().len(), 1);
}
