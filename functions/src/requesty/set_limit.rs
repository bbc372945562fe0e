//! `POST /v1/manage/apikey/{id}/limit`: sets how much a key may spend in a month. What it already
//! spent still counts.

use latchkey_shared::envelope::requesty::Failure;
use latchkey_shared::runtime::function::{Function, Route, Serves};
use latchkey_shared::runtime::request::{Request, Response};
use latchkey_shared::runtime::service::Service;
use latchkey_shared::secrets::Secret;

use super::body::{Body, missing};
use super::caller::KeyRequest;
use super::update_key::{self, update_key};
use super::{answer, key_config};

/// The function, its routes and all that it may touch.
pub const FUNCTION: Function = Function {
    name: "requesty-set-limit",
    summary: "Sets how much a key may spend in a month.",
    routes: &[Route::new("POST", "/v1/manage/apikey/{api_key_id}/limit")],
    secrets: &[Secret::Id],
    access: update_key::ACCESS,
    serves: Serves::Requests(|s, r| Box::pin(answer(s, r, handle))),
};

/// Sets the limit. Zero removes it.
async fn handle(service: &Service, request: &Request) -> Result<Response, Failure> {
    let target = KeyRequest::of(service, request).await?;
    let scope = target.may_change(request)?;
    let limit = Body::read(request).await?.money("monthly_limit")?.ok_or_else(|| missing("monthly_limit"))?;
    update_key(service, &target, &scope, |config| {
        config.limits.spend = key_config::spend(limit);
        Ok(())
    })
    .await
}
