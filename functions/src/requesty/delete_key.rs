//! `DELETE /v1/manage/apikey/{id}`: deletes a key.

use latchkey_shared::envelope::requesty::{self, Failure};
use latchkey_shared::runtime::function::Action::{
    BatchGetItem, ConditionCheckItem, DeleteItem, GetItem, PutItem, UpdateItem,
};
use latchkey_shared::runtime::function::{Function, Route, Serves};
use latchkey_shared::runtime::request::{Request, Response};
use latchkey_shared::runtime::service::Service;
use latchkey_shared::secrets::Secret;
use latchkey_shared::store::Table::{Audit, Keys, OrgKeys};
use latchkey_shared::store::{Change, Found};

use super::answer;
use super::caller::KeyRequest;

/// The function, its routes and all that it may touch.
pub const FUNCTION: Function = Function {
    name: "requesty-delete-key",
    summary: "Deletes a key.",
    routes: &[Route::new("DELETE", "/v1/manage/apikey/{api_key_id}")],
    secrets: &[Secret::Id],
    access: &[
        (Keys, &[GetItem, BatchGetItem, UpdateItem, ConditionCheckItem]),
        (OrgKeys, &[PutItem, DeleteItem]),
        (Audit, &[PutItem]),
    ],
    serves: Serves::Requests(|s, r| Box::pin(answer(s, r, handle))),
};

/// Deletes a key; its next use is refused everywhere. A key may delete itself.
async fn handle(service: &Service, request: &Request) -> Result<Response, Failure> {
    let target = KeyRequest::of(service, request).await?;
    let scope = target.may_change(request)?;
    let key = target.key()?.clone();
    let delete = |found: Option<&Found>| found.map(|_| Change::Delete).ok_or_else(|| target.gone());
    service.store.change_found(&scope, key, service.clock.now(), delete).await?;
    Ok(requesty::deleted())
}
