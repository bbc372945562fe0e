//! `DELETE /api/v1/me/invitations/{invitationId}`: the caller turns an invitation down.

use latchkey_shared::envelope::gmi::{self, Failure};
use latchkey_shared::runtime::request::{Request, Response};
use latchkey_shared::runtime::service::Service;

use super::caller;
use super::fields::Faults;

/// Turns one of the caller's invitations down, whether or not they are in an organisation.
pub(crate) async fn handle(service: &Service, request: &Request) -> Result<Response, Failure> {
    let user = caller::user(service, request).await?;
    let mut faults = Faults::default();
    let Some(id) = faults.invitation(request) else { return Err(faults.refusal()) };
    let email = user.verified_email().ok_or(Failure::NoSuchInvitation)?;

    let declined = service.store.decline(&user.alone(request), (email, &id), service.clock.now()).await?;
    if declined { Ok(gmi::done()) } else { Err(Failure::NoSuchInvitation) }
}
