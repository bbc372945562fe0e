//! `DELETE /tyk/org/keys/{orgID}`: the end of an organisation's limits. Its keys and its counters stay.

use latchkey_shared::envelope::tyk::{self, Action, Failure};
use latchkey_shared::runtime::request::{Request, Response};
use latchkey_shared::runtime::service::Service;
use latchkey_shared::store::OrgChange;

use super::caller;

/// Deletes the organisation's session.
pub(crate) async fn handle(service: &Service, request: &Request) -> Result<Response, Failure> {
    let scope = caller::admin(&service.secrets, request)?;
    let org = caller::org(request.param("orgID"))?;
    let delete = |found: Option<&_>| found.map(|_| OrgChange::Delete).ok_or(Failure::NoSuchOrg);
    service.store.change_org_limits(&scope, &org, service.clock.now(), delete).await?;
    Ok(tyk::done(org.as_str(), Action::Deleted, service.settings.tyk_edition))
}
