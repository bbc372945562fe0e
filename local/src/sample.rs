//! A protected sample API under `/sample/`, to try keys with. It answers as Tyk Gateway answers an
//! API's consumers.

use std::time::Duration;

use http::{HeaderName, HeaderValue, StatusCode, header};
use latchkey_functions::gate::decide::{self, Decision, Question, decide, org_of_api_refuses};
use latchkey_shared::auth::Gateway;
use latchkey_shared::auth::bearer::{Form, bearer};
use latchkey_shared::envelope::Internal;
use latchkey_shared::envelope::gate::authorization::{NO_CREDENTIAL, NO_CREDENTIAL_CODE};
use latchkey_shared::envelope::gate::{Code, retry_after};
use latchkey_shared::envelope::json;
use latchkey_shared::limits::{Money, Window, WindowKind};
use latchkey_shared::orgs::OrgId;
use latchkey_shared::rights::Call;
use latchkey_shared::runtime::function::{Function, Serves};
use latchkey_shared::runtime::request::{Request, Response};
use latchkey_shared::runtime::service::Service;
use latchkey_shared::secrets::Secret;
use latchkey_shared::settings::{InvalidSetting, Setting, Settings, TykEdition};
use latchkey_shared::store::applying_windows;
use latchkey_shared::telemetry;
use serde_json::{Value, json};

/// The API's id.
const API: &str = "test";
/// The organisation that the API belongs to.
const ORG: &str = "default";

/// The name of its function.
pub(crate) const NAME: &str = "sample";

/// The setting of what `X-RateLimit-*` show.
pub(crate) const RATE_LIMIT_HEADERS: Setting = Setting {
    name: "LATCHKEY_RATE_LIMIT_HEADERS",
    default: "quotas",
    default_is_value: true,
    meaning: "what X-RateLimit-* of the sample API show: quotas or rate_limits",
};

/// The sample API: not a function of the cloud, but with the access of the functions that decide.
const SHOWING_QUOTAS: Function = Function {
    name: NAME,
    summary: "A protected sample API.",
    routes: &[],
    secrets: &[Secret::Id],
    access: decide::ACCESS,
    serves: Serves::Requests(|service, request| Box::pin(answer(service, request, Shown::Quotas))),
};

/// The same, with headers that show rates.
const SHOWING_RATES: Function = Function {
    serves: Serves::Requests(|service, request| Box::pin(answer(service, request, Shown::Rates))),
    ..SHOWING_QUOTAS
};

/// What `X-RateLimit-*` show.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shown {
    Quotas,
    Rates,
}

/// The sample API with the headers that are set.
pub(crate) fn function(get: impl Fn(&str) -> Option<String>) -> Result<&'static Function, InvalidSetting> {
    match get(RATE_LIMIT_HEADERS.name).as_deref() {
        None | Some("quotas") => Ok(&SHOWING_QUOTAS),
        Some("rate_limits") => Ok(&SHOWING_RATES),
        Some(_) => Err(InvalidSetting::new(RATE_LIMIT_HEADERS.name, "must be quotas or rate_limits")),
    }
}

/// Whether the path with these segments belongs to the sample API.
pub(crate) fn is_at(segments: &[String]) -> bool {
    segments.first().is_some_and(|first| first == NAME)
}

/// The settings with which it decides: its API exists, whatever APIs are listed.
pub(crate) fn settings(settings: &Settings) -> Settings {
    let apis = OrgId::parse(ORG).map_or_else(|_| settings.apis.clone(), |org| settings.apis.with(API, org));
    Settings { apis, ..settings.clone() }
}

async fn answer(service: &Service, request: &Request, shown: Shown) -> Response {
    request.deadline.bound(decided(service, request, shown)).await.unwrap_or_else(|cause| {
        telemetry::failed(cause.code(), &cause);
        let mut response =
            refusal(request, StatusCode::SERVICE_UNAVAILABLE, "There was a problem proxying the request");
        if service.settings.tyk_edition == TykEdition::Documented {
            add(&mut response, ["retry-after"], [1]);
        }
        response
    })
}

async fn decided(service: &Service, request: &Request, shown: Shown) -> Result<Response, Internal> {
    let gate = Gateway::admitted_outside().scope();
    let Ok(presented) = bearer(request, Form::SchemeOptional) else {
        let refused = org_of_api_refuses(service, gate, API).await?;
        telemetry::decided(refused.map_or(NO_CREDENTIAL_CODE, Code::name), false);
        let (status, text) = refused.map_or(NO_CREDENTIAL, |code| (code.status(), code.message()));
        return Ok(refusal(request, status, text));
    };
    let path = request.path.as_str();
    let shows_limits = request.method == http::Method::GET && path.trim_end_matches('/') == "/sample/tyk/rate-limits";
    let call = Call { api: API, method: request.method.as_str(), path, version: "" };
    let cost = if shows_limits { 0 } else { 1 };
    let decision = decide(service, gate, &Question { presented, call, cost, spend: Money::default() }).await?;

    let mut response = match decision.code {
        Code::Ok if shows_limits => {
            json::response(StatusCode::OK, format!("{}\n", limits(&decision, service.settings.tyk_edition)))
        }
        Code::Ok => json::response(StatusCode::OK, format!("{}\n", json!({"method": call.method, "path": path}))),
        refused => refusal(request, refused.status(), refused.message()),
    };
    add_headers(service, &decision, shown, &mut response);
    Ok(response)
}

