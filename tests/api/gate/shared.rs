//! Keys of an organisation whose `meta_data.rate_limit_pattern` reads the same share one rate and one quota.

use latchkey::embedded::Embedded;
use latchkey_harness::TestServer;
use latchkey_shared::clock::Clock;
use latchkey_shared::store::Table;
use serde_json::{Value, json};

use super::asking::{answer, call, code, code_of, edit, limit_org, make, tables, until_refused};

/// The fields of a key with this pattern, and more.
fn with_pattern(pattern: &str, more: Value) -> Value {
    let mut fields = json!({"rate": 0, "quota_max": 4, "quota_renewal_rate": 3600});
    fields.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    fields["meta_data"]["rate_limit_pattern"] = pattern.into();
    fields
}

#[tokio::test]
async fn keys_with_one_pattern_share_one_rate_and_one_quota() {
    for (limits, refusal) in [
        (json!({"quota_max": 3, "quota_renewal_rate": 3600}), "quota_exceeded"),
        (json!({"quota_max": 3, "quota_renewal_rate": 0}), "quota_exceeded"),
        (json!({"rate": 3, "per": 600, "quota_max": -1}), "rate_limited"),
    ] {
        let server = TestServer::start().await;
        let fields = with_pattern("team", limits.clone());
        let tokens = [make(&server, fields.clone()).await, make(&server, fields).await];
        for (token, code_of_it) in [(0, "ok"), (1, "ok"), (0, "ok"), (1, refusal), (0, refusal)] {
            assert_eq!(code(&server, &tokens[token]).await, code_of_it, "{limits}");
        }
        server.clock.advance(3_600_000);
        let expected = if limits["quota_renewal_rate"] == 0 { refusal } else { "ok" };
        assert_eq!(code(&server, &tokens[1]).await, expected, "{limits}");
    }
}

#[tokio::test]
async fn what_reads_the_same_once_its_variables_are_replaced_is_one_pattern() {
    let server = TestServer::start().await;
    let of = |pattern: &str, meta: Value| with_pattern(pattern, json!({"meta_data": meta, "quota_max": 1}));
    let first = make(&server, of("$tyk_meta.dev", json!({"dev": "ann"}))).await;
    assert_eq!(code(&server, &first).await, "ok");
    for (pattern, meta, expected) in [
        ("$tyk_meta.developer", json!({"developer": "ann"}), "quota_exceeded"),
        ("ann", json!({}), "quota_exceeded"),
        ("$tyk_meta.dev", json!({"dev": "bob"}), "ok"),
        ("$tyk_meta.dev", json!({}), "ok"),
    ] {
        let token = make(&server, of(pattern, meta)).await;
        assert_eq!(code(&server, &token).await, expected, "{pattern}");
    }
    // What reads as nothing leaves each key its own windows.
    for _ in 0..2 {
        let token = make(&server, of("$tyk_meta.dev", json!({}))).await;
        assert_eq!(until_refused(&server, &token).await, (1, "quota_exceeded".into()));
    }
}

#[tokio::test]
async fn no_pattern_reaches_the_windows_of_another_organisation() {
    let server = TestServer::start().await;
    for org in ["default", "other"] {
        let token = make(&server, with_pattern("team", json!({"org_id": org}))).await;
        assert_eq!(until_refused(&server, &token).await, (4, "quota_exceeded".into()), "{org}");
    }
}

#[tokio::test]
async fn limits_of_an_api_or_an_endpoint_are_shared_scope_by_scope() {
    let server = TestServer::start().await;
    let endpoints = json!([{"path": "/e", "methods": [{"name": "GET", "limit": {"rate": 1, "per": 3600}}]}]);
    let limit = json!({"rate": 9, "per": 3600, "quota_max": 3, "quota_renewal_rate": 3600});
    let rights = json!({"test": {"limit": limit, "endpoints": endpoints}, "other": {}});
    let fields = with_pattern("team", json!({"access_rights": rights, "quota_max": 1}));
    let tokens = [make(&server, fields.clone()).await, make(&server, fields).await];
    let ask = async |token: usize, api: &str, path: &str| {
        code_of(&server, json!({"key": tokens[token], "api": api, "method": "GET", "path": path})).await
    };
    assert_eq!(ask(0, "test", "/e").await, "ok");
    assert_eq!(ask(1, "test", "/e").await, "rate_limited", "the endpoint's rate");
    assert_eq!(ask(1, "test", "/").await, "ok");
    assert_eq!(ask(0, "test", "/").await, "ok");
    assert_eq!(ask(1, "test", "/").await, "quota_exceeded", "the API's quota");
    assert_eq!(ask(1, "other", "/").await, "ok");
    assert_eq!(ask(0, "other", "/").await, "quota_exceeded", "the keys' own quota");
}

#[tokio::test]
async fn each_key_brings_its_own_maximum_to_the_shared_windows() {
    let server = TestServer::start().await;
    let small = make(&server, with_pattern("team", json!({"quota_max": 2}))).await;
    let large = make(&server, with_pattern("team", json!({"quota_max": 5}))).await;
    let unlimited = make(&server, with_pattern("team", json!({"quota_max": -1}))).await;
    assert_eq!(until_refused(&server, &small).await.0, 2);
    assert_eq!(until_refused(&server, &large).await.0, 3);
    assert_eq!(code(&server, &unlimited).await, "ok", "no limit, and nothing counted");
    assert_eq!(code(&server, &small).await, "quota_exceeded");
}

