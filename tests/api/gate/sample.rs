//! The sample API: what its consumers are answered beyond the shared cases, and what it tells them in headers.

use latchkey_harness::{Fault, Reply, TestServer};
use serde_json::json;

use super::asking::{code_of, key_with, limit_org, make, tables};

async fn get(server: &TestServer, path: &str, token: &str) -> Reply {
    server.send("GET", path, &[("Authorization", token)], ()).await
}

/// The headers of `reply` that tell of limits, by name.
fn told(reply: &Reply) -> Vec<String> {
    let limits = reply.headers.iter().filter(|(name, _)| name.as_str().contains("rate") || *name == "retry-after");
    let mut told: Vec<_> = limits.map(|(name, value)| format!("{name}: {}", value.to_str().unwrap())).collect();
    told.sort();
    told
}

async fn of_edition(edition: &str, settings: &[(&str, &str)]) -> TestServer {
    TestServer::with(&[settings, &[("LATCHKEY_TYK_EDITION", edition)]].concat()).await
}

#[tokio::test]
async fn a_key_with_quota_three_is_admitted_three_times() {
    let server = TestServer::start().await;
    let token = make(&server, json!({"quota_max": 3, "quota_renewal_rate": 3600})).await;
    let end = server.clock.now() / 1000 + 3600;
    for remaining in [2, 1, 0] {
        let reply = get(&server, "/sample/get", &token).await.expect(200);
        let expected = [
            "x-ratelimit-limit: 3".into(),
            format!("x-ratelimit-remaining: {remaining}"),
            format!("x-ratelimit-reset: {end}"),
        ];
        assert_eq!(told(&reply), expected);
    }
    let refused = get(&server, "/sample/get", &token).await.expect(403);
    assert_eq!(refused.text, "{\n    \"error\": \"Quota exceeded\"\n}");
    assert_eq!((refused.header("content-type"), refused.header("x-generator")), ("application/json", "tyk.io"));
}

#[tokio::test]
async fn the_root_of_the_sample_api_is_part_of_it() {
    let server = TestServer::start().await;
    let token = make(&server, json!({})).await;
    let _admitted = get(&server, "/sample/", &token).await.expect(200);
    let _refused = get(&server, "/sample/", "nobody").await.expect(403);
}

#[tokio::test]
async fn a_rule_for_a_path_tells_a_slash_at_its_end_from_none() {
    let server = TestServer::start().await;
    for (pattern, admitted, refused) in [
        ("^/sample/orders/$", "/sample/orders/", "/sample/orders"),
        ("^/sample/orders$", "/sample/orders", "/sample/orders/"),
        ("^/sample/orders/*", "/sample/orders/", "/sample/orders"),
    ] {
        let rules = json!([{"url": pattern, "methods": ["GET"]}]);
        let token = make(&server, json!({"access_rights": {"test": {"api_id": "test", "allowed_urls": rules}}})).await;
        let _admitted = get(&server, admitted, &token).await.expect(200);
        let _refused = get(&server, refused, &token).await.expect(403);
    }
}

#[tokio::test]
async fn refusals_tell_when_to_try_again_in_the_documented_edition_only() {
    for (fields, status, limit) in [
        (json!({"rate": 2, "per": 60}), 429, 2),
        (json!({"rate": 0, "quota_max": 3, "quota_renewal_rate": 60}), 403, 3),
    ] {
        for edition in ["documented", "5.13"] {
            let server = of_edition(edition, &[]).await;
            let token = make(&server, fields.clone()).await;
            for _ in 0..limit {
                let _admitted = get(&server, "/sample/get", &token).await.expect(200);
            }
            server.clock.advance(18_500);
            let refused = get(&server, "/sample/get", &token).await.expect(status);
            let documented = [
                &format!("ratelimit-limit: {limit}"),
                "ratelimit-remaining: 0",
                "ratelimit-reset: 42",
                "retry-after: 42",
            ];
            assert_eq!(told(&refused), if edition == "5.13" { &[][..] } else { &documented }, "{edition} {fields}");
        }
    }
}

