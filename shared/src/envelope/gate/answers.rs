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

/// A decision about a call.
#[derive(Serialize)]
#[cfg_attr(feature = "describe", derive(utoipa::ToSchema))]
pub struct VerifyAnswer<'a> {
    /// Whether to let the call through.
    allowed: bool,
    code: Code,
    /// The status to answer the consumer with.
    status: u16,
    /// The message to answer the consumer with.
    message: &'static str,
    #[serde(flatten)]
    #[cfg_attr(feature = "describe", schema(value_type = AnsweredKey<'_>))]
    key: Option<AnsweredKey<'a>>,
    /// The money that was reserved, if any.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "describe", schema(nullable = false))]
    reservation: Option<Reserved<'a>>,
    /// Seconds until another attempt makes sense; absent if waiting does not help.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "describe", schema(nullable = false))]
    retry_after: Option<i64>,
}

/// The key, and the limits that apply to the call. All of it is absent if the key is unknown.
#[derive(Serialize)]
#[cfg_attr(feature = "describe", derive(utoipa::ToSchema))]
struct AnsweredKey<'a> {
    /// The id of the key, which is not secret.
    #[cfg_attr(feature = "describe", schema(format = Uuid, required = false))]
    key_id: String,
    /// The organisation that owns the key.
    #[cfg_attr(feature = "describe", schema(required = false))]
    org_id: &'a str,
    /// The policies that apply; left out for a key without.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "describe", schema(value_type = Vec<String>, required = false))]
    policies: Option<&'a [String]>,
    /// As a Tyk key has it; null for other keys.
    alias: Option<&'a Value>,
    /// As a Tyk key has it; null for other keys.
    meta_data: Option<&'a Value>,
    /// The rate; null for no limit.
    rate: Option<Limit>,
    /// The quota; null for no limit.
    quota: Option<Limit>,
    /// The month's money; null without a limit while nothing is spent.
    spend: Option<Spending>,
}

/// A reservation of money.
#[derive(Serialize)]
#[cfg_attr(feature = "describe", derive(utoipa::ToSchema))]
struct Reserved<'a> {
    /// The id to report the real cost with.
    id: &'a str,
    /// The money that is reserved.
    spend: Money,
}

/// What became of a report.
#[derive(Serialize)]
#[cfg_attr(feature = "describe", derive(utoipa::ToSchema))]
pub struct ReportAnswer<'a> {
    /// Whether this request counted it; false if an earlier one did.
    counted: bool,
    #[cfg_attr(feature = "describe", schema(format = Uuid))]
    key_id: String,
    org_id: &'a str,
    #[cfg_attr(feature = "describe", schema(required))]
    spend: Option<Spending>,
}

/// What was used, by period and in total.
#[derive(Serialize)]
#[cfg_attr(feature = "describe", derive(utoipa::ToSchema))]
pub struct UsageAnswer<'a> {
    /// The periods in which something was used, in order.
    usage: Vec<Period>,
    /// The sum of this page.
    total: Sums,
    /// The address of the next page, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "describe", schema(nullable = false))]
    next: Option<&'a str>,
}

/// An hour, day or month.
#[derive(Serialize)]
#[cfg_attr(feature = "describe", derive(utoipa::ToSchema))]
struct Period {
    /// When it begins.
    #[cfg_attr(feature = "describe", schema(format = DateTime))]
    start: String,
    #[serde(flatten)]
    sums: Sums,
}

/// What was used.
#[derive(Serialize)]
#[cfg_attr(feature = "describe", derive(utoipa::ToSchema))]
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
