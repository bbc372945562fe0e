//! `GET /v1/manage/apikey/{id}/usage`: use by hour, day or month.

use latchkey_harness::TestServer;
use serde_json::{Value, json};

use super::asking::{HOUR, KEYS, Made, assert_refused, assert_status, code, first, make, manager, read, report};

const START: &str = "start=2026-01-01T00:00:00Z&end=2026-04-01T00:00:00Z";

/// A key that was used at noon on 15 January, an hour later, at 23:00 on the 31st and on 1 February at 0:00.
async fn used(server: &TestServer) -> (Made, Made) {
    let root = first(server, "acme").await;
    let made = make(server, &root, json!({})).await;
    for (hours, spend, tokens) in [(0, "0.1", 1), (1, "0.2", 10), (16 * 24 + 10, "0.001001", 100), (1, "7", 1000)] {
        server.clock.advance(hours * HOUR);
        assert_eq!(code(server, &made, "completions", "POST").await, "ok");
        report(server, &made, json!({"spend": spend, "input_tokens": tokens, "output_tokens": 2 * tokens})).await;
    }
    (root, made)
}

fn periods(usage: &Value) -> Vec<(String, String)> {
    let periods = usage["usage"].as_object().unwrap().iter();
    periods.map(|(start, period)| (start.clone(), period["spend"].to_string())).collect()
}

fn expected(periods: &[(&str, &str)]) -> Vec<(String, String)> {
    periods.iter().map(|(start, spend)| ((*start).to_owned(), (*spend).to_owned())).collect()
}

#[tokio::test]
async fn use_is_told_by_hour_day_and_month_without_the_empty_ones() {
    let server = TestServer::start().await;
    let (root, made) = used(&server).await;
    for (resolution, told) in [
        (
            "&resolution=hour",
            &[
                ("2026-01-15T12:00:00Z", "0.1"),
                ("2026-01-15T13:00:00Z", "0.2"),
                ("2026-01-31T23:00:00Z", "0.001001"),
                ("2026-02-01T00:00:00Z", "7"),
            ][..],
        ),
        (
            "&resolution=day",
            &[("2026-01-15T00:00:00Z", "0.3"), ("2026-01-31T00:00:00Z", "0.001001"), ("2026-02-01T00:00:00Z", "7")],
        ),
        ("", &[("2026-01-15T00:00:00Z", "0.3"), ("2026-01-31T00:00:00Z", "0.001001"), ("2026-02-01T00:00:00Z", "7")]),
        ("&resolution=month", &[("2026-01-01T00:00:00Z", "0.301001"), ("2026-02-01T00:00:00Z", "7")]),
    ] {
        let usage = read(&server, &root, &made.path(&format!("/usage?{START}{resolution}"))).await;
        assert_eq!(periods(&usage), expected(told), "{resolution}");
    }
}

#[tokio::test]
async fn a_period_tells_every_counter_with_all_its_digits() {
    let server = TestServer::start().await;
    let (root, made) = used(&server).await;
    let path = made.path(&format!("/usage?{START}&resolution=month"));
    let reply = server.bearer(&root.secret, "GET", &path, ()).await.expect(200);
    insta::assert_snapshot!(reply.text);
    let unused = read(&server, &root, &root.path(&format!("/usage?{START}"))).await;
    assert_eq!(unused, json!({"usage": {}}));
}