#[tokio::test]
async fn headers_may_tell_of_the_rate_in_place_of_the_quota() {
    let server = of_edition("5.13", &[("LATCHKEY_RATE_LIMIT_HEADERS", "rate_limits")]).await;
    let token = make(&server, json!({"rate": 1, "per": 60, "quota_max": 9, "quota_renewal_rate": 600})).await;
    let reset = format!("x-ratelimit-reset: {}", server.clock.now() / 1000 + 60);
    let expected = ["x-ratelimit-limit: 1", "x-ratelimit-remaining: 0", &reset];
    assert_eq!(told(&get(&server, "/sample/get", &token).await.expect(200)), expected);
    assert_eq!(told(&get(&server, "/sample/get", &token).await.expect(429)), expected, "on a 429 too");
}

#[tokio::test]
async fn an_organisations_refusal_tells_when_but_not_how_much() {
    let server = TestServer::start().await;
    limit_org(&server, "default", json!({"quota_max": 1, "quota_renewal_rate": 60})).await;
    let token = make(&server, json!({})).await;
    let _admitted = get(&server, "/sample/get", &token).await.expect(200);
    let refused = get(&server, "/sample/get", &token).await.expect(403);
    assert_eq!(told(&refused), ["retry-after: 60"]);
    let text = "This organisation quota has been exceeded, please contact your API administrator";
    assert_eq!(refused.json(), json!({"error": text}));
    let keyless = server.send("GET", "/sample/get", &[], ()).await.expect(403);
    assert_eq!(keyless.json(), json!({"error": text}), "also of those who bring no key");
}

#[tokio::test]
async fn who_speaks_xml_is_refused_in_xml() {
    let server = TestServer::start().await;
    for kind in ["application/xml", "text/xml; charset=utf-8"] {
        let refused = server.send("POST", "/sample/get", &[("Content-Type", kind)], "<x/>").await.expect(401);
        let body = "<?xml version = \"1.0\" encoding = \"UTF-8\"?>\n<error>Authorization field missing</error>";
        assert_eq!((refused.header("content-type"), refused.text.as_str()), ("application/xml", body));
    }
}

#[tokio::test]
async fn the_scheme_bearer_is_dropped_in_any_case_and_no_other() {
    let server = TestServer::start().await;
    let token = make(&server, json!({})).await;
    for prefix in ["", "Bearer ", "bearer ", "BEARER ", "bEaReR   "] {
        let _admitted = get(&server, "/sample/get", &format!("{prefix}{token}")).await.expect(200);
    }
    for prefix in ["Basic ", "Bearer", "Bearer Bearer "] {
        let refused = get(&server, "/sample/get", &format!("{prefix}{token}")).await.expect(403);
        assert_eq!(refused.json()["error"], "Access to this API has been disallowed", "{prefix:?}");
    }
    let missing = get(&server, "/sample/get", "").await.expect(401);
    assert_eq!(missing.json()["error"], "Authorization field missing");
}

#[tokio::test]
async fn asking_for_ones_limits_consumes_nothing_and_works_when_they_are_used_up() {
    let server = TestServer::start().await;
    let token = make(&server, json!({"rate": 2, "per": 60, "quota_max": 2, "quota_renewal_rate": 600})).await;
    for remaining in [1, 0] {
        let _admitted = get(&server, "/sample/get", &token).await.expect(200);
        let before = tables(&server).await;
        for _ in 0..3 {
            let limits = get(&server, "/sample/tyk/rate-limits/", &token).await.expect(200).json();
            assert_eq!(limits["rate_limit"], json!({"requests": 2, "per_unit": 60}));
            assert_eq!(
                (&limits["quota"]["quota_max"], &limits["quota"]["quota_remaining"]),
                (&json!(2), &json!(remaining))
            );
        }
        assert_eq!(tables(&server).await, before);
    }
    let _unknown = get(&server, "/sample/tyk/rate-limits/", "nobody").await.expect(403);
}

