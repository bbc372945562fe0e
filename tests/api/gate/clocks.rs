//! Clocks that are wrong: a window that one of them began locks nobody out for longer than a period.

use latchkey::embedded::Embedded;
use latchkey_harness::TestServer;
use latchkey_shared::clock::Clock;
use serde_json::json;

use super::asking::{answer, call, code, edit, limit_org, make, until_refused};
use super::money_keys::MoneyKeys;

const START: i64 = 1_768_478_400_000;
const YEARS: i64 = 10 * 365 * 24 * 60 * 60 * 1000;

/// A server whose clock is right, and one on the same database whose clock is ahead.
async fn servers(ahead: i64) -> [TestServer; 2] {
    let database = Embedded::new(dynoxide::Database::memory().unwrap());
    let right = TestServer::on(database.clone(), Clock::manual(START), &[]).await;
    [right, TestServer::on(database, Clock::manual(START + ahead), &[]).await]
}

#[tokio::test]
async fn a_window_that_a_clock_ahead_began_is_over_for_all_others() {
    let limits = json!({"rate": 2, "per": 600, "quota_max": 4, "quota_renewal_rate": 3600});
    let scoped = json!({"access_rights": {"test": {"limit": limits}}});
    let shared = json!({
        "rate": 2, "per": 600, "quota_max": 4, "quota_renewal_rate": 3600, "meta_data": {"rate_limit_pattern": "team"},
    });
    for fields in [limits, scoped, shared] {
        let [right, ahead] = servers(YEARS).await;
        let token = make(&right, fields.clone()).await;
        assert_eq!(until_refused(&ahead, &token).await.0, 2);
        assert_eq!(until_refused(&right, &token).await, (2, "rate_limited".into()), "{fields}");
        right.clock.advance(600_000);
        assert_eq!(until_refused(&right, &token).await.0, 2, "and then window by window");
        right.clock.advance(600_000);
        assert_eq!(until_refused(&right, &token).await, (0, "quota_exceeded".into()));
    }
}

#[tokio::test]
async fn an_organisations_window_that_a_clock_ahead_began_is_over_for_all_others() {
    let [right, ahead] = servers(YEARS).await;
    let token = make(&right, json!({})).await;
    limit_org(&right, "default", json!({"quota_max": 2, "quota_renewal_rate": 3600})).await;
    for server in [&ahead, &right] {
        assert_eq!(until_refused(server, &token).await, (2, "org_quota_exceeded".into()));
    }
}

#[tokio::test]
async fn a_month_that_a_clock_ahead_began_is_over_for_all_others() {
    let [right, ahead] = servers(YEARS).await;
    let key = MoneyKeys::of(&right).make(Some("2"), START).await;
    for server in [&ahead, &right] {
        for code in ["ok", "spend_exceeded"] {
            let reserve = json!({"key": key.token, "api": "test", "spend": 2});
            assert_eq!(answer(server, reserve).await["code"], code);
        }
    }
}

#[tokio::test]
async fn a_clock_that_is_ahead_by_less_than_five_minutes_shares_its_windows() {
    let [right, ahead] = servers(299_000).await;
    let token = make(&right, json!({"quota_max": 4, "quota_renewal_rate": 60})).await;
    assert_eq!(code(&ahead, &token).await, "ok");
    assert_eq!(until_refused(&right, &token).await, (3, "quota_exceeded".into()));
}

#[tokio::test]
async fn use_that_a_clock_ahead_made_is_not_kept_by_an_edit_either() {
    let [right, ahead] = servers(YEARS).await;
    let quota = |max: i64| json!({"quota_max": max, "quota_renewal_rate": 3600});
    let token = make(&right, quota(2)).await;
    assert_eq!(until_refused(&ahead, &token).await.0, 2);
    edit(&right, &token, quota(3)).await;
    assert_eq!(until_refused(&right, &token).await.0, 3);
}

#[tokio::test]
async fn a_period_that_an_edit_shortens_does_not_make_the_running_window_one_of_a_wrong_clock() {
    let [right, _] = servers(0).await;
    let quota = |renewal: i64| json!({"quota_max": 3, "quota_renewal_rate": renewal});
    let token = make(&right, quota(86_400)).await;
    assert_eq!(until_refused(&right, &token).await.0, 3);
    edit(&right, &token, quota(60)).await;
    let refused = call(&right, &token).await;
    assert_eq!((&refused["code"], &refused["retry_after"]), (&json!("quota_exceeded"), &json!(60)));
    right.clock.advance(60_000);
    assert_eq!(until_refused(&right, &token).await.0, 3);
}
