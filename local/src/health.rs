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
    access: &[(Table::Keys, &[Action::GetItem])],
    serves: Serves::Requests(|service, request| Box::pin(answer(service, request))),
};

const fn get(path: &'static str) -> Route {
    Route { method: "GET", path }
}

/// The route of a probe with a path of these segments.
pub(crate) fn route(segments: &[String]) -> Option<&'static Route> {
    HEALTH.routes.iter().find(|route| route.matched(segments).is_some())
}

/// The answer to a method by which nothing can be read.
pub(crate) fn wrong_method(method: &Method) -> Option<Response> {
    if [Method::GET, Method::HEAD].contains(method) {
        return None;
    }
    let mut response =
        document(StatusCode::METHOD_NOT_ALLOWED, &json!({"status": "error", "message": "Method Not Allowed"}));
    response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("GET, HEAD"));
    Some(response)
}

async fn answer(service: &Service, request: &Request) -> Response {
    if let Some(refused) = wrong_method(&request.method) {
        return refused;
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
