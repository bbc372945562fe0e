//! `DELETE /v1/keys/{key_id}`: deletes a key of any dialect.

use latchkey_shared::auth::Admin;
use latchkey_shared::envelope::gate::{self, Failure};
use latchkey_shared::keys::KeyId;
use latchkey_shared::runtime::function::Action::{DeleteItem, GetItem, PutItem, UpdateItem};
use latchkey_shared::runtime::function::{Function, Route, Serves};
use latchkey_shared::runtime::request::{Request, Response};
use latchkey_shared::runtime::service::Service;
use latchkey_shared::secrets::Secret;
use latchkey_shared::store::Table::{Audit, Keys, OrgKeys, Organizations};
use latchkey_shared::store::{Change, Found};

use super::answer;

/// The function, its routes and all that it may touch.
pub const FUNCTION: Function = Function {
    name: "gate-delete-key",
    summary: "Deletes a key of any dialect.",
    routes: &[Route::new("DELETE", "/v1/keys/{key_id}")],
    secrets: &[Secret::Admin],
    access: &[
        (Keys, &[GetItem, UpdateItem]),
        (OrgKeys, &[PutItem, DeleteItem]),
        (Organizations, &[UpdateItem]),
        (Audit, &[PutItem]),
    ],
    serves: Serves::Requests(|s, r| Box::pin(answer(s, r, handle))),
};

/// Deletes the key. Its next use is refused everywhere.
async fn handle(service: &Service, request: &Request) -> Result<Response, Failure> {
    let admin = Admin::from_bearer(&service.secrets, request).map_err(|_| Failure::NotAdmin)?;
    let id = KeyId::parse(request.param("key_id")).ok_or(Failure::NoSuchKey)?;
    let dialect = service.store.dialect_of(admin.gate(), id).await?.ok_or(Failure::NoSuchKey)?;
    let scope = admin.everywhere(dialect, request);
    let delete = |found: Option<&Found>| found.map(|_| Change::Delete).ok_or(Failure::NoSuchKey);
    service.store.change(&scope, &[id.into()], service.clock.now(), delete).await?;
    Ok(gate::deleted_key(id))
}
