//! `POST /api/v1/organizations`: creates an organisation, owned by the caller.

use latchkey_shared::envelope::gmi::{self, Failure, Group, Step, Steps};
use latchkey_shared::keys::idempotency::{self, NotMade};
use latchkey_shared::orgs::OrgId;
use latchkey_shared::runtime::function::Action::{GetItem, PutItem, UpdateItem};
use latchkey_shared::runtime::function::{Function, Route, Serves};
use latchkey_shared::runtime::request::{Request, Response};
use latchkey_shared::runtime::service::Service;
use latchkey_shared::secrets::Secret;
use latchkey_shared::store::Table::{Audit, Organizations};
use latchkey_shared::store::{NewOrg, Registered};
use serde_json::json;

use super::validation::Faults;
use super::{answer, caller};

/// The function, its routes and all that it may touch.
pub const FUNCTION: Function = Function {
    name: "gmi-register-org",
    summary: "Registers an organisation.",
    routes: &[Route::new("POST", "/api/v1/organizations")],
    secrets: &[Secret::Session],
    access: &[(Organizations, &[GetItem, PutItem, UpdateItem]), (Audit, &[PutItem])],
    serves: Serves::Requests(|s, r| Box::pin(answer(STEPS, s, r, handle))),
};

/// What it answers when the store fails.
pub(crate) const STEPS: Steps =
    Steps { read: Step::reading(Group::Organization), write: Step::creating(Group::Organization) };

/// Creates an organisation; the caller leaves their current one. With an `Idempotency-Key`, a
/// repeated request returns the organisation that it created first.
async fn handle(service: &Service, request: &Request) -> Result<Response, Failure> {
    let user = caller::user(service, request).await?;
    let mut faults = Faults::default();
    let body = faults.body(request).await?;
    let Some(name) = faults.name(&body) else { return Err(faults.refusal()) };

    let repeated = idempotency::name_of(&request.headers)?;
    let id = repeated.map_or_else(OrgId::random, |name| OrgId::of_request(user.id(), name));
    let new = NewOrg { id, name: &name, repeatable: repeated.is_some() };
    let (scope, who) = (user.alone(request), (user.id(), user.person()));
    match service.store.register(&scope, &new, who, service.clock.now()).await? {
        Registered::Made => Ok(gmi::made(&json!({"id": new.id.as_str()}))),
        Registered::Reused => Err(NotMade::IdempotencyKeyReused.into()),
        Registered::Gone => Err(NotMade::NoLongerRepeatable.into()),
        Registered::LastOwner => Err(Failure::LastOwner),
    }
}
