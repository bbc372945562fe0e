//! `DELETE /api/v1/organizations/{orgId}/users/{userId}`: a member leaves, or is removed.

use latchkey_shared::envelope::gmi::{self, Failure, Group, Step, Steps};
use latchkey_shared::runtime::function::Action::{ConditionCheckItem, DeleteItem, GetItem, PutItem, UpdateItem};
use latchkey_shared::runtime::function::{Function, Route, Serves};
use latchkey_shared::runtime::request::{Request, Response};
use latchkey_shared::runtime::service::Service;
use latchkey_shared::secrets::Secret;
use latchkey_shared::store::Table::{Audit, Organizations};
use latchkey_shared::store::{MemberChange, MemberChanged, Membership};

use super::validation::Faults;
use super::{answer, caller};

/// The function, its routes and all that it may touch.
pub const FUNCTION: Function = Function {
    name: "gmi-remove-user",
    summary: "Removes a member.",
    routes: &[Route::new("DELETE", "/api/v1/organizations/{orgId}/users/{userId+}")],
    secrets: &[Secret::Session],
    access: &[(Organizations, &[GetItem, UpdateItem, DeleteItem, ConditionCheckItem]), (Audit, &[PutItem])],
    serves: Serves::Requests(|s, r| Box::pin(answer(STEPS, s, r, handle))),
};

/// What it answers when the store fails.
pub(crate) const STEPS: Steps = Steps { read: Step::reading(Group::User), write: Step::deleting(Group::User) };

/// Removes a member; their keys stay. Members may remove themselves, but the last owner only as the
/// last member.
async fn handle(service: &Service, request: &Request) -> Result<Response, Failure> {
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
    match service.store.change_member(member.scope(), &id, service.clock.now(), decide).await? {
        MemberChanged::Done => Ok(gmi::done()),
        MemberChanged::LastOwner => Err(Failure::LastOwner),
    }
}
