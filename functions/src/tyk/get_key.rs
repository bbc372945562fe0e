//! `GET /tyk/keys/{keyName}`: the session of a key.

use latchkey_shared::envelope::tyk::{self, Failure};
use latchkey_shared::keys::SharedName;
use latchkey_shared::orgs::OrgId;
use latchkey_shared::runtime::request::{Request, Response};
use latchkey_shared::runtime::service::Service;

use super::lookup::Candidates;
use super::{caller, key_config, view};

/// Shows the key that the name stands for.
pub(crate) async fn handle(service: &Service, request: &Request) -> Result<Response, Failure> {
    let scope = caller::admin(&service.secrets, request)?;
    if request.query.has("hashed") && !service.settings.hash_keys {
        return Err(Failure::HashesOff);
    }
    let candidates = Candidates::of(request, &org(service, request)?, service)?;
    let now = service.clock.now();
    let found = service.store.find_first(&scope, &candidates.places(), now).await?;
    let mut key = found.ok_or(Failure::NoSuchKey)?.key;
    if let Some(name) = SharedName::of(&key, service.secrets.ids()?) {
        service.store.shared_windows(&name).await?.show_in(&mut key.config.limits, now);
    }
    let session = key_config::session(&key.config, service.secrets.sealer()?, key.id.as_bytes())?;
    Ok(tyk::success(&view::key_view(session, &key.config.limits, now)))
}

/// The organisation to look in: that of the API named, if it is listed; else the one named.
fn org(service: &Service, request: &Request) -> Result<OrgId, Failure> {
    match service.settings.apis.org(request.query.get("api_id")) {
        Some(org) => Ok(org.clone()),
        None => caller::org(request.query.get("org_id")),
    }
}
