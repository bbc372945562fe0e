//! `POST /v1/manage/apikey/{id}/limit`: how much a key may spend in a month. What it has spent stays spent.

use latchkey_shared::envelope::requesty::Failure;
use latchkey_shared::runtime::request::{Request, Response};
use latchkey_shared::runtime::service::Service;

use super::body::{Body, missing};
use super::caller::Call;
use super::edit::edit;
use super::key_config;

/// Sets the limit, or with zero none.
pub(crate) async fn handle(service: &Service, request: &Request) -> Result<Response, Failure> {
    let call = Call::of(service, request).await?;
    let scope = call.may_change(request)?;
    let limit = Body::read(request).await?.money("monthly_limit")?.ok_or_else(|| missing("monthly_limit"))?;
    edit(service, &call, &scope, |config| {
        config.limits.spend = key_config::spend(limit);
        Ok(())
    })
    .await
}
