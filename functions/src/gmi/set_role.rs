//! `PUT /api/v1/organizations/{orgId}/users/{userId}`: changes the role of a member.

use latchkey_shared::envelope::gmi::{self, Failure, Group, Rule, Step, Steps};
use latchkey_shared::orgs::GmiRole;
use latchkey_shared::runtime::function::Action::{ConditionCheckItem, GetItem, PutItem, UpdateItem};
use latchkey_shared::runtime::function::{Function, Route, Serves};
use latchkey_shared::runtime::request::{Request, Response};
use latchkey_shared::runtime::service::Service;
use latchkey_shared::secrets::Secret;
use latchkey_shared::store::Table::{Audit, Organizations};
use latchkey_shared::store::{MemberChange, MemberChanged, Membership};
use serde_json::{Map, Value};

use super::validation::Faults;
use super::{answer, caller};

/// The function, its routes and all that it may touch.
pub const FUNCTION: Function = Function {
    name: "gmi-set-role",
    summary: "Gives a member another role.",
    routes: &[Route::new("PUT", "/api/v1/organizations/{orgId}/users/{userId+}")],
    secrets: &[Secret::Session],
    access: &[(Organizations, &[GetItem, UpdateItem, ConditionCheckItem]), (Audit, &[PutItem])],
    serves: Serves::Requests(|s, r| Box::pin(answer(STEPS, s, r, handle))),
};

/// What it answers when the store fails.
pub(crate) const STEPS: Steps = Steps { read: Step::reading(Group::User), write: Step::updating(Group::User) };

/// Changes the role of a member. Only owners may make or unmake owners, and one owner must remain.
async fn handle(service: &Service, request: &Request) -> Result<Response, Failure> {
    let user = caller::user(service, request).await?;
    let mut faults = Faults::default();
    let (org, id) = (faults.org(request), faults.user(request));
    let body = faults.body(request).await?;
    let role = role(&body, &mut faults);
    let (Some(org), Some(id), Some(role)) = (org, id, role) else { return Err(faults.refusal()) };
    let member = caller::member(service, request, &user, &org).await?;
    if !member.role().manages() {
        return Err(Failure::RoleTooLow);
    }
    let decide = |found: Option<&Membership>| {
        let found = found.ok_or(Failure::NoSuchUser)?;
        let may = member.role().may_change(found.role) && member.role().may_change(role);
        if may { Ok(MemberChange::SetRole(role)) } else { Err(Failure::RoleTooLow) }
    };
    match service.store.change_member(member.scope(), &id, service.clock.now(), decide).await? {
        MemberChanged::Done => Ok(gmi::done()),
        MemberChanged::LastOwner => Err(Failure::LastOwner),
    }
}

fn role(body: &Map<String, Value>, faults: &mut Faults) -> Option<GmiRole> {
    let name = faults.required_text("role", body.get("role"))?;
    let words = Rule::OneOf("org_owner org_admin org_user");
    GmiRole::parse(&name).or_else(|| faults.add("role", words, Some(name.into())))
}
