//! `DELETE /tyk/keys/{keyName}`: deletes a key. Without a name there is nothing to delete.

use latchkey_shared::envelope::tyk::{self, Failure, KeyAction, Refusal, Refusals};
use latchkey_shared::orgs::OrgId;
use latchkey_shared::runtime::function::Action::{DeleteItem, GetItem, PutItem, UpdateItem};
use latchkey_shared::runtime::function::{Function, Route, Serves};
use latchkey_shared::runtime::request::{Request, Response};
use latchkey_shared::runtime::service::Service;
use latchkey_shared::secrets::Secret;
use latchkey_shared::store::Change;
use latchkey_shared::store::Table::{Audit, Keys, OrgKeys};
use serde_json::Value;

use super::lookup::Candidates;
use super::{answer, caller};

/// The function, its routes and all that it may touch.
pub const FUNCTION: Function = Function {
    name: "tyk-delete-key",
    summary: "Deletes a key.",
    routes: &[Route::new("DELETE", "/tyk/keys/{keyName}"), Route::new("DELETE", "/tyk/keys")],
    secrets: &[Secret::Admin, Secret::Id],
    access: &[(Keys, &[GetItem, UpdateItem]), (OrgKeys, &[PutItem, DeleteItem]), (Audit, &[PutItem])],
    serves: Serves::Requests(|s, r| Box::pin(answer(&REFUSALS, s, r, handle))),
};

const NO_SUCH_KEY: Refusal = Refusal::not_found("There is no such key found");

pub(crate) const REFUSALS: Refusals =
    Refusals { no_such_key: NO_SUCH_KEY, name_of_another: NO_SUCH_KEY, ..Refusals::DELETE };

/// Deletes the key. Its next use is refused everywhere.
async fn handle(service: &Service, request: &Request) -> Result<Response, Failure> {
    let scope = caller::admin(&service.secrets, request)?;
    if request.param("keyName").is_empty() {
        return Err(Failure::NoSuchKey);
    }
    let org = OrgId::parse(request.query.get("org_id"))?;
    let candidates = Candidates::of(request, &org, service)?;
    let delete = |found: Option<&_>| found.map(|_| Change::Delete).ok_or(Failure::NoSuchKey);
    let deleted = service.store.change(&scope, &candidates.places(), service.clock.now(), delete).await?;
    if request.query.get("api_id") == "-1" {
        // This is all that the gateway answers when it deletes a key on every API.
        return Ok(tyk::success(&Value::Null));
    }
    let key = candidates.at(deleted.index).token.reveal();
    Ok(tyk::done(key, KeyAction::Deleted, service.settings.tyk_edition))
}
