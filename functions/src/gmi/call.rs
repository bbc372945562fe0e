//! What the endpoints begin with: who calls, and as what in the organisation.

use latchkey_shared::auth::{Member, User};
use latchkey_shared::envelope::gmi::Failure;
use latchkey_shared::keys::OrgId;
use latchkey_shared::request::{Request, Response};
use latchkey_shared::service::Service;
use latchkey_shared::store::StoreError;

/// How often a request is run again whose caller's right changed meanwhile.
const ATTEMPTS: usize = 5;

/// The user whose session token the request has.
pub(super) async fn user(service: &Service, request: &Request) -> Result<User, Failure> {
    Ok(User::from_bearer(&service.secrets, request, service.clock.now()).await?)
}

/// The user as a member of `org`; who is none is told that there is no such organisation.
pub(super) async fn member(service: &Service, request: &Request, user: &User, org: &OrgId) -> Result<Member, Failure> {
    let member = Member::find(&service.store, user, org, request).await.map_err(Failure::Membership)?;
    member.ok_or(Failure::NoSuchOrg)
}

/// Runs `handle`, and again from the start where the caller lost a right, or got another, while it ran: then the answer
/// is the one to who they are now.
pub(crate) async fn settled<'a, H, F>(
    service: &'a Service,
    request: &'a Request,
    handle: H,
) -> Result<Response, Failure>
where
    H: Fn(&'a Service, &'a Request) -> F,
    F: Future<Output = Result<Response, Failure>>,
{
    for _ in 1..ATTEMPTS {
        match handle(service, request).await {
            Err(Failure::Store(StoreError::NoLonger)) => {}
            outcome => return outcome,
        }
    }
    handle(service, request).await
}
