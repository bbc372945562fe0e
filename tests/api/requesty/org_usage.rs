//! `GET /v1/manage/org/usage`: the use of all keys, deleted ones included.

use latchkey_harness::{TestServer, key};
use serde_json::{Value, json};

use super::asking::{HOUR, ORG, assert_refused, code, first, make, manager, read, report};

#[tokio::test]
async fn use_is_summed_over_all_keys_and_told_apart_by_key() {
    let server = TestServer::start().await;
    let root = first(&server, "acme").await;
    let [one, other, gone] = [1, 2, 3].map(|_| make(&server, &root, json!({})));
    let (one, other, gone) = (one.await, other.await, gone.await);
    for (key, spend) in [(&one, "0.1"), (&other, "0.2"), (&gone, "0.001001"), (&one, "1")] {
        report(&server, key, json!({"spend": spend, "requests": 1, "input_tokens": 5})).await;
    }
    let _deleted = server.bearer(&root.secret, "DELETE", &gone.path(""), ()).await.expect(200);
    server.clock.advance(24 * HOUR);
    report(&server, &other, json!({"spend": 4})).await;

    let reader = manager(&server, &root, "read").await;
    let path = format!("{ORG}/usage?start=2026-01-15T00:00:00Z&end=2026-02-01T00:00:00Z");
    let usage = read(&server, &reader, &path).await["usage"].clone();
    assert_eq!(usage.as_object().unwrap().len(), 2);
    let day = &usage["2026-01-15T00:00:00Z"];
    assert_eq!(
        (&day["spend"], &day["total_requests"], &day["input_tokens"]),
        (&json!(1.301_001), &json!(4), &json!(20))
    );
    assert_eq!((&usage["2026-01-16T00:00:00Z"]["spend"], day.get("grouped_data")), (&json!(4), None));

    let grouped = read(&server, &reader, &format!("{path}&group_by=api_key_id,group_name")).await["usage"].clone();
    let told = |group: &Value| {
        let values = &group["group_by_values"];
        (values["api_key_id"].as_str().unwrap().to_owned(), group["spend"].to_string(), values["group_name"].clone())
    };
    let mut groups: Vec<_> =
        grouped["2026-01-15T00:00:00Z"]["grouped_data"].as_array().unwrap().iter().map(told).collect();
    groups.sort_by(|a, b| a.1.cmp(&b.1));
    let expected = [(&gone, "0.001001"), (&other, "0.2"), (&one, "1.1")];
    assert_eq!(groups, expected.map(|(key, spend)| (key.id.clone(), spend.to_owned(), Value::Null)));
    assert_eq!(grouped["2026-01-15T00:00:00Z"]["spend"], day["spend"]);
}

#[tokio::test]
async fn what_keys_used_adds_up_to_what_the_organisation_used_whatever_is_rolled_up() {
    let server = TestServer::start().await;
    let root = first(&server, "acme").await;
    let [one, other] = [1, 2].map(|_| make(&server, &root, json!({})));
    let (one, other) = (one.await, other.await);
    let mut expected = 0;
    for hours in [0, 1, 30, 1] {
        server.clock.advance(hours * HOUR);
        for (key, calls) in [(&one, 1), (&other, 2)] {
            for _ in 0..calls {
                assert_eq!(code(&server, key, "completions", "POST").await, "ok");
            }
            expected += calls;
        }
        report(&server, &one, json!({"requests": 10})).await;
        expected += 10;
        let path = format!("{ORG}/usage?start=2026-01-01T00:00:00Z&end=2026-02-01T00:00:00Z&resolution=month");
        let mut seen = Vec::new();
        for by_key in [true, false, true] {
            let path = if by_key { format!("{path}&group_by=api_key_id") } else { path.clone() };
            let month = read(&server, &root, &path).await["usage"]["2026-01-01T00:00:00Z"].clone();
            let groups = month["grouped_data"].as_array().map(Vec::as_slice).unwrap_or_default();
            let of_keys: Vec<_> = groups.iter().map(|group| group["total_requests"].as_i64().unwrap()).collect();
            if by_key {
                assert_eq!((of_keys.len(), of_keys.iter().sum::<i64>()), (2, expected));
            }
            seen.push(month["total_requests"].as_i64().unwrap());
            // The next reader finds the hour over.
            server.clock.advance(HOUR);
        }
        assert_eq!(seen, [expected; 3]);
    }
}

#[tokio::test]
async fn every_documented_group_is_taken() {
    let server = TestServer::start().await;
    let root = first(&server, "acme").await;
    report(&server, &root, json!({"spend": 1})).await;
    for group in [
        "user_id",
        "model_requested",
        "model_used",
        "provider_used",
        "is_byok",
        "origin_title",
        "extra.x",
        "group_id",
        "group_name",
    ] {
        let path = format!("{ORG}/usage?start=2026-01-15T00:00:00Z&group_by={group}");
        let groups = read(&server, &root, &path).await["usage"]["2026-01-15T00:00:00Z"]["grouped_data"].clone();
        assert_eq!(groups[0]["group_by_values"], json!({group: null}));
        assert_eq!(groups.as_array().unwrap().len(), 1);
    }
    assert_refused(&server.bearer(&root.secret, "GET", &format!("{ORG}/usage?group_by=x"), ()).await, 400);
}

#[tokio::test]
async fn keys_of_other_dialects_are_not_counted_in() {
    let server = TestServer::start().await;
    let root = first(&server, "acme").await;
    let tyk = server.admin("POST", "/tyk/keys/create", key("acme")).await.expect(200).text_of("key");
    let body = json!({"key": tyk, "id": "report-1", "spend": 3, "requests": 1});
    let _counted = server.bearer(latchkey_harness::ADMIN, "POST", "/v1/keys/usage", body).await.expect(200);
    let path = format!("{ORG}/usage?start=2026-01-15T00:00:00Z");
    assert_eq!(read(&server, &root, &path).await, json!({"usage": {}}));
}
