//! `GET /api/v1/organizations/{orgId}/users`: lists the members of an organisation for a member.

use latchkey_shared::envelope::gmi::{self, Failure, Group, Step, Steps};
use latchkey_shared::runtime::function::Action::{GetItem, Query};
use latchkey_shared::runtime::function::{Function, Route, Serves};
use latchkey_shared::runtime::request::{Request, Response};
use latchkey_shared::runtime::service::Service;
use latchkey_shared::secrets::Secret;
use latchkey_shared::store::Table::Organizations;
use serde_json::json;

use super::validation::Faults;
use super::{answer, caller, view};
use crate::page::Page;

/// The function, its routes and all that it may touch.
pub const FUNCTION: Function = Function {
    name: "gmi-list-users",
    summary: "Lists the members of an organisation.",
    routes: &[Route::new("GET", "/api/v1/organizations/{orgId}/users")],
    secrets: &[Secret::Session],
    access: &[(Organizations, &[GetItem, Query])],
    serves: Serves::Requests(|s, r| Box::pin(answer(STEPS, s, r, handle))),
};

/// What it answers when the store fails.
pub(crate) const STEPS: Steps = Steps::only(Step::listing(Group::User));

/// Lists all members in the order of their ids.
async fn handle(service: &Service, request: &Request) -> Result<Response, Failure> {
    let user = caller::user(service, request).await?;
    let mut faults = Faults::default();
    let Some(org) = faults.org(request) else { return Err(faults.refusal()) };
    let member = caller::member(service, request, &user, &org).await?;

    let members = service.store.members(member.scope()).await?;
    let members = members.iter().map(|member| (member.user.as_str().to_owned(), view::member(member)));
    let page = Page::of(request, members.collect())?;
    Ok(gmi::listed(&json!({"users": page.entries}), page.next.as_deref()))
}
