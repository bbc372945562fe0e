//! `GET /v1/auth/check`: checks the caller's key.

use latchkey_shared::auth::RequestyCaller;
use latchkey_shared::envelope::requesty::{self, Failure};
use latchkey_shared::runtime::function::Action::GetItem;
use latchkey_shared::runtime::function::{Function, Route, Serves};
use latchkey_shared::runtime::request::{Request, Response};
use latchkey_shared::runtime::service::Service;
use latchkey_shared::secrets::Secret;
use latchkey_shared::store::Table::Keys;
use serde::Serialize;

use super::answer;

/// The function, its routes and all that it may touch.
pub const FUNCTION: Function = Function {
    name: "requesty-check-auth",
    summary: "Says whether the caller's key is valid.",
    routes: &[Route::new("GET", "/v1/auth/check")],
    secrets: &[Secret::Id],
    access: &[(Keys, &[GetItem])],
    serves: Serves::Requests(|s, r| Box::pin(answer(s, r, handle))),
};

#[derive(Serialize)]
#[cfg_attr(feature = "describe", derive(utoipa::ToSchema))]
pub(crate) struct Live {
    status: &'static str,
}

/// Answers 200 to every live key, regardless of its permissions.
async fn handle(service: &Service, request: &Request) -> Result<Response, Failure> {
    RequestyCaller::find(service, request).await?;
    Ok(requesty::found(&Live { status: "ok" }))
}
