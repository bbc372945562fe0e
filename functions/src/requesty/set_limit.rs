//! `POST /v1/manage/apikey/{id}/limit`: how much a key may spend in a month. What it has spent stays spent.

use latchkey_shared::envelope::requesty::Failure;
use latchkey_shared::request::{Request, Response};
use latchkey_shared::service::Service;

use super::body::{Body, missing};
use super::call::Call;
use super::edit::edit;
use super::settings;

/// Sets the limit, or with zero none.
pub(crate) async fn handle(service: &Service, request: &Request) -> Result<Response, Failure> {
    let call = Call::of(service, request).await?;
    let scope = call.may_change(request)?;
    let limit = Body::read(request).await?.money("monthly_limit")?.ok_or_else(|| missing("monthly_limit"))?;
    edit(service, &call, &scope, |config| {
        config.limits.spend = settings::spend(limit);
        Ok(())
    })
    .await
}
