//! Windows: exactly full, turning on the millisecond, whatever numbers they are made of.

use latchkey_harness::TestServer;
use serde_json::{Value, json};

use super::asking::{answer, call, code, edit, limit_org, make, until_refused};

const YEAR: i64 = 365 * 24 * 60 * 60 * 1000;

async fn look(server: &TestServer, token: &str) -> Value {
    answer(server, json!({"key": token, "api": "test", "cost": 0})).await
}

#[tokio::test]
async fn a_quota_admits_exactly_its_number_in_every_window() {
    let server = TestServer::start().await;
    let token = make(&server, json!({"quota_max": 3, "quota_renewal_rate": 60})).await;
    for _ in 0..3 {
        let end = server.clock.now() / 1000 + 60;
        assert_eq!(until_refused(&server, &token).await, (3, "quota_exceeded".into()));
        server.clock.advance(59_999);
        let refused = call(&server, &token).await;
        assert_eq!(refused["quota"], json!({"limit": 3, "remaining": 0, "resets_at": end}));
        assert_eq!((&refused["code"], &refused["retry_after"]), (&json!("quota_exceeded"), &json!(1)));
        server.clock.advance(1);
        assert_eq!(look(&server, &token).await["quota"], json!({"limit": 3, "remaining": 3, "resets_at": null}));
        // A window begins with the first use and not with the end of the one before.
        server.clock.advance(7000);
    }
}

