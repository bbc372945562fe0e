//! The gate's answers to valid requests. Money is written with all its digits.

use std::collections::BTreeMap;

use http::StatusCode;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

use super::limits::{Limit, Spending, limit, spending};
use super::{Code, retry_after};
use crate::access::rules::Applying;
use crate::clock::Millis;
use crate::envelope::json;
use crate::envelope::link::link_next;
use crate::keys::Key;
use crate::limits::{Money, WindowKind};
use crate::runtime::request::Response;
use crate::store::{KeyUse, Used, applying_windows};

#[derive(Serialize)]
struct VerifyAnswer<'a> {
    allowed: bool,
    code: Code,
    status: u16,
    message: &'static str,
    #[serde(flatten)]
    key: Option<AnsweredKey<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reservation: Option<Reserved<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_after: Option<i64>,
}

#[derive(Serialize)]
struct AnsweredKey<'a> {
    key_id: String,
    org_id: &'a str,
    /// The policies that apply; left out for a key without.
    #[serde(skip_serializing_if = "Option::is_none")]
    policies: Option<&'a [String]>,
    alias: Option<&'a Value>,
    meta_data: Option<&'a Value>,
    rate: Option<Limit>,
    quota: Option<Limit>,
    spend: Option<Spending>,
}

#[derive(Serialize)]
struct Reserved<'a> {
    id: &'a str,
    spend: Money,
}

#[derive(Serialize)]
struct ReportAnswer<'a> {
    counted: bool,
    key_id: String,
    org_id: &'a str,
    spend: Option<Spending>,
}

#[derive(Serialize)]
struct UsageAnswer<'a> {
    usage: Vec<Period>,
    total: Sums,
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<&'a str>,
}

#[derive(Serialize)]
struct Period {
    start: String,
    #[serde(flatten)]
    sums: Sums,
}

#[derive(Serialize)]
struct Sums {
    requests: i64,
    spend: Money,
    input_tokens: i64,
    output_tokens: i64,
}

/// The answer to a question that was understood: always 200. `reserved` is the id of a reservation
/// and what it holds.
#[must_use]
pub fn answer(
    code: Code,
    key: Option<&(Key, Applying)>,
    until: Option<Millis>,
    now: Millis,
    reserved: Option<(&str, Money)>,
) -> Response {
    let answer = VerifyAnswer {
        allowed: code == Code::Ok,
        code,
        status: code.status().as_u16(),
        message: code.message(),
        key: key.map(|(key, applying)| answered_key(key, applying, now)),
        reservation: reserved.map(|(id, spend)| Reserved { id, spend }),
        retry_after: until.and_then(|until| retry_after(until, now)),
    };
    json::line(StatusCode::OK, &answer)
}

/// The answer to a report: whether it was counted now or before, and what the key has spent.
#[must_use]
pub fn reported(counted: bool, key: &KeyUse, now: Millis) -> Response {
    let (key_id, org_id) = (key.id.to_string(), key.org.as_str());
    let answer = ReportAnswer { counted, key_id, org_id, spend: spending(key.spend, now) };
    json::line(StatusCode::OK, &answer)
}

/// What was used in each of these periods, by when they begin, and in all; `next` is where the next
/// page is.
#[must_use]
pub fn usage(periods: &BTreeMap<Millis, Used>, next: Option<&str>) -> Response {
    let mut total = Used::default();
    periods.values().for_each(|used| total += *used);
    let start = |at: Millis| Timestamp::from_millisecond(at).unwrap_or_default().to_string();
    let usage = periods.iter().map(|(at, used)| Period { start: start(*at), sums: sums(used) }).collect();
    let mut response = json::line(StatusCode::OK, &UsageAnswer { usage, total: sums(&total), next });
    link_next(&mut response, next);
    response
}

fn sums(used: &Used) -> Sums {
    let Used { requests, spend, input_tokens, output_tokens } = *used;
    Sums { requests, spend: Money::from_nanos(spend), input_tokens, output_tokens }
}

fn answered_key<'a>(key: &'a Key, applying: &Applying, now: Millis) -> AnsweredKey<'a> {
    let config = &key.config;
    let windows = applying_windows(&config.limits, applying);
    AnsweredKey {
        key_id: key.id.to_string(),
        org_id: key.org.as_str(),
        policies: key.plan.as_ref().map(|plan| plan.applied.as_slice()),
        alias: config.document.get("alias"),
        meta_data: config.document.get("meta_data"),
        rate: limit(windows[WindowKind::Rate], now),
        quota: limit(windows[WindowKind::Quota], now),
        spend: spending(config.limits.spend, now),
    }
}
