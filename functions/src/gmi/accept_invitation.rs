//! `POST /api/v1/me/invitations/{invitationId}/accept`: the caller joins an organisation that
//! invited them.

use latchkey_shared::envelope::gmi::{self, Failure, Group, Step, Steps};
use latchkey_shared::runtime::function::Action::{DeleteItem, GetItem, PutItem, Query, UpdateItem};
use latchkey_shared::runtime::function::{Function, Route, Serves};
use latchkey_shared::runtime::request::{Request, Response};
use latchkey_shared::runtime::service::Service;
use latchkey_shared::secrets::Secret;
use latchkey_shared::store::Accepted;
use latchkey_shared::store::Table::{Audit, Organizations};
use serde_json::json;

use super::validation::Faults;
use super::{answer, caller, view};

/// The function, its routes and all that it may touch.
pub const FUNCTION: Function = Function {
    name: "gmi-accept-invitation",
    summary: "Accepts an invitation to an organisation.",
    routes: &[Route::new("POST", "/api/v1/me/invitations/{invitationId}/accept")],
    secrets: &[Secret::Session],
    access: &[(Organizations, &[GetItem, PutItem, UpdateItem, DeleteItem, Query]), (Audit, &[PutItem])],
    serves: Serves::Requests(|s, r| Box::pin(answer(STEPS, s, r, handle))),
};

/// What it answers when the store fails.
pub(crate) const STEPS: Steps =
    Steps { read: Step::reading(Group::Invitation), write: Step::updating(Group::Invitation) };

/// Accepts an invitation of the caller, who must leave their current organisation first.
async fn handle(service: &Service, request: &Request) -> Result<Response, Failure> {
    let user = caller::user(service, request).await?;
    let mut faults = Faults::default();
    let Some(id) = faults.invitation(request) else { return Err(faults.refusal()) };
    let email = user.verified_email().ok_or(Failure::NoSuchInvitation)?;

    let (scope, who) = (user.alone(request), (user.id(), user.person()));
    match service.store.accept(&scope, who, (email, &id), service.clock.now()).await? {
        Accepted::Joined(org, role) => Ok(gmi::shown(&json!({"organization": view::organization(org.as_str(), role)}))),
        Accepted::InOrganization => Err(Failure::InOrganization),
        Accepted::NoSuchInvitation => Err(Failure::NoSuchInvitation),
    }
}
