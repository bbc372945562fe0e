//! `GET /hello`: the health of the service and its store, in the form of Tyk Gateway's.

use std::time::Duration;

use http::{HeaderValue, header};
use jiff::Timestamp;
use latchkey_shared::envelope::Unrouted;
use latchkey_shared::envelope::tyk::{self, Failure, Refusal, Refusals};
use latchkey_shared::runtime::function::Action::GetItem;
use latchkey_shared::runtime::function::{Function, Route, Serves};
use latchkey_shared::runtime::request::{Request, Response};
use latchkey_shared::runtime::service::Service;
use latchkey_shared::store::Table::Keys;
use latchkey_shared::telemetry;
use serde_json::json;

use crate::fallback::Fallback;

/// The function, its routes and all that it may touch.
pub const FUNCTION: Function = Function {
    name: "tyk-hello",
    summary: "Says whether the service and its store answer. It needs no secret.",
    routes: &[Route::new("GET", "/hello")],
    secrets: &[],
    access: &[(Keys, &[GetItem])],
    serves: Serves::Requests(|s, r| Box::pin(handle(s, r))),
};

/// The version of the gateway whose dialect this is; scripts compare it.
const GATEWAY: &str = "v5.13.0";
/// A store that takes longer to respond is not ready.
const PATIENCE: Duration = Duration::from_secs(2);

const WRONG_METHOD: Failure = Failure::Refused("no_such_method", Refusal::method_not_allowed("Method Not Allowed"));

/// Answers other methods than `GET`, and the path with a trailing slash.
pub(crate) static FALLBACK: Fallback = Fallback {
    owns: |path| matches!(path, ["hello"]),
    answer: |service, _, unrouted| {
        let failure = match unrouted {
            Unrouted::NoSuchMethod => WRONG_METHOD,
            Unrouted::TrailingSlash(_) => unrouted.into(),
            Unrouted::NoSuchPath | Unrouted::NotWhole => Failure::NotFound,
        };
        tyk::reply(&Refusals::USUAL, service.settings.tyk_edition, Err(failure))
    },
};

/// Answers 200 whether the store answers or not, as the gateway does: the body shows it.
async fn handle(service: &Service, request: &Request) -> Response {
    let status = if store_answers(service, request).await { "pass" } else { "fail" };
    let now = service.clock.timestamp();
    let time = Timestamp::from_second(now.as_second()).unwrap_or(now).to_string();
    let store = json!({"status": status, "componentType": "datastore", "time": time});
    let mut response = tyk::success(&json!({
        "status": status, "version": GATEWAY, "description": "Tyk GW", "details": {"redis": store},
    }));
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// Whether the store answers a read in time. If it does not, the log says why.
pub async fn store_answers(service: &Service, request: &Request) -> bool {
    let read = request.deadline.bound(service.store.fingerprints());
    match tokio::time::timeout(PATIENCE, read).await {
        Ok(Ok(_)) => return true,
        Ok(Err(cause)) => telemetry::failed("not_ready", format_args!("the store failed: {cause}")),
        Err(_) => telemetry::failed("not_ready", "the store does not answer"),
    }
    false
}
