//! `GET /v1/manage/org/usage`: shows the usage of all keys of the caller's organisation, including
//! deleted ones.

use latchkey_shared::access::RequestyPermission;
use latchkey_shared::auth::RequestyCaller;
use latchkey_shared::envelope::requesty::{self, Failure};
use latchkey_shared::runtime::function::Action::{BatchGetItem, DeleteItem, GetItem, Query, UpdateItem};
use latchkey_shared::runtime::function::{Function, Route, Serves};
use latchkey_shared::runtime::request::{Request, Response};
use latchkey_shared::runtime::service::Service;
use latchkey_shared::secrets::Secret;
use latchkey_shared::store::Table::{Keys, Usage};

use super::answer;
use super::caller::permitted;
use super::usage_query::{SubjectKind, UsageQuery};
use super::usage_view::UsageByPeriod;

/// The function, its routes and all that it may touch.
pub const FUNCTION: Function = Function {
    name: "requesty-get-org-usage",
    summary: "Shows the usage of all keys of the organisation.",
    routes: &[Route::new("GET", "/v1/manage/org/usage")],
    secrets: &[Secret::Id],
    access: &[(Keys, &[GetItem, BatchGetItem, UpdateItem]), (Usage, &[Query, UpdateItem, DeleteItem])],
    serves: Serves::Requests(|s, r| Box::pin(answer(s, r, handle))),
};

/// Shows the usage of the organisation's Requesty keys.
async fn handle(service: &Service, request: &Request) -> Result<Response, Failure> {
    let caller = RequestyCaller::find(service, request).await?;
    permitted(&caller, RequestyPermission::Read)?;
    let query = UsageQuery::read(request, SubjectKind::Organisation).await?;
    let (scope, hours, now) = (caller.scope(request), query.hours.clone(), service.clock.now());
    let usage = if query.by_key() {
        UsageByPeriod::of_keys(&query, service.store.usage_by_key(&scope, hours, now).await?)
    } else {
        UsageByPeriod::of_all(&query, service.store.usage_of_org(&scope, hours, now).await?)
    };
    Ok(requesty::found(&usage?))
}