/// The limits of a key as the gateway shows them to its consumer: those of the key itself, not of a
/// single API. Before the first call of a period the whole quota is left; in the edition 5.13 that
/// shows, as in the gateway, the `quota_remaining` that the key was made with.
fn limits(decision: &Decision, edition: TykEdition) -> Value {
    let Some((key, _)) = &decision.key else { return Value::Null };
    let windows = &key.config.limits.windows;
    let (rate, quota) = (&windows[WindowKind::Rate], &windows[WindowKind::Quota]);
    let number = |name: &str| key.config.document.get(name).cloned().unwrap_or_else(|| 0.into());
    let whole = (edition == TykEdition::Documented && !quota.is_unlimited()).then_some(quota.max);
    let remaining = quota.remaining(decision.now).or(whole);
    let (requests, per_unit) = requests_per_unit(rate, (number("rate"), number("per")));
    json!({
        "quota": {
            "quota_max": if quota.is_unlimited() { unlimited(number("quota_max")) } else { quota.max.into() },
            "quota_remaining": remaining.map_or_else(|| number("quota_remaining"), Value::from),
            "quota_renews": quota.resets_at().map_or_else(|| number("quota_renews"), Value::from),
        },
        "rate_limit": {"requests": requests, "per_unit": per_unit},
    })
}

/// The rate as the key's document has it, unless that is not the limit that applies.
fn requests_per_unit(rate: &Window, (requests, per_unit): (Value, Value)) -> (Value, Value) {
    let sent = Window::rate(requests.as_f64().unwrap_or_default(), per_unit.as_f64().unwrap_or_default());
    if (sent.max, sent.period) == (rate.max, rate.period) {
        (requests, per_unit)
    } else if rate.is_unlimited() {
        (unlimited(requests), per_unit)
    } else {
        (rate.max.into(), (Duration::from_millis(rate.period.unsigned_abs()).as_secs_f64()).into())
    }
}

/// `sent` if it means no limit, else -1.
fn unlimited(sent: Value) -> Value {
    if sent.as_f64().is_some_and(|sent| sent <= 0.0) { sent } else { (-1).into() }
}

/// Adds `X-RateLimit-*` as the gateway sends them and, to refusals, when to retry.
fn add_headers(service: &Service, decision: &Decision, shown: Shown, response: &mut Response) {
    let Some((key, applying)) = &decision.key else { return };
    let windows = applying_windows(&key.config.limits, applying);
    let (rate, quota) = (windows[WindowKind::Rate], windows[WindowKind::Quota]);
    let allowed = decision.code == Code::Ok;
    let number = |name: &str| key.config.document.get(name).and_then(Value::as_i64).unwrap_or_default();
    let second = |window: &Window| window.resets_at().unwrap_or_else(|| number("quota_renews"));
    let values = match (shown == Shown::Rates, decision.code) {
        (true, Code::Ok | Code::RateLimited) if rate.is_unlimited() => Some((0, 0, 0)),
        (true, Code::Ok | Code::RateLimited) => Some((rate.max, rate.left.max(0), second(rate))),
        (false, Code::Ok) if quota.is_unlimited() => {
            Some((number("quota_max"), number("quota_remaining"), number("quota_renews")))
        }
        (false, Code::Ok) => Some((quota.max, quota.left.max(0), second(quota))),
        _ => None,
    };
    if let Some((limit, remaining, reset)) = values {
        add(response, ["x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset"], [limit, remaining, reset]);
    }
    let seconds = decision.until.and_then(|until| retry_after(until, decision.now));
    if let (false, TykEdition::Documented, Some(seconds)) = (allowed, service.settings.tyk_edition, seconds) {
        let window = if decision.code == Code::RateLimited { rate } else { quota };
        add(response, ["retry-after"], [seconds]);
        if matches!(decision.code, Code::RateLimited | Code::QuotaExceeded) {
            let names = ["ratelimit-limit", "ratelimit-remaining", "ratelimit-reset"];
            add(response, names, [window.max, window.left.max(0), seconds]);
        }
    }
}

fn add<const N: usize>(response: &mut Response, names: [&'static str; N], values: [i64; N]) {
    for (name, value) in names.into_iter().zip(values) {
        response.headers_mut().insert(HeaderName::from_static(name), HeaderValue::from(value));
    }
}

/// An error as the gateway sends it to consumers, in XML if that is what they sent.
fn refusal(request: &Request, status: StatusCode, text: &str) -> Response {
    let xml = request.header("content-type").is_some_and(|kind| kind.contains("xml"));
    let mut response = json::response(status, format!("{{\n    \"error\": \"{text}\"\n}}"));
    if xml {
        *response.body_mut() = format!("<?xml version = \"1.0\" encoding = \"UTF-8\"?>\n<error>{text}</error>");
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/xml"));
    }
    response.headers_mut().insert("x-generator", HeaderValue::from_static("tyk.io"));
    response
}
