//! Limits as the gate's callers see them, and what is left of them. Money is written with all its digits.

use serde::Serialize;
use serde_json::Number;

use crate::access::rules::Applying;
use crate::clock::Millis;
use crate::keys::Key;
use crate::limits::spend::month_end;
use crate::limits::{BIG, LimitScope, Money, PerKind, Spend, Window, WindowKind};
use crate::store::applying_windows;

/// A limit. `resets_at` is in unix seconds, `null` while no window runs.
#[derive(Serialize)]
#[cfg_attr(feature = "describe", derive(utoipa::ToSchema))]
pub(super) struct Limit {
    /// The units of a window.
    limit: i64,
    remaining: i64,
    #[cfg_attr(feature = "describe", schema(required))]
    resets_at: Option<i64>,
}

/// A month's money; without a limit nothing remains of it. `resets_at` is in unix seconds.
#[derive(Serialize)]
#[cfg_attr(feature = "describe", derive(utoipa::ToSchema))]
pub(super) struct Spending {
    #[cfg_attr(feature = "describe", schema(required))]
    limit: Option<Money>,
    spent: Money,
    #[cfg_attr(feature = "describe", schema(required))]
    remaining: Option<Money>,
    resets_at: i64,
}

/// A limit with the length of its windows in seconds, `null` for one that never ends.
#[derive(Serialize)]
#[cfg_attr(feature = "describe", derive(utoipa::ToSchema))]
struct WholeLimit {
    #[serde(flatten)]
    limit: Limit,
    #[cfg_attr(feature = "describe", schema(required, value_type = Option<f64>))]
    per: Option<Number>,
}

/// The limits that apply to the calls of an API.
#[derive(Serialize)]
#[cfg_attr(feature = "describe", derive(utoipa::ToSchema))]
struct ApiLimits {
    api: String,
    #[cfg_attr(feature = "describe", schema(required))]
    rate: Option<WholeLimit>,
    #[cfg_attr(feature = "describe", schema(required))]
    quota: Option<WholeLimit>,
}

/// The rate of an endpoint that has one of its own.
#[derive(Serialize)]
#[cfg_attr(feature = "describe", derive(utoipa::ToSchema))]
struct EndpointRate {
    api: String,
    method: String,
    path: String,
    #[cfg_attr(feature = "describe", schema(required))]
    rate: Option<WholeLimit>,
}

/// Every limit of a key.
#[derive(Serialize)]
#[cfg_attr(feature = "describe", derive(utoipa::ToSchema))]
pub(super) struct KeyLimits {
    #[cfg_attr(feature = "describe", schema(required))]
    rate: Option<WholeLimit>,
    #[cfg_attr(feature = "describe", schema(required))]
    quota: Option<WholeLimit>,
    #[cfg_attr(feature = "describe", schema(required))]
    spend: Option<Spending>,
    /// Whether it may call every API.
    any_api: bool,
    /// The APIs that it may call.
    apis: Vec<ApiLimits>,
    /// The endpoints that have a rate of their own.
    endpoints: Vec<EndpointRate>,
}

impl KeyLimits {
    /// The limits of a key, and what is left of them at `now`.
    pub(super) fn of(key: &Key, now: Millis) -> Self {
        let (config, limits) = (&key.config, &key.config.limits);
        let apis = config.access.apis().map(|api| {
            let windows = applying_windows(limits, &applying(key, api));
            let [rate, quota] = [WindowKind::Rate, WindowKind::Quota].map(|kind| whole_limit(windows[kind], now));
            ApiLimits { api: api.clone(), rate, quota }
        });
        let endpoints = limits.scoped.iter().filter_map(|(scope, windows)| {
            let (api, method, path) = scope.as_endpoint()?;
            let rate = windows[WindowKind::Rate].as_ref().and_then(|window| whole_limit(window, now));
            Some(EndpointRate { api: api.to_owned(), method: method.to_owned(), path: path.to_owned(), rate })
        });
        Self {
            rate: whole_limit(&limits.windows[WindowKind::Rate], now),
            quota: whole_limit(&limits.windows[WindowKind::Quota], now),
            spend: spending(limits.spend, now),
            any_api: config.any_api,
            apis: apis.collect(),
            endpoints: endpoints.collect(),
        }
    }
}

/// The scopes that the calls of an API are counted in, whatever their endpoint.
fn applying(key: &Key, api: &str) -> Applying {
    let planned = key.plan.as_ref().and_then(|plan| plan.allowances.get(api)).cloned();
    planned.unwrap_or_else(|| {
        let own = Some(LimitScope::api(api)).filter(|scope| key.config.limits.scoped.contains_key(scope));
        PerKind::from_fn(|_| own.clone())
    })
}

/// `None` for no limit.
pub(super) fn limit(window: &Window, now: Millis) -> Option<Limit> {
    let running = !window.is_over(now);
    let remaining = if running { window.left.max(0) } else { window.max };
    let resets_at = window.resets_at().filter(|_| running);
    (!window.is_unlimited()).then_some(Limit { limit: window.max, remaining, resets_at })
}

/// `None` for no limit.
fn whole_limit(window: &Window, now: Millis) -> Option<WholeLimit> {
    let per = Some(window.period).filter(|period| *period < BIG).and_then(seconds);
    limit(window, now).map(|limit| WholeLimit { limit, per })
}

/// Whole seconds as a whole number.
fn seconds(millis: Millis) -> Option<Number> {
    if millis % 1000 == 0 { Some((millis / 1000).into()) } else { Number::from_f64(millis as f64 / 1000.0) }
}

/// `None` for no limit and nothing spent.
pub(super) fn spending(spend: Option<Spend>, now: Millis) -> Option<Spending> {
    let spend = spend.filter(|spend| !spend.is_unlimited() || spend.spent(now) != 0)?;
    let limited = |nanos: i128| (!spend.is_unlimited()).then(|| Money::from_nanos(nanos));
    Some(Spending {
        limit: limited(spend.max),
        spent: Money::from_nanos(spend.spent(now)),
        remaining: limited(spend.left_at(now).max(0)),
        resets_at: month_end(now) / 1000,
    })
}
