//! `GET` and `PUT /v1/manage/org`: what an organisation is called, and its balance.

use latchkey_harness::TestServer;
use latchkey_shared::store::Table;
use serde_json::json;

use super::asking::{ORG, as_admin, assert_refused, first, make, manager, read};

#[tokio::test]
async fn an_organisation_of_which_nothing_was_told_is_called_by_its_id() {
    let server = TestServer::start().await;
    let root = first(&server, "acme").await;
    let reader = manager(&server, &root, "read").await;
    let reply = server.bearer(&reader.secret, "GET", ORG, ()).await.expect(200);
    assert_eq!(reply.text, "{\"name\":\"acme\",\"balance\":0}\n");
}

#[tokio::test]
async fn name_and_balance_are_set_together_or_one_by_one_and_exactly() {
    let server = TestServer::start().await;
    let root = first(&server, "acme").await;
    for (body, told) in [
        (r#"{"balance":"1234.567891"}"#, r#"{"name":"acme","balance":1234.567891}"#),
        (r#"{"name":" Acme Inc. ","more":1}"#, r#"{"name":"Acme Inc.","balance":1234.567891}"#),
        (r#"{"balance":0}"#, r#"{"name":"Acme Inc.","balance":0}"#),
        (r#"{"name":"Acme","balance":0.1}"#, r#"{"name":"Acme","balance":0.1}"#),
    ] {
        let set = as_admin(&server, "acme", "PUT", ORG, body).await.expect(200);
        assert_eq!(set.text.trim_end(), told);
        assert_eq!(server.bearer(&root.secret, "GET", ORG, ()).await.expect(200).text, set.text);
    }
    let other = first(&server, "other").await;
    assert_eq!(read(&server, &other, ORG).await, json!({"name": "other", "balance": 0}));
}

#[tokio::test]
async fn each_setting_leaves_a_record_of_before_and_after() {
    let server = TestServer::start().await;
    for body in [json!({"name": "Acme"}), json!({"balance": 2.5})] {
        let _set = as_admin(&server, "acme", "PUT", ORG, body).await.expect(200);
        server.clock.advance(1);
    }
    let text = |record: &std::collections::HashMap<String, aws_sdk_dynamodb::types::AttributeValue>, name: &str| {
        record.get(name).map_or("", |value| value.as_s().unwrap()).to_owned()
    };
    let mut records = server.items(Table::Audit).await;
    records.sort_by_key(|record| text(record, "at"));
    let told: Vec<_> = records
        .iter()
        .map(|record| ["who", "what", "subject", "before", "after"].map(|name| text(record, name)))
        .collect();
    let [who, what, subject] = ["requesty-admin", "organization.set", "organization:acme"];
    let (named, whole) = (r#"{"balance":null,"name":"Acme"}"#, r#"{"balance":"2.5","name":"Acme"}"#);
    assert_eq!(told, [[who, what, subject, "", named], [who, what, subject, named, whole]]);
}

#[tokio::test]
async fn what_says_nothing_or_nonsense_of_an_organisation_is_refused() {
    let server = TestServer::start().await;
    for body in [
        "",
        "[]",
        "{}",
        r#"{"more":1}"#,
        r#"{"name":""}"#,
        r#"{"name":5}"#,
        r#"{"name":null}"#,
        r#"{"name":"Acme","balance":"much"}"#,
        r#"{"balance":-1}"#,
        r#"{"balance":null}"#,
        r#"{"balance":1000000.1}"#,
    ] {
        assert_refused(&as_admin(&server, "acme", "PUT", ORG, body).await, 400);
    }
    assert_eq!(server.everything().await, [""; 0]);
}

#[tokio::test]
async fn an_empty_balance_blocks_nobody() {
    let server = TestServer::start().await;
    let root = first(&server, "acme").await;
    let _set = as_admin(&server, "acme", "PUT", ORG, json!({"balance": 0})).await.expect(200);
    let made = make(&server, &root, json!({})).await;
    let _deleted = server.bearer(&root.secret, "DELETE", &made.path(""), ()).await.expect(200);
}

#[tokio::test]
async fn whatever_else_the_profile_holds_is_left_alone() {
    let server = TestServer::start().await;
    let _set = as_admin(&server, "acme", "PUT", ORG, json!({"name": "Acme"})).await.expect(200);
    let item = server.items(Table::Organizations).await.remove(0);
    let mut with_more = item.clone();
    let members = aws_sdk_dynamodb::types::AttributeValue::N("3".into());
    let _new = with_more.insert("members".into(), members.clone());
    let put = server.client.put_item().table_name(Table::Organizations.full_name(&server.prefix));
    let _put = put.set_item(Some(with_more)).send().await.unwrap();
    let set = as_admin(&server, "acme", "PUT", ORG, json!({"balance": 7})).await.expect(200).json();
    assert_eq!(set, json!({"name": "Acme", "balance": 7}));
    assert_eq!(server.items(Table::Organizations).await[0]["members"], members);
}

#[tokio::test]
async fn settings_made_at_once_are_all_made() {
    let server = TestServer::start().await;
    let root = first(&server, "acme").await;
    let calls = (1..=12).map(|n| {
        let body = if n % 2 == 0 { json!({"name": format!("Acme {n}")}) } else { json!({"balance": n}) };
        let server = &server;
        async move { as_admin(server, "acme", "PUT", ORG, body).await.status }
    });
    let statuses = futures_util::future::join_all(calls).await;
    assert!(statuses.iter().all(|status| *status == 200), "{statuses:?}");
    let org = read(&server, &root, ORG).await;
    assert!(org["name"].as_str().unwrap().starts_with("Acme ") && org["balance"] != 0, "{org}");
    assert_eq!(server.items(Table::Audit).await.len(), 13);
}
