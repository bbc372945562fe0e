//! `DELETE /tyk/policies/{polID}`: deletes a policy. Keys that still name it are refused from then on, so the documented
//! edition deletes it only if no key does, or with `force=1`.

use latchkey_shared::envelope::tyk::{self, Failure, KeyAction, Refusal, Refusals};
use latchkey_shared::policies::PolicyId;
use latchkey_shared::runtime::function::Action::{self, BatchGetItem, DeleteItem, PutItem, UpdateItem};
use latchkey_shared::runtime::function::{Function, Route, Serves};
use latchkey_shared::runtime::request::{Request, Response};
use latchkey_shared::runtime::service::Service;
use latchkey_shared::secrets::Secret;
use latchkey_shared::settings::TykEdition;
use latchkey_shared::store::PolicyDeleted;
use latchkey_shared::store::Table::{Audit, Keys, OrgKeys, Organizations};

use super::get_policy::{NO_SUCH_POLICY, named};
use super::session::Warnings;
use super::{answer, caller, query};

/// The function, its routes and all that it may touch.
pub const FUNCTION: Function = Function {
    name: "tyk-delete-policy",
    summary: "Deletes a policy.",
    routes: &[Route::new("DELETE", "/tyk/policies"), Route::new("DELETE", "/tyk/policies/{polID}")],
    secrets: &[Secret::Admin],
    access: &[
        (Organizations, &[BatchGetItem, Action::Query, PutItem, UpdateItem, DeleteItem]),
        (OrgKeys, &[Action::Query]),
        (Keys, &[BatchGetItem]),
        (Audit, &[PutItem]),
    ],
    serves: Serves::Requests(|s, r| Box::pin(answer(&REFUSALS, s, r, handle))),
};

pub(crate) const REFUSALS: Refusals = Refusals { internal: DELETE_FAILED, ..Refusals::USUAL };

const DELETE_FAILED: Refusal = Refusal::server_error("Delete failed");
pub(crate) const NO_ID_IN_PATH: Failure =
    Failure::Refused("no_policy_id_in_path", Refusal::bad_request("Must specify an apiID to delete"));
pub(crate) const NAMED: Failure = Failure::Refused(
    "PolicyNamed",
    Refusal::conflict(
        "Keys follow this policy. Give them other policies, or delete it with force=1: then they are refused.",
    ),
);

async fn handle(service: &Service, request: &Request) -> Result<Response, Failure> {
    let scope = caller::admin(&service.secrets, request)?;
    if request.param("polID").is_empty() {
        return Err(NO_ID_IN_PATH);
    }
    let edition = service.settings.tyk_edition;
    let missing = || match edition {
        TykEdition::Documented => NO_SUCH_POLICY,
        TykEdition::V5_13 => Failure::Refused("no_such_policy", DELETE_FAILED),
    };
    let mut warnings = Warnings::default();
    let forced = query::flag(request, "force", &mut warnings) || edition == TykEdition::V5_13;
    let found = named(service, request, &scope).await?.ok_or_else(missing)?;
    let id = PolicyId::parse(found.policy.id()).ok_or_else(missing)?;
    let scope = scope.within(&found.policy.org());
    match service.store.delete_policy(&scope, &id, forced, service.clock.now()).await? {
        PolicyDeleted::Done => {}
        PolicyDeleted::Missing => return Err(missing()),
        PolicyDeleted::Named => return Err(NAMED),
    }
    Ok(tyk::warned(tyk::done(id.as_str(), KeyAction::Deleted, edition), &warnings.text()))
}
