//! `DELETE /api/v1/organizations/{orgId}/api-keys/{apiKeyId}`: a key's end.

use latchkey_shared::envelope::gmi::{self, Failure};
use latchkey_shared::request::{Request, Response};
use latchkey_shared::service::Service;
use latchkey_shared::store::{Change, Found};

use super::fields::Faults;
use super::{api_key, call};

/// Deletes a key that the caller may see; its next use is refused everywhere.
pub(crate) async fn handle(service: &Service, request: &Request) -> Result<Response, Failure> {
    let user = call::user(service, request).await?;
    let mut faults = Faults::default();
    let (Some(org), Some(id)) = (faults.org(request), faults.key(request)) else { return Err(faults.refusal()) };
    let member = call::member(service, request, &user, &org).await?;

    let delete = |found: Option<&Found>| match found {
        Some(found) if member.sees(api_key::owner(&found.key)) => Ok(Change::Delete),
        _ => Err(Failure::NoSuchKey),
    };
    service.store.change(&member.scope(), &[id.into()], service.clock.now(), delete).await?;
    Ok(gmi::done())
}
