//! `DELETE /api/v1/organizations/{orgId}/api-keys/{apiKeyId}`: a key's end.

use latchkey_shared::envelope::gmi::{self, Failure};
use latchkey_shared::runtime::request::{Request, Response};
use latchkey_shared::runtime::service::Service;
use latchkey_shared::store::{Change, Found};

use super::fields::Faults;
use super::{caller, key_config};

/// Deletes a key that the caller may see; its next use is refused everywhere.
pub(crate) async fn handle(service: &Service, request: &Request) -> Result<Response, Failure> {
    let user = caller::user(service, request).await?;
    let mut faults = Faults::default();
    let (Some(org), Some(id)) = (faults.org(request), faults.key(request)) else { return Err(faults.refusal()) };
    let member = caller::member(service, request, &user, &org).await?;

    let delete = |found: Option<&Found>| match found {
        Some(found) if member.sees(key_config::owner(&found.key)) => Ok(Change::Delete),
        _ => Err(Failure::NoSuchKey),
    };
    service.store.change(&member.scope(), &[id.into()], service.clock.now(), delete).await?;
    Ok(gmi::done())
}
