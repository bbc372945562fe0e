//! `GET /v1/auth/check`: whether the caller's key lives.

use latchkey_shared::auth::Caller;
use latchkey_shared::envelope::requesty::{self, Failure};
use latchkey_shared::runtime::request::{Request, Response};
use latchkey_shared::runtime::service::Service;
use serde::Serialize;

#[derive(Serialize)]
struct Live {
    status: &'static str,
}

/// Answers 200 to every live key, whatever its permissions.
pub(crate) async fn handle(service: &Service, request: &Request) -> Result<Response, Failure> {
    Caller::find(service, request).await?;
    Ok(requesty::found(&Live { status: "ok" }))
}