#[tokio::test]
async fn a_range_is_widened_to_whole_hours_and_is_a_day_where_no_end_is_told() {
    let server = TestServer::start().await;
    let (root, made) = used(&server).await;
    for (query, told) in [
        ("start=2026-01-15T12:59:59Z&end=2026-01-15T13:00:00Z", &["0.1"][..]),
        ("start=2026-01-15T12:30:00Z&end=2026-01-15T13:00:00.001Z", &["0.3"]),
        ("start=2026-01-15T13:00:00Z&end=2026-01-15T14:00:00Z", &["0.2"]),
        ("start=2026-01-15T14:00:00%2B02:00&end=2026-01-15T15:00:00%2B02:00", &["0.1"]),
        ("start=2026-01-14T12:00:00Z", &[]),
        ("start=2026-01-14T12:00:01Z", &["0.1"]),
        ("start=2026-01-14T13:00:00Z", &["0.1"]),
        ("start=2026-01-31T00:00:00Z", &["0.001001"]),
        ("start=2026-01-31T01:00:00Z", &["0.001001", "7"]),
        ("start=0001-01-01T00:00:00Z", &[]),
    ] {
        let usage = read(&server, &root, &made.path(&format!("/usage?{query}"))).await;
        let spends: Vec<_> = periods(&usage).into_iter().map(|(_, spend)| spend).collect();
        assert_eq!(spends, told, "{query}");
    }
}

#[tokio::test]
async fn at_most_a_hundred_days_are_told() {
    let server = TestServer::start().await;
    let root = first(&server, "acme").await;
    let taken = [
        "start=2026-01-01T00:00:00Z&end=2026-04-11T00:00:00Z",
        "start=2026-01-01T00:00:00Z&end=2026-01-01T00:00:00.000000001Z",
    ];
    assert_status(&server, &root, 200, &root.path("/usage?"), &taken).await;
    let refused = [
        "start=2026-01-01T00:00:00Z&end=2026-04-11T00:00:00.000000001Z",
        "start=2026-01-01T00:00:00Z&end=2026-01-01T00:00:00Z",
        "start=2026-01-01T00:00:00Z&end=2025-01-01T00:00:00Z",
        "start=9999-12-30T20:00:00Z",
    ];
    assert_status(&server, &root, 400, &root.path("/usage?"), &refused).await;
}

#[tokio::test]
async fn what_is_asked_stands_in_the_query_or_else_in_the_body() {
    let server = TestServer::start().await;
    let (root, made) = used(&server).await;
    let january = json!({"start": "2026-01-01T00:00:00Z", "end": "2026-04-01T00:00:00Z", "resolution": "month",
                         "group_by": ["user_id", "is_byok"], "more": 1});
    let told = async |query: &str, body: &Value| {
        let path = made.path(&format!("/usage{query}"));
        server.bearer(&root.secret, "GET", &path, body).await.expect(200).json()
    };
    let usage = told("", &january).await;
    assert_eq!(periods(&usage), expected(&[("2026-01-01T00:00:00Z", "0.301001"), ("2026-02-01T00:00:00Z", "7")]));
    let groups = &usage["usage"]["2026-02-01T00:00:00Z"]["grouped_data"];
    assert_eq!(groups[0]["group_by_values"], json!({"is_byok": null, "user_id": null}));

    let days = told("?resolution=day&start=2026-01-16T00:00:00Z&group_by=model_used", &january).await;
    assert_eq!(periods(&days), expected(&[("2026-01-31T00:00:00Z", "0.001001"), ("2026-02-01T00:00:00Z", "7")]));
    let groups = &days["usage"]["2026-02-01T00:00:00Z"]["grouped_data"];
    assert_eq!(groups[0]["group_by_values"], json!({"model_used": null}), "the query wins");
    let bad = json!({"start": "soon", "resolution": 5, "group_by": {}, "end": null});
    let usage = told("?start=2026-01-15T00:00:00Z&resolution=hour&group_by=user_id", &bad).await;
    assert_eq!(usage["usage"].as_object().unwrap().len(), 2);
    let text = told("", &json!({"start": "2026-01-15T00:00:00Z", "group_by": "user_id,origin_title"})).await;
    assert_eq!(text["usage"].as_object().unwrap().len(), 1);
}

