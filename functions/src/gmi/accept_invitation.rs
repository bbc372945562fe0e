//! `POST /api/v1/me/invitations/{invitationId}/accept`: the caller joins the organisation that invites them.

use latchkey_shared::envelope::gmi::{self, Failure};
use latchkey_shared::runtime::request::{Request, Response};
use latchkey_shared::runtime::service::Service;
use latchkey_shared::store::Accepted;
use serde_json::json;

use super::fields::Faults;
use super::{caller, view};

/// Takes one of the caller's invitations. Whoever is in an organisation has to leave it first.
pub(crate) async fn handle(service: &Service, request: &Request) -> Result<Response, Failure> {
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
