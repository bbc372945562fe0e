//! `DELETE /api/v1/organizations/{orgId}/users/{userId}`: a member leaves, or is removed.

use latchkey_shared::envelope::gmi::{self, Failure};
use latchkey_shared::runtime::request::{Request, Response};
use latchkey_shared::runtime::service::Service;
use latchkey_shared::store::{MemberChange, MemberChanged, Membership};

use super::caller;
use super::fields::Faults;

/// Removes a member; their keys stay. Everybody may remove themselves, but the last owner only as the last member.
pub(crate) async fn handle(service: &Service, request: &Request) -> Result<Response, Failure> {
    let user = caller::user(service, request).await?;
    let mut faults = Faults::default();
    let (Some(org), Some(id)) = (faults.org(request), faults.user(request)) else { return Err(faults.refusal()) };
    let member = caller::member(service, request, &user, &org).await?;
    let themselves = member.user() == &id;
    if !themselves && !member.role().manages() {
        return Err(Failure::RoleTooLow);
    }
    let decide = |found: Option<&Membership>| match found {
        None if themselves => Err(Failure::NoSuchOrg),
        None => Err(Failure::NoSuchUser),
        Some(found) if themselves || member.role().may_change(found.role) => Ok(MemberChange::Remove),
        Some(_) => Err(Failure::RoleTooLow),
    };
    match service.store.change_member(&member.scope(), (&org, &id), service.clock.now(), decide).await? {
        MemberChanged::Done => Ok(gmi::done()),
        MemberChanged::LastOwner => Err(Failure::LastOwner),
    }
}
