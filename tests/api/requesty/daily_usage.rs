//! `GET /v1/manage/apikey/{id}?start_date=…`: use from one UTC day to another.

use latchkey_harness::TestServer;
use serde_json::json;

use super::asking::{HOUR, KEYS, assert_refused, assert_status, code, first, make, manager, read, report};

#[tokio::test]
async fn a_key_that_was_not_used_has_zeros() {
    let server = TestServer::start().await;
    let root = first(&server, "acme").await;
    let reply = server.bearer(&root.secret, "GET", &root.path("?start_date=2026-01-01"), ()).await.expect(200);
    assert_eq!(reply.text, "{\"completions_requests\":0,\"spend\":0}\n");
}

#[tokio::test]
async fn the_start_is_in_and_the_end_is_out_to_the_hour() {
    let server = TestServer::start().await;
    let root = first(&server, "acme").await;
    let made = make(&server, &root, json!({})).await;
    // At 23:00 on the 15th, at 0:00 and 23:00 on the 16th, and at 0:00 on the 17th.
    for (hours, spend) in [(11, "0.000001"), (1, "0.1"), (23, "0.2"), (1, "4")] {
        server.clock.advance(hours * HOUR);
        assert_eq!(code(&server, &made, "completions", "POST").await, "ok");
        report(&server, &made, json!({"spend": spend})).await;
    }
    for (query, requests, spend) in [
        ("start_date=2026-01-16&end_date=2026-01-17", 2, "0.3"),
        ("start_date=2026-01-15&end_date=2026-01-16", 1, "0.000001"),
        ("start_date=2026-01-15&end_date=2026-01-17", 3, "0.300001"),
        ("start_date=2026-01-15", 4, "4.300001"),
        ("start_date=2026-01-17", 1, "4"),
        ("start_date=2025-12-18&end_date=2026-01-15", 0, "0"),
    ] {
        let reply = server.bearer(&root.secret, "GET", &made.path(&format!("?{query}")), ()).await.expect(200);
        assert_eq!(reply.text, format!("{{\"completions_requests\":{requests},\"spend\":{spend}}}\n"), "{query}");
    }
}

#[tokio::test]
async fn at_most_31_days_are_told_whether_or_not_an_end_is() {
    let server = TestServer::start().await;
    let root = first(&server, "acme").await;
    let taken = [
        "start_date=2025-01-01&end_date=2025-02-01",
        "start_date=2024-02-01&end_date=2024-03-03",
        "start_date=2025-12-16",
        "start_date=2026-01-15",
        "start_date=0000-01-01&end_date=0000-01-02",
        "start_date=9999-12-30&end_date=9999-12-31",
    ];
    assert_status(&server, &root, 200, &root.path("?"), &taken).await;
    let refused = [
        "start_date=2025-01-01&end_date=2025-02-02",
        "start_date=2024-02-01&end_date=2024-03-04",
        "start_date=2025-12-15",
        "start_date=2026-01-16",
    ];
    assert_status(&server, &root, 400, &root.path("?"), &refused).await;
    server.clock.advance(12 * HOUR);
    let late = server.bearer(&root.secret, "GET", &root.path("?start_date=2025-12-16"), ()).await;
    assert!(assert_refused(&late, 400).contains("31 days"), "the day has turned");
}

#[tokio::test]
async fn what_is_no_day_or_not_in_order_is_refused() {
    let server = TestServer::start().await;
    let root = first(&server, "acme").await;
    for query in [
        "start_date=",
        "start_date=01/02/2026",
        "start_date=2026-1-5",
        "start_date=2026-02-29",
        "start_date=2026-01-15T00:00:00Z",
        "start_date=20260115",
        "start_date=2026-01-15&end_date=",
        "start_date=2026-01-15&end_date=soon",
        "start_date=2026-01-15&end_date=2026-01-32",
        "start_date=2026-01-15&end_date=2026-01-15",
        "start_date=2026-01-15&end_date=2026-01-10",
    ] {
        assert_refused(&server.bearer(&root.secret, "GET", &root.path(&format!("?{query}")), ()).await, 400);
    }
    let details = read(&server, &root, &root.path("?end_date=nonsense")).await;
    assert_eq!(details["name"], "first", "without a start the details are asked for");
}

#[tokio::test]
async fn a_key_sees_its_own_use_and_only_with_leave_that_of_others() {
    let server = TestServer::start().await;
    let root = first(&server, "acme").await;
    let none = manager(&server, &root, "none").await;
    report(&server, &none, json!({"requests": 5})).await;
    for path in [format!("{KEYS}/self?start_date=2026-01-15"), none.path("?start_date=2026-01-15")] {
        assert_eq!(read(&server, &none, &path).await["completions_requests"], 5);
    }
    assert_refused(&server.bearer(&none.secret, "GET", &root.path("?start_date=2026-01-15"), ()).await, 403);
    assert_refused(&server.bearer(&none.secret, "GET", &none.path("?start_date=soon"), ()).await, 400);
}
