//! `POST /v1/manage/apikey`.

use std::collections::BTreeSet;

use latchkey_harness::TestServer;
use serde_json::{Value, json};

use super::asking::{KEYS, Made, as_admin, assert_refused, first, make, manager, read};

#[tokio::test]
async fn a_new_key_is_told_by_id_and_token_and_nothing_else() {
    let server = TestServer::start().await;
    let root = first(&server, "acme").await;
    let reply = server.bearer(&root.secret, "POST", KEYS, json!({"name": "x"})).await.expect(201);
    let names: BTreeSet<_> = reply.json().as_object().unwrap().keys().cloned().collect();
    assert_eq!(names, BTreeSet::from(["api_key".to_owned(), "api_key_id".to_owned()]));
    assert_eq!(reply.header("content-type"), "application/json");
    let (one, other) = (Made::of(&reply), make(&server, &root, json!({})).await);
    let id = regex::Regex::new("^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$").unwrap();
    // 22 digits of base62 hold 128 random bits; six more are a checksum.
    let secret = regex::Regex::new("^rqsty-sk-[0-9A-Za-z]{28}$").unwrap();
    for made in [&one, &other] {
        assert!(id.is_match(&made.id) && secret.is_match(&made.secret), "{made:?}");
    }
    assert!(one.id != other.id && one.secret != other.secret, "names are not unique");
}

#[tokio::test]
async fn what_is_left_out_is_unlimited_and_may_call_but_not_manage() {
    let server = TestServer::start().await;
    let root = first(&server, "acme").await;
    let made = read(&server, &root, &make(&server, &root, json!({})).await.path("")).await;
    assert_eq!(made["permissions"], json!({"manage": "none", "completions": "write"}));
    assert_eq!((&made["monthly_limit"], &made["monthly_spend"]), (&json!(0), &json!(0)));
}

#[tokio::test]
async fn every_field_is_kept_and_others_are_ignored() {
    let server = TestServer::start().await;
    let root = first(&server, "acme").await;
    for (manage, completions) in [("none", "none"), ("read", "write"), ("write", "read")] {
        let permissions = json!({"manage": manage, "completions": completions, "more": 1});
        let fields = json!({"name": "  Zoë's key \t", "monthly_limit": 50, "permissions": permissions, "id": "x",
                            "labels": {"a": "b"}, "org_id": "other"});
        let made = make(&server, &root, fields).await;
        let details = read(&server, &root, &made.path("")).await;
        assert_eq!(details["name"], "Zoë's key", "trimmed");
        assert_eq!(details["permissions"], json!({"manage": manage, "completions": completions}));
        assert_eq!(details["monthly_limit"], 50);
    }
}

#[tokio::test]
async fn a_name_has_one_to_255_characters_once_it_is_trimmed() {
    let server = TestServer::start().await;
    let root = first(&server, "acme").await;
    let before = server.everything().await;
    for name in [json!(""), json!(" \n\t "), json!("é".repeat(256)), json!(1), Value::Null, json!(["x"]), json!({})] {
        assert_refused(&server.bearer(&root.secret, "POST", KEYS, json!({"name": name})).await, 400);
    }
    assert_refused(&server.bearer(&root.secret, "POST", KEYS, json!({"monthly_limit": 1})).await, 400);
    assert_eq!(server.everything().await, before);
    let longest = format!(" {} ", "é".repeat(255));
    let made = make(&server, &root, json!({"name": longest})).await;
    assert_eq!(read(&server, &root, &made.path("")).await["name"], longest.trim());
}

