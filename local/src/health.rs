//! Whether the server is alive and ready: `/healthz` and `/readyz`.

use http::{HeaderValue, Method, StatusCode, header};
use latchkey_functions::tyk::hello::store_answers;
use latchkey_shared::envelope::json;
use latchkey_shared::runtime::function::{Action, Function, Route, Serves};
use latchkey_shared::runtime::request::{Request, Response};
use latchkey_shared::runtime::service::Service;
use latchkey_shared::store::Table;
use serde_json::{Value, json};

/// Answers probes, which need no secret.
pub(crate) const HEALTH: Function = Function {
    name: "health",
    summary: "Says whether the server is up and ready.",
    routes: &[get("/healthz"), get("/readyz")],
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
        _ => document(StatusCode::SERVICE_UNAVAILABLE, &json!({"status": "fail"})),
    }
}

fn document(status: StatusCode, body: &Value) -> Response {
    let mut response = json::response(status, format!("{body}\n"));
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
