//! `GET /tyk/org/keys/{orgID}`: the limits of an organisation.

use latchkey_shared::envelope::tyk::{self, Failure};
use latchkey_shared::runtime::request::{Request, Response};
use latchkey_shared::runtime::service::Service;

use super::{caller, key_config, view};

/// Shows the organisation's session.
pub(crate) async fn handle(service: &Service, request: &Request) -> Result<Response, Failure> {
    let scope = caller::admin(&service.secrets, request)?;
    let org = caller::org(request.param("orgID"))?;
    let limits = service.store.org_limits(&scope, &org).await?.ok_or(Failure::NoSuchOrg)?;
    let session = key_config::session(&limits.config, service.secrets.sealer()?, &key_config::org_binding(&org))?;
    Ok(tyk::success(&view::session_view(session, &limits.config.limits, service.clock.now())))
}
