//! `POST /api/v1/organizations`: a new organisation, whose owner is the caller.

use latchkey_shared::envelope::gmi::{self, Failure};
use latchkey_shared::keys::OrgId;
use latchkey_shared::request::{Request, Response};
use latchkey_shared::service::Service;
use latchkey_shared::store::Registered;
use serde_json::json;

use super::call;
use super::fields::Faults;

/// Makes an organisation; the caller leaves the one that they were in.
pub(crate) async fn handle(service: &Service, request: &Request) -> Result<Response, Failure> {
    let user = call::user(service, request).await?;
    let mut faults = Faults::default();
    let body = faults.body(request)?;
    let Some(name) = faults.name(&body) else { return Err(faults.refusal()) };

    let (org, scope) = (OrgId::random(), user.alone(request));
    let who = (user.id(), user.person());
    match service.store.register(&scope, (&org, &name), who, service.clock.now()).await? {
        Registered::Made => Ok(gmi::made(&json!({"id": org.as_str()}))),
        Registered::LastOwner => Err(Failure::LastOwner),
    }
}
