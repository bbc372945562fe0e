//! `GET /v1/manage/apikey/{id}`: a key's details.

use latchkey_harness::TestServer;
use serde_json::json;

use super::asking::{KEYS, assert_refused, first, make, manager, read, report};

#[tokio::test]
async fn details_have_their_documented_fields_and_no_token() {
    let server = TestServer::start().await;
    let root = first(&server, "acme").await;
    let made = make(&server, &root, json!({"name": "app", "monthly_limit": 1.25})).await;
    report(&server, &made, json!({"spend": 1.5})).await;
    let details = server.bearer(&root.secret, "GET", &made.path(""), ()).await.expect(200);
    assert_eq!(
        details.text.replace(&made.id, "ID"),
        "{\"id\":\"ID\",\"name\":\"app\",\"logging\":true,\"monthly_spend\":1.5,\"monthly_limit\":1.25,\
         \"permissions\":{\"manage\":\"none\",\"completions\":\"write\"}}\n"
    );
}

#[tokio::test]
async fn an_expiry_is_told_while_there_is_one_even_once_it_is_over() {
    let server = TestServer::start().await;
    let root = first(&server, "acme").await;
    let made = make(&server, &root, json!({})).await;
    for (sent, told) in [
        (json!("2026-01-15T14:00:01.5+02:00"), json!("2026-01-15T12:00:01.5Z")),
        (json!(null), json!(null)),
        (json!("2026-01-15T12:00:01Z"), json!("2026-01-15T12:00:01Z")),
    ] {
        let body = json!({"expires_at": sent});
        let _set = server.bearer(&root.secret, "POST", &made.path("/expiry"), body).await.expect(204);
        assert_eq!(read(&server, &root, &made.path("")).await["expires_at"], told);
    }
    server.clock.advance(10_000);
    assert_eq!(read(&server, &root, &made.path("")).await["expires_at"], "2026-01-15T12:00:01Z");
}

#[tokio::test]
async fn every_key_may_look_at_itself_as_self_or_by_its_id_in_any_case() {
    let server = TestServer::start().await;
    let root = first(&server, "acme").await;
    let none = manager(&server, &root, "none").await;
    let by_root = read(&server, &root, &none.path("")).await;
    for path in [format!("{KEYS}/self"), none.path(""), format!("{KEYS}/{}", none.id.to_uppercase())] {
        assert_eq!(read(&server, &none, &path).await, by_root, "{path}");
    }
    assert_eq!(by_root["id"], none.id.as_str());
    assert_refused(&server.bearer(&none.secret, "GET", &root.path(""), ()).await, 403);
    assert_eq!(read(&server, &root, &format!("{KEYS}/{}", none.id.to_uppercase())).await, by_root);
}

#[tokio::test]
async fn what_was_spent_is_forgotten_with_the_month_to_the_millisecond() {
    let server = TestServer::start().await;
    let root = first(&server, "acme").await;
    for made in [make(&server, &root, json!({})).await, make(&server, &root, json!({"monthly_limit": 5})).await] {
        report(&server, &made, json!({"spend": "2.000001"})).await;
        assert_eq!(read(&server, &root, &made.path("")).await["monthly_spend"], 2.000_001);
    }
    let end = 1_769_904_000_000; // 2026-02-01T00:00:00Z
    server.clock.advance(end - 1 - server.clock.now());
    let spends = async || {
        let list = read(&server, &root, KEYS).await;
        let mut spends: Vec<_> =
            list["keys"].as_array().unwrap().iter().map(|key| key["monthly_spend"].to_string()).collect();
        spends.sort();
        spends
    };
    assert_eq!(spends().await, ["0", "2.000001", "2.000001"]);
    server.clock.advance(1);
    assert_eq!(spends().await, ["0", "0", "0"]);
}