#[tokio::test]
async fn the_limits_shown_are_what_is_left_of_them() {
    for (edition, fresh) in [("documented", 2), ("5.13", 0)] {
        let server = of_edition(edition, &[]).await;
        let token = make(&server, json!({"rate": 2.5, "per": 1, "quota_max": 2, "quota_renewal_rate": 600})).await;
        let limits = async || get(&server, "/sample/tyk/rate-limits/", &token).await.expect(200).json();
        let made = server.clock.now() / 1000;
        let shown = |remaining: i64, renews: i64| {
            json!({
                "quota": {"quota_max": 2, "quota_remaining": remaining, "quota_renews": renews},
                "rate_limit": {"requests": 2.5, "per_unit": 1},
            })
        };
        assert_eq!(limits().await, shown(fresh, made + 600), "{edition}");
        server.clock.advance(10_000);
        let _admitted = get(&server, "/sample/get", &token).await.expect(200);
        assert_eq!(limits().await, shown(1, made + 610), "{edition}");
        server.clock.advance(610_000);
        assert_eq!(limits().await["quota"]["quota_remaining"], fresh, "{edition}: a period has ended");
    }
}

#[tokio::test]
async fn no_limit_is_shown_as_it_was_sent() {
    let server = TestServer::start().await;
    let token = make(&server, json!({"rate": -1, "per": 60, "quota_max": -1})).await;
    let limits = get(&server, "/sample/tyk/rate-limits", &token).await.expect(200).json();
    assert_eq!((&limits["rate_limit"]["requests"], &limits["quota"]["quota_max"]), (&json!(-1), &json!(-1)));
}

#[tokio::test]
async fn a_path_that_is_encoded_oddly_is_not_taken_for_an_allowed_one() {
    let server = TestServer::start().await;
    let urls = json!([{"url": "^/sample/open/", "methods": ["GET"]}]);
    let token = make(&server, json!({"access_rights": {"test": {"allowed_urls": urls}}})).await;
    let _allowed = get(&server, "/sample/open/a%20b", &token).await.expect(200);
    // The HTTP client resolves plain dots by itself, so the encoded ones are sent.
    for path in
        ["/sample/open%2fa", "/sample/open/a%2Fb", "/sample/open/%5c", "/sample/open/a%252e%252e", "/sample/open/%00"]
    {
        let refused = get(&server, path, &token).await.expect(403);
        assert_eq!(refused.json()["error"], "Access to this resource has been disallowed", "{path}");
    }
}

#[tokio::test]
async fn the_sample_api_exists_whatever_apis_are_listed() {
    let server = TestServer::with(&[("LATCHKEY_APIS", "orders@acme")]).await;
    let _made = server.admin("POST", "/tyk/keys/robot?org_id=default", key_with(&json!({}))).await.expect(200);
    let _short = get(&server, "/sample/get", "robot").await.expect(200);
    let question = json!({"key": "defaultrobot", "api": "test"});
    assert_eq!(code_of(&server, question).await, "api_not_allowed", "but only there");
}

#[tokio::test]
async fn a_failing_store_is_an_error_and_never_an_answer_to_the_key() {
    for (edition, retry_after) in [("documented", "1"), ("5.13", "")] {
        let server = of_edition(edition, &[]).await;
        let token = make(&server, json!({})).await;
        for (operation, fault) in
            [("GetItem", Fault::Refuse), ("UpdateItem", Fault::Refuse), ("UpdateItem", Fault::LoseAnswer)]
        {
            server.watch.fail_next(operation, fault);
            let failed = get(&server, "/sample/get", &token).await.expect(503);
            assert_eq!(failed.json(), json!({"error": "There was a problem proxying the request"}));
            assert_eq!(failed.header("retry-after"), retry_after, "{edition}");
        }
    }
}
