//! `GET /api/v1/organizations/{orgId}/users`: the members of an organisation, to its members.

use latchkey_shared::envelope::gmi::{self, Failure};
use latchkey_shared::runtime::request::{Request, Response};
use latchkey_shared::runtime::service::Service;
use serde_json::json;

use super::fields::Faults;
use super::page::page;
use super::{caller, view};

/// Lists all members, in the order of their ids.
pub(crate) async fn handle(service: &Service, request: &Request) -> Result<Response, Failure> {
    let user = caller::user(service, request).await?;
    let mut faults = Faults::default();
    let Some(org) = faults.org(request) else { return Err(faults.refusal()) };
    let member = caller::member(service, request, &user, &org).await?;

    let members = service.store.members(&member.scope(), &org).await?;
    let members = members.iter().map(|member| (member.user.as_str().to_owned(), view::member(member)));
    let page = page(request, members)?;
    Ok(gmi::listed(&json!({"users": page.entries}), page.next.as_deref()))
}
