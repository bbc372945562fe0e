//! `DELETE /api/v1/me/invitations/{invitationId}`: the caller declines an invitation.

use latchkey_shared::envelope::gmi::{self, Failure, Group, Step, Steps};
use latchkey_shared::runtime::function::Action::{DeleteItem, PutItem, Query};
use latchkey_shared::runtime::function::{Function, Route, Serves};
use latchkey_shared::runtime::request::{Request, Response};
use latchkey_shared::runtime::service::Service;
use latchkey_shared::secrets::Secret;
use latchkey_shared::store::Table::{Audit, Organizations};

use super::validation::Faults;
use super::{answer, caller};

/// The function, its routes and all that it may touch.
pub const FUNCTION: Function = Function {
    name: "gmi-decline-invitation",
    summary: "Declines an invitation to an organisation.",
    routes: &[Route::new("DELETE", "/api/v1/me/invitations/{invitationId}")],
    secrets: &[Secret::Session],
    access: &[(Organizations, &[DeleteItem, Query]), (Audit, &[PutItem])],
    serves: Serves::Requests(|s, r| Box::pin(answer(STEPS, s, r, handle))),
};

/// What it answers when the store fails.
pub(crate) const STEPS: Steps =
    Steps { read: Step::reading(Group::Invitation), write: Step::deleting(Group::Invitation) };

/// Declines an invitation of the caller, whether or not they belong to an organisation.
async fn handle(service: &Service, request: &Request) -> Result<Response, Failure> {
    let user = caller::user(service, request).await?;
    let mut faults = Faults::default();
    let Some(id) = faults.invitation(request) else { return Err(faults.refusal()) };
    let email = user.verified_email().ok_or(Failure::NoSuchInvitation)?;

    let declined = service.store.decline(&user.alone(request), (email, &id), service.clock.now()).await?;
    if declined { Ok(gmi::done()) } else { Err(Failure::NoSuchInvitation) }
}