#[tokio::test]
async fn a_limit_is_a_number_or_a_text_of_one_and_comes_back_exactly() {
    let server = TestServer::start().await;
    let root = first(&server, "acme").await;
    for (sent, told) in [
        ("0", "0"),
        ("\"12.5\"", "12.5"),
        ("123.45", "123.45"),
        ("0.1", "0.1"),
        ("1e2", "100"),
        ("0.000001", "0.000001"),
        ("999999.999999999", "999999.999999999"),
        ("4.5e-06", "0.0000045"),
        ("0.0000000001", "0.000000001"),
        ("0.30000000000000004", "0.3"),
        ("1000000", "1000000"),
        ("null", "0"),
        ("50.000000000", "50"),
    ] {
        let body = format!("{{\"name\":\"x\",\"monthly_limit\":{sent}}}");
        let made = Made::of(&server.bearer(&root.secret, "POST", KEYS, body.as_str()).await.expect(201));
        let details = server.bearer(&root.secret, "GET", &made.path(""), ()).await.expect(200);
        assert!(details.text.contains(&format!("\"monthly_limit\":{told},")), "{sent}: {}", details.text);
    }
}

#[tokio::test]
async fn what_is_no_limit_is_refused_and_makes_nothing() {
    let server = TestServer::start().await;
    let root = first(&server, "acme").await;
    let before = server.everything().await;
    for limit in ["-1", "-0.000000001", "\"ten\"", "\"\"", "true", "[1]", "{}", "1e300", "1000000.000000001"] {
        let body = format!("{{\"name\":\"x\",\"monthly_limit\":{limit}}}");
        assert_refused(&server.bearer(&root.secret, "POST", KEYS, body.as_str()).await, 400);
    }
    assert_eq!(server.everything().await, before);
}

#[tokio::test]
async fn permissions_are_both_or_none_and_each_one_of_three() {
    let server = TestServer::start().await;
    let root = first(&server, "acme").await;
    let before = server.everything().await;
    for permissions in [
        json!({}),
        json!({"manage": "read"}),
        json!({"completions": "write"}),
        json!({"manage": "admin", "completions": "write"}),
        json!({"manage": "Read", "completions": "write"}),
        json!({"manage": null, "completions": "write"}),
        json!({"manage": {"read": null}, "completions": "write"}),
        json!(["read", "write"]),
        json!("write"),
    ] {
        let body = json!({"name": "x", "permissions": permissions});
        assert_refused(&server.bearer(&root.secret, "POST", KEYS, body).await, 400);
    }
    assert_eq!(server.everything().await, before);
}

#[tokio::test]
async fn a_manager_may_grant_more_than_it_has_and_nobody_else_makes_keys() {
    let server = TestServer::start().await;
    let root = first(&server, "acme").await;
    let permissions = json!({"permissions": {"manage": "write", "completions": "none"}});
    let manages = make(&server, &root, permissions).await;
    let _granted = manager(&server, &manages, "write").await;
    for manage in ["none", "read"] {
        let caller = manager(&server, &root, manage).await;
        assert_refused(&server.bearer(&caller.secret, "POST", KEYS, json!({"name": "x"})).await, 403);
    }
}

#[tokio::test]
async fn a_keys_maker_is_told_by_its_id_and_the_administrator_by_none() {
    let server = TestServer::start().await;
    let root = first(&server, "acme").await;
    let made = make(&server, &root, json!({})).await;
    let list = read(&server, &root, KEYS).await;
    let by =
        |id: &str| list["keys"].as_array().unwrap().iter().find(|key| key["id"] == id).unwrap()["created_by"].clone();
    assert_eq!(by(&made.id), json!({"id": root.id, "email": ""}));
    assert_eq!(by(&root.id), json!({"id": "", "email": ""}));
}

#[tokio::test]
async fn the_administrator_makes_a_key_like_any_other() {
    let server = TestServer::start().await;
    let made = Made::of(&as_admin(&server, "acme", "POST", KEYS, json!({"name": "plain"})).await.expect(201));
    let details = read(&server, &made, "/v1/manage/apikey/self").await;
    assert_eq!(details["permissions"], json!({"manage": "none", "completions": "write"}));
    for body in ["", "[]", "{}", r#"{"name":""}"#] {
        assert_refused(&as_admin(&server, "acme", "POST", KEYS, body).await, 400);
    }
}
