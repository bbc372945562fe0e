//! `GET /tyk/org/keys/{orgID}`: shows the limits of an organisation.

use latchkey_shared::envelope::tyk::{self, Failure, Refusals};
use latchkey_shared::orgs::OrgId;
use latchkey_shared::runtime::function::Action::GetItem;
use latchkey_shared::runtime::function::{Function, Route, Serves};
use latchkey_shared::runtime::request::{Request, Response};
use latchkey_shared::runtime::service::Service;
use latchkey_shared::secrets::Secret;
use latchkey_shared::store::Table::Organizations;
use latchkey_shared::store::org_binding;

use super::{answer, caller, key_config, view};

/// The function, its routes and all that it may touch.
pub const FUNCTION: Function = Function {
    name: "tyk-get-org",
    summary: "Shows the limits of an organisation.",
    routes: &[Route::new("GET", "/tyk/org/keys/{orgID}")],
    secrets: &[Secret::Admin, Secret::Seal],
    access: &[(Organizations, &[GetItem])],
    serves: Serves::Requests(|s, r| Box::pin(answer(&Refusals::READ, s, r, handle))),
};

/// Shows the organisation's session with its current counters.
async fn handle(service: &Service, request: &Request) -> Result<Response, Failure> {
    let scope = caller::admin(&service.secrets, request)?;
    let org = OrgId::parse(request.param("orgID"))?;
    let limits = service.store.org_limits(&scope.within(&org)).await?.ok_or(Failure::NoSuchOrg)?;
    let session = key_config::session(&limits.config, service.secrets.sealer()?, &org_binding(&org))?;
    Ok(tyk::success(&view::session_view(session, &limits.config.limits, service.clock.now())))
}
