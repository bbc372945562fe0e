//! `GET /v1/manage/apikey/{id}/usage`: shows the usage of a key by hour, day or month.

use latchkey_shared::envelope::requesty::{self, Failure};
use latchkey_shared::runtime::function::Action::{BatchGetItem, GetItem};
use latchkey_shared::runtime::function::{Function, Route, Serves};
use latchkey_shared::runtime::request::{Request, Response};
use latchkey_shared::runtime::service::Service;
use latchkey_shared::secrets::Secret;
use latchkey_shared::store::KeyUse;
use latchkey_shared::store::Table::{Keys, Usage};

use super::answer;
use super::caller::KeyRequest;
use super::usage_query::{SubjectKind, UsageQuery};
use super::usage_view::UsageByPeriod;

/// The function, its routes and all that it may touch.
pub const FUNCTION: Function = Function {
    name: "requesty-get-usage",
    summary: "Shows the usage of a key by hour, day or month.",
    routes: &[Route::new("GET", "/v1/manage/apikey/{api_key_id}/usage")],
    secrets: &[Secret::Id],
    access: &[(Keys, &[GetItem, BatchGetItem]), (Usage, &[BatchGetItem])],
    serves: Serves::Requests(|s, r| Box::pin(answer(s, r, handle))),
};

/// Shows the usage of the key in the path.
async fn handle(service: &Service, request: &Request) -> Result<Response, Failure> {
    let target = KeyRequest::of(service, request).await?;
    target.may_read()?;
    let query = UsageQuery::read(request, SubjectKind::Key).await?;
    let key = target.key()?;
    let used = service.store.usage_of_key(&KeyUse::from(key), query.hours.clone()).await?;
    Ok(requesty::found(&UsageByPeriod::of_all(&query, used)?))
}
