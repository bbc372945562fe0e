//! Whether the server is alive and ready: `/healthz`, `/readyz`, and `/hello` as Tyk Gateway
//! answers it.

use std::time::Duration;

use http::{HeaderValue, Method, StatusCode, header};
use jiff::{Timestamp, Unit};
use latchkey_shared::envelope::json;
use latchkey_shared::runtime::function::{Action, Function, Route, Serves};
use latchkey_shared::runtime::request::{Request, Response};
use latchkey_shared::runtime::service::Service;
use latchkey_shared::store::Table;
use serde_json::{Value, json};

/// The gateway's version, as `/hello` shows it.
const GATEWAY: &str = "v5.13.0";
/// A store that takes longer to respond is not ready.
const PATIENCE: Duration = Duration::from_secs(2);

/// The name of its function.
const NAME: &str = "health";

/// Answers probes, which need no secret.
pub(crate) const HEALTH: Function = Function {
    name: NAME,
    summary: "Says whether the server is up and ready.",
    routes: &[get("/healthz"), get("/readyz"), get("/hello")],
    secrets: &[],
    access: &[(Table::Organizations, &[Action::GetItem])],
    serves: Serves::Requests(|service, request| Box::pin(answer(service, request))),
};

const fn get(path: &'static str) -> Route {
    Route { method: "GET", path }
}

/// Whether the path with these segments is that of a probe.
pub(crate) fn is_at(segments: &[String]) -> bool {
    matches!(segments, [only] if HEALTH.routes.iter().any(|route| route.path.strip_prefix('/') == Some(only)))
}

async fn answer(service: &Service, request: &Request) -> Response {
    if ![Method::GET, Method::HEAD].contains(&request.method) {
        let mut response =
            document(StatusCode::METHOD_NOT_ALLOWED, &json!({"status": "error", "message": "Method Not Allowed"}));
        response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("GET, HEAD"));
        return response;
    }
    match request.path.as_str() {
        "/healthz" => document(StatusCode::OK, &json!({"status": "pass"})),
        "/readyz" if store_answers(service, request).await => document(StatusCode::OK, &json!({"status": "pass"})),
        "/readyz" => document(StatusCode::SERVICE_UNAVAILABLE, &json!({"status": "fail"})),
        _ => {
            let status = if store_answers(service, request).await { "pass" } else { "fail" };
            document(StatusCode::OK, &hello(status, service.clock.timestamp()))
        }
    }
}

/// The gateway answers 200 for either status; the body shows it.
fn hello(status: &str, now: Timestamp) -> Value {
    let time = now.round(Unit::Second).unwrap_or(now).to_string();
    let store = json!({"status": status, "componentType": "datastore", "time": time});
    json!({"status": status, "version": GATEWAY, "description": "Tyk GW", "details": {"redis": store}})
}

async fn store_answers(service: &Service, request: &Request) -> bool {
    match tokio::time::timeout(PATIENCE, service.store.fingerprints()).await {
        Ok(Ok(_)) => true,
        Ok(Err(cause)) => {
            tracing::error!(function = NAME, request = request.id, %cause, "not ready: the store failed");
            false
        }
        Err(_) => {
            tracing::error!(function = NAME, request = request.id, "not ready: the store does not answer");
            false
        }
    }
}

fn document(status: StatusCode, body: &Value) -> Response {
    let mut response = json::response(status, format!("{body}\n"));
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
