//! `POST /api/v1/organizations`: a new organisation, whose owner is the caller.

use latchkey_shared::envelope::gmi::{self, Failure};
use latchkey_shared::keys::idempotency::{self, NotMade};
use latchkey_shared::orgs::OrgId;
use latchkey_shared::runtime::request::{Request, Response};
use latchkey_shared::runtime::service::Service;
use latchkey_shared::store::{NewOrg, Registered};
use serde_json::json;

use super::caller;
use super::fields::Faults;

/// Makes an organisation; the caller leaves the one that they were in. With an `Idempotency-Key` a repetition of the
/// request finds what it made.
pub(crate) async fn handle(service: &Service, request: &Request) -> Result<Response, Failure> {
    let user = caller::user(service, request).await?;
    let mut faults = Faults::default();
    let body = faults.body(request).await?;
    let Some(name) = faults.name(&body) else { return Err(faults.refusal()) };

    let repeated = idempotency::name_of(request)?;
    let id = repeated.map_or_else(OrgId::random, |name| OrgId::of_request(user.id(), name));
    let new = NewOrg { id, name: &name, repeatable: repeated.is_some() };
    let (scope, who) = (user.alone(request), (user.id(), user.person()));
    match service.store.register(&scope, &new, who, service.clock.now()).await? {
        Registered::Made => Ok(gmi::made(&json!({"id": new.id.as_str()}))),
        Registered::Reused => Err(NotMade::IdempotencyKeyReused.into()),
        Registered::Gone => Err(NotMade::NoLongerRepeatable.into()),
        Registered::LastOwner => Err(Failure::LastOwner),
    }
}