#[tokio::test]
async fn what_is_no_question_is_refused() {
    let server = TestServer::start().await;
    let root = first(&server, "acme").await;
    for query in [
        "",
        "?start=",
        "?start=2026-01-15",
        "?start=yesterday",
        "?start=1768478400",
        "?start=2026-01-15T00:00:00Z&end=",
        "?start=2026-01-15T00:00:00Z&end=later",
        "?start=2026-01-15T00:00:00Z&resolution=week",
        "?start=2026-01-15T00:00:00Z&resolution=Day",
        "?start=2026-01-15T00:00:00Z&resolution=",
        "?start=2026-01-15T00:00:00Z&group_by=colour",
        "?start=2026-01-15T00:00:00Z&group_by=",
        "?start=2026-01-15T00:00:00Z&group_by=user_id,",
        "?start=2026-01-15T00:00:00Z&group_by=user_id&group_by=colour",
        "?start=2026-01-15T00:00:00Z&group_by=extra.",
        "?start=2026-01-15T00:00:00Z&group_by=api_key_id",
        "?start=2026-01-15T00:00:00Z&group_by=group_name",
    ] {
        assert_refused(&server.bearer(&root.secret, "GET", &root.path(&format!("/usage{query}")), ()).await, 400);
    }
    let long = format!("/usage?start=2026-01-15T00:00:00Z&group_by=extra.{}", "x".repeat(58));
    assert_refused(&server.bearer(&root.secret, "GET", &root.path(&long), ()).await, 400);
    let many: Vec<_> = (0..17).map(|n| format!("extra.{n}")).collect();
    let many = format!("/usage?start=2026-01-15T00:00:00Z&group_by={}", many.join(","));
    assert_refused(&server.bearer(&root.secret, "GET", &root.path(&many), ()).await, 400);
    for body in [
        "{",
        "[]",
        "\"start\"",
        r#"{"start":1768478400}"#,
        r#"{"start":"2026-01-15T00:00:00Z","end":5}"#,
        r#"{"start":"2026-01-15T00:00:00Z","resolution":["day"]}"#,
        r#"{"start":"2026-01-15T00:00:00Z","group_by":[1]}"#,
        r#"{"start":"2026-01-15T00:00:00Z","group_by":["colour"]}"#,
    ] {
        assert_refused(&server.bearer(&root.secret, "GET", &root.path("/usage"), body).await, 400);
    }
}

#[tokio::test]
async fn every_documented_group_is_taken_and_what_no_report_carries_has_no_value() {
    let server = TestServer::start().await;
    let (root, made) = used(&server).await;
    let groups =
        ["user_id", "model_requested", "model_used", "provider_used", "is_byok", "origin_title", "extra.tenant"];
    for group in groups {
        let usage = read(&server, &root, &made.path(&format!("/usage?{START}&group_by={group}"))).await;
        let day = &usage["usage"]["2026-01-15T00:00:00Z"];
        let told = day["grouped_data"].as_array().unwrap();
        assert_eq!(told.len(), 1, "{group}");
        assert_eq!(told[0]["group_by_values"], json!({group: null}));
        for counter in ["spend", "total_requests", "input_tokens", "output_tokens", "total_tokens"] {
            assert_eq!(told[0][counter], day[counter], "{group} {counter}");
        }
    }
    let repeated = format!("/usage?{START}&group_by=user_id&group_by=is_byok,extra.tenant&group_by=user_id");
    let usage = read(&server, &root, &made.path(&repeated)).await;
    let values = &usage["usage"]["2026-01-15T00:00:00Z"]["grouped_data"][0]["group_by_values"];
    assert_eq!(values, &json!({"user_id": null, "is_byok": null, "extra.tenant": null}));
}

#[tokio::test]
async fn a_key_sees_its_own_use_and_only_with_leave_that_of_others() {
    let server = TestServer::start().await;
    let root = first(&server, "acme").await;
    let none = manager(&server, &root, "none").await;
    report(&server, &none, json!({"requests": 5})).await;
    for path in [format!("{KEYS}/self/usage?{START}"), none.path(&format!("/usage?{START}"))] {
        assert_eq!(read(&server, &none, &path).await["usage"]["2026-01-15T00:00:00Z"]["total_requests"], 5);
    }
    assert_refused(&server.bearer(&none.secret, "GET", &root.path(&format!("/usage?{START}")), ()).await, 403);
}
