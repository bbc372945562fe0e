//! `DELETE /tyk/org/keys/{orgID}`: deletes the limits of an organisation. Its keys and its counters stay.

use latchkey_shared::envelope::tyk::{self, Failure, KeyAction, Refusals};
use latchkey_shared::orgs::OrgId;
use latchkey_shared::runtime::function::Action::{DeleteItem, GetItem, PutItem, UpdateItem};
use latchkey_shared::runtime::function::{Function, Route, Serves};
use latchkey_shared::runtime::request::{Request, Response};
use latchkey_shared::runtime::service::Service;
use latchkey_shared::secrets::Secret;
use latchkey_shared::settings::TykEdition;
use latchkey_shared::store::OrgChange;
use latchkey_shared::store::Table::{Audit, Organizations};

use super::{answer, caller};

/// The function, its routes and all that it may touch.
pub const FUNCTION: Function = Function {
    name: "tyk-delete-org",
    summary: "Deletes the limits of an organisation.",
    routes: &[Route::new("DELETE", "/tyk/org/keys/{orgID}")],
    secrets: &[Secret::Admin],
    access: &[(Organizations, &[GetItem, UpdateItem, DeleteItem]), (Audit, &[PutItem])],
    serves: Serves::Requests(|s, r| Box::pin(answer(refusals(s), s, r, handle))),
};

/// Gateway 5.13 answers alike when there is nothing to delete and when its store fails.
const REFUSALS_5_13: Refusals = Refusals { no_such_org: Refusals::DELETE.internal, ..Refusals::DELETE };

fn refusals(service: &Service) -> &'static Refusals {
    match service.settings.tyk_edition {
        TykEdition::V5_13 => &REFUSALS_5_13,
        TykEdition::Documented => &Refusals::DELETE,
    }
}

/// Deletes the organisation's session.
async fn handle(service: &Service, request: &Request) -> Result<Response, Failure> {
    let scope = caller::admin(&service.secrets, request)?;
    let org = OrgId::parse(request.param("orgID"))?;
    let delete = |found: Option<&_>| found.map(|_| OrgChange::Delete).ok_or(Failure::NoSuchOrg);
    service.store.change_org_limits(&scope.within(&org), service.clock.now(), delete).await?;
    Ok(tyk::done(org.as_str(), KeyAction::Deleted, service.settings.tyk_edition))
}
