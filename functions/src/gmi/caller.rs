//! Authenticates the caller, and finds their membership of an organisation.

use latchkey_shared::auth::{GmiMember, GmiUser};
use latchkey_shared::envelope::gmi::Failure;
use latchkey_shared::orgs::OrgId;
use latchkey_shared::runtime::request::Request;
use latchkey_shared::runtime::service::Service;

/// The user that the session token identifies.
pub(super) async fn user(service: &Service, request: &Request) -> Result<GmiUser, Failure> {
    Ok(GmiUser::from_bearer(&service.secrets, request, service.clock.now()).await?)
}

/// The user as a member of `org`. To anyone else, the organisation does not exist.
pub(super) async fn member(
    service: &Service,
    request: &Request,
    user: &GmiUser,
    org: &OrgId,
) -> Result<GmiMember, Failure> {
    let member = GmiMember::find(&service.store, user, org, request).await;
    member.map_err(|error| Failure::Membership(error.into()))?.ok_or(Failure::NoSuchOrg)
}
