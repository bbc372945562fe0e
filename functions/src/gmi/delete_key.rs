//! `DELETE /api/v1/organizations/{orgId}/api-keys/{apiKeyId}`: deletes a key.

use latchkey_shared::envelope::gmi::{self, Failure, Group, Step, Steps};
use latchkey_shared::runtime::function::Action::{ConditionCheckItem, DeleteItem, GetItem, PutItem, UpdateItem};
use latchkey_shared::runtime::function::{Function, Route, Serves};
use latchkey_shared::runtime::request::{Request, Response};
use latchkey_shared::runtime::service::Service;
use latchkey_shared::secrets::Secret;
use latchkey_shared::store::Table::{Audit, Keys, OrgKeys, Organizations};
use latchkey_shared::store::{Change, Found};

use super::validation::Faults;
use super::{answer, caller, key_config};

/// The function, its routes and all that it may touch.
pub const FUNCTION: Function = Function {
    name: "gmi-delete-key",
    summary: "Deletes a key.",
    routes: &[Route::new("DELETE", "/api/v1/organizations/{orgId}/api-keys/{apiKeyId}")],
    secrets: &[Secret::Session],
    access: &[
        (Keys, &[GetItem, UpdateItem]),
        (OrgKeys, &[PutItem, DeleteItem]),
        (Organizations, &[GetItem, UpdateItem, ConditionCheckItem]),
        (Audit, &[PutItem]),
    ],
    serves: Serves::Requests(|s, r| Box::pin(answer(STEPS, s, r, handle))),
};

/// What it answers when the store fails.
pub(crate) const STEPS: Steps = Steps { read: Step::reading(Group::ApiKey), write: Step::deleting(Group::ApiKey) };

/// Deletes a key that the caller may see; its next use is refused everywhere.
async fn handle(service: &Service, request: &Request) -> Result<Response, Failure> {
    let user = caller::user(service, request).await?;
    let mut faults = Faults::default();
    let (Some(org), Some(id)) = (faults.org(request), faults.key(request)) else { return Err(faults.refusal()) };
    let member = caller::member(service, request, &user, &org).await?;

    let delete = |found: Option<&Found>| match found {
        Some(found) if member.sees(key_config::owner(&found.key)) => Ok(Change::Delete),
        _ => Err(Failure::NoSuchKey),
    };
    service.store.change(member.scope(), &[id.into()], service.clock.now(), delete).await?;
    Ok(gmi::done())
}