#[tokio::test]
async fn what_is_left_of_shared_windows_is_told_by_verify_and_by_get() {
    let server = TestServer::start().await;
    let tokens =
        [make(&server, with_pattern("team", json!({}))).await, make(&server, with_pattern("team", json!({}))).await];
    let end = server.clock.now() / 1000 + 3600;
    let told = json!({"limit": 4, "remaining": 3, "resets_at": end});
    assert_eq!(call(&server, &tokens[0]).await["quota"], told);
    let look = answer(&server, json!({"key": tokens[1], "api": "test", "cost": 0})).await;
    assert_eq!(look["quota"], told);
    for token in &tokens {
        let session = server.admin("GET", &format!("/tyk/keys/{token}"), ()).await.expect(200).json();
        assert_eq!((&session["quota_remaining"], &session["quota_renews"]), (&json!(3), &json!(end)));
    }
    let mut used = call(&server, &tokens[1]).await;
    while used["code"] == "ok" {
        used = call(&server, &tokens[1]).await;
    }
    assert_eq!((&used["quota"]["remaining"], &used["retry_after"]), (&json!(0), &json!(3600)));
}

#[tokio::test]
async fn a_refused_call_takes_nothing_of_shared_windows() {
    let server = TestServer::start().await;
    let token = make(&server, with_pattern("team", json!({}))).await;
    limit_org(&server, "default", json!({"quota_max": 1, "quota_renewal_rate": 3600})).await;
    assert_eq!(code(&server, &token).await, "ok");
    let before = tables(&server).await;
    for _ in 0..3 {
        assert_eq!(code(&server, &token).await, "org_quota_exceeded");
    }
    assert_eq!(tables(&server).await, before);
    let _free = server.admin("DELETE", "/tyk/org/keys/default", ()).await.expect(200);
    assert_eq!(until_refused(&server, &token).await.0, 3);
    let before = tables(&server).await;
    assert_eq!(code(&server, &token).await, "quota_exceeded");
    assert_eq!(code_of(&server, json!({"key": token, "api": "test", "cost": 9})).await, "quota_exceeded");
    assert_eq!(tables(&server).await, before, "neither a unit nor an hour's use");
}

#[tokio::test]
async fn no_pattern_is_stored_where_it_can_be_read() {
    let server = TestServer::start().await;
    let token = make(&server, with_pattern("$tyk_meta.mail", json!({"meta_data": {"mail": "ann@example.com"}}))).await;
    assert_eq!(code(&server, &token).await, "ok");
    let items = server.items(Table::Organizations).await;
    assert_eq!(items.len(), 1);
    assert!(!format!("{items:?}").contains("ann@"), "{items:?}");
}

#[tokio::test]
async fn an_edit_moves_a_key_to_other_windows_and_back() {
    let server = TestServer::start().await;
    let token = make(&server, with_pattern("team", json!({}))).await;
    assert_eq!(until_refused(&server, &token).await.0, 4);
    edit(&server, &token, with_pattern("another", json!({}))).await;
    assert_eq!(code(&server, &token).await, "ok");
    edit(&server, &token, with_pattern("team", json!({}))).await;
    assert_eq!(code(&server, &token).await, "quota_exceeded");
}

#[tokio::test]
async fn shared_windows_cost_one_update_more_and_only_where_they_are_shared() {
    let server = TestServer::with(&[("LATCHKEY_ENFORCE_ORG_LIMITS", "false")]).await;
    let token = make(&server, with_pattern("team", json!({}))).await;
    let _first = call(&server, &token).await;
    let _before = server.watch.calls();
    assert_eq!(code(&server, &token).await, "ok");
    let calls: Vec<_> = server.watch.calls().into_iter().map(|call| (call.parts.concat(), call.units)).collect();
    let update = |table: &str| (format!("{table}:UpdateItem"), 1.0);
    assert_eq!(calls, [update("Keys"), update("Organizations")]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn keys_that_share_a_quota_admit_exactly_it_to_callers_of_several_servers() {
    let (database, clock) = (Embedded::new(dynoxide::Database::memory().unwrap()), Clock::manual(1_768_478_400_000));
    let servers =
        [TestServer::on(database.clone(), clock.clone(), &[]).await, TestServer::on(database, clock, &[]).await];
    let fields = with_pattern("team", json!({"quota_max": 40}));
    let tokens = [make(&servers[0], fields.clone()).await, make(&servers[0], fields).await];
    limit_org(&servers[0], "default", json!({"quota_max": 30, "quota_renewal_rate": 3600})).await;
    let storm = async |calls: usize| {
        let callers = (0..16).map(|caller| {
            let (server, token) = (&servers[caller % 2], &tokens[caller / 2 % 2]);
            async move {
                let mut admitted = 0;
                for _ in 0..calls {
                    admitted += usize::from(code(server, token).await == "ok");
                    tokio::task::yield_now().await;
                }
                admitted
            }
        });
        futures_util::future::join_all(callers).await.into_iter().sum::<usize>()
    };
    assert_eq!(storm(4).await, 30, "what the organisation refused came back");
    let _free = servers[0].admin("DELETE", "/tyk/org/keys/default", ()).await.expect(200);
    assert_eq!(storm(2).await, 10);
}