#[tokio::test]
async fn a_rate_and_a_quota_hold_at_once_and_turn_apart() {
    let server = TestServer::start().await;
    let token = make(&server, json!({"rate": 2, "per": 10, "quota_max": 5, "quota_renewal_rate": 60})).await;
    let mut admitted = Vec::new();
    for _ in 0..7 {
        admitted.push(until_refused(&server, &token).await);
        server.clock.advance(10_000);
    }
    let rows = [2, 2, 1, 0, 0, 0, 2];
    let codes = [
        "rate_limited",
        "rate_limited",
        "quota_exceeded",
        "quota_exceeded",
        "quota_exceeded",
        "quota_exceeded",
        "rate_limited",
    ];
    assert_eq!(admitted, rows.into_iter().zip(codes.map(str::to_owned)).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_quota_that_never_renews_is_used_up_for_ever() {
    let server = TestServer::start().await;
    for renewal in [0, -1] {
        let token = make(&server, json!({"quota_max": 3, "quota_renewal_rate": renewal})).await;
        assert_eq!(until_refused(&server, &token).await, (3, "quota_exceeded".into()));
        server.clock.advance(YEAR);
        let refused = call(&server, &token).await;
        assert_eq!(refused["quota"], json!({"limit": 3, "remaining": 0, "resets_at": null}));
        assert_eq!(refused.get("retry_after"), None, "there is no use in waiting");
    }
}

#[tokio::test]
async fn a_fraction_of_a_request_is_a_whole_one_in_a_longer_window() {
    let server = TestServer::start().await;
    for (rate, per, admitted, window) in
        [(0.5, 1.0, 1, 2000), (2.5, 1.0, 2, 800), (1.0, 0.25, 1, 250), (0.001, 1.0, 1, 1_000_000)]
    {
        let token = make(&server, json!({"rate": rate, "per": per})).await;
        for _ in 0..3 {
            assert_eq!(until_refused(&server, &token).await, (admitted, "rate_limited".into()), "{rate} per {per}");
            server.clock.advance(window - 1);
            assert_eq!(code(&server, &token).await, "rate_limited", "{rate} per {per}");
            server.clock.advance(1);
        }
    }
}

#[tokio::test]
async fn absurd_numbers_make_a_limit_or_none_but_never_a_failure() {
    let server = TestServer::start().await;
    for (rate, per) in [(2.0, 0.0), (2.0, -1.0), (0.0, 60.0), (-1.0, 60.0), (1e300, 1.0), (-1e300, 1e300)] {
        let token = make(&server, json!({"rate": rate, "per": per})).await;
        let answer = call(&server, &token).await;
        assert_eq!((&answer["code"], &answer["rate"]), (&json!("ok"), &Value::Null), "{rate} per {per}");
    }
    for per in [1e300, 8e12, 1e12] {
        let token = make(&server, json!({"rate": 2, "per": per})).await;
        assert_eq!(until_refused(&server, &token).await, (2, "rate_limited".into()), "2 per {per}");
        server.clock.advance(YEAR);
        assert_eq!(code(&server, &token).await, "rate_limited", "2 per {per}, a year later");
    }
    let token = make(&server, json!({"rate": 2, "per": 1e-300})).await;
    assert_eq!(
        until_refused(&server, &token).await,
        (2, "rate_limited".into()),
        "no window is shorter than a millisecond"
    );
    server.clock.advance(1);
    assert_eq!(code(&server, &token).await, "ok");
    let token = make(&server, json!({"quota_max": 2, "quota_renewal_rate": i64::MAX})).await;
    assert_eq!(until_refused(&server, &token).await, (2, "quota_exceeded".into()));
    let token = make(&server, json!({"quota_max": i64::MAX, "quota_renewal_rate": 60})).await;
    assert_eq!(call(&server, &token).await["code"], "ok");
}

#[tokio::test]
async fn a_limit_that_is_changed_keeps_what_was_used() {
    let server = TestServer::start().await;
    let quota = |max: i64| json!({"quota_max": max, "quota_renewal_rate": 60});
    let token = make(&server, quota(10)).await;
    let end = server.clock.now() / 1000 + 60;
    let _used = answer(&server, json!({"key": token, "api": "test", "cost": 5})).await;
    for (max, remaining) in [(3, 0), (5, 0), (7, 2), (4, 0), (10, 5)] {
        edit(&server, &token, quota(max)).await;
        let left = look(&server, &token).await["quota"].clone();
        assert_eq!(left, json!({"limit": max, "remaining": remaining, "resets_at": end}));
    }
    edit(&server, &token, quota(3)).await;
    assert_eq!(call(&server, &token).await["retry_after"], 60, "refused until the window ends");
    server.clock.advance(60_000);
    assert_eq!(until_refused(&server, &token).await, (3, "quota_exceeded".into()));
}

#[tokio::test]
async fn an_edit_of_anything_else_leaves_every_counter_alone() {
    let server = TestServer::start().await;
    let endpoint = json!([{"path": "^/e", "methods": [{"name": "GET", "limit": {"rate": 4, "per": 600}}]}]);
    let fields = |alias: &str| {
        json!({
            "alias": alias, "rate": 5, "per": 600, "quota_max": 6, "quota_renewal_rate": 600,
            "access_rights": {
                "test": {"limit": {"rate": 7, "per": 600, "quota_max": 8, "quota_renewal_rate": 600}, "endpoints": endpoint},
                "plain": {},
            },
        })
    };
    let org = |alias: &str| json!({"alias": alias, "rate": 20, "per": 600, "quota_max": 30, "quota_renewal_rate": 600});
    let token = make(&server, fields("before")).await;
    limit_org(&server, "default", org("before")).await;
    let ask = async |cost: i64, api: &str, path: &str| {
        let question = json!({"key": token, "api": api, "method": "GET", "path": path, "cost": cost});
        let answer = answer(&server, question).await;
        (answer["rate"]["remaining"].clone(), answer["quota"]["remaining"].clone())
    };
    let questions = [("test", "/"), ("test", "/e"), ("plain", "/")];
    for (api, path) in questions {
        let _used = ask(1, api, path).await;
    }
    let mut before = Vec::new();
    for (api, path) in questions {
        before.push(ask(0, api, path).await);
    }
    assert_eq!(before, [(json!(6), json!(6)), (json!(3), json!(6)), (json!(4), json!(5))]);
    edit(&server, &token, fields("after")).await;
    limit_org(&server, "default", org("after")).await;
    for ((api, path), before) in questions.into_iter().zip(before) {
        assert_eq!(ask(0, api, path).await, before, "{api} {path}");
    }
    let session = server.admin("GET", "/tyk/org/keys/default", ()).await.expect(200).json();
    assert_eq!((&session["alias"], &session["quota_remaining"]), (&json!("after"), &json!(27)));
}

#[tokio::test]
async fn what_was_used_in_a_window_that_ended_is_not_held_against_a_limit_that_never_renews() {
    let server = TestServer::start().await;
    let token = make(&server, json!({"quota_max": 3, "quota_renewal_rate": 60})).await;
    assert_eq!(until_refused(&server, &token).await, (3, "quota_exceeded".into()));
    server.clock.advance(60_000);
    edit(&server, &token, json!({"quota_max": 3, "quota_renewal_rate": 0})).await;
    assert_eq!(until_refused(&server, &token).await, (3, "quota_exceeded".into()));
}
