//! `GET /tyk/keys/{keyName}`: shows the session of a key.

use latchkey_shared::envelope::tyk::{self, Failure, Refusal, Refusals};
use latchkey_shared::keys::SharedName;
use latchkey_shared::orgs::OrgId;
use latchkey_shared::runtime::function::Action::{BatchGetItem, GetItem};
use latchkey_shared::runtime::function::{Function, Route, Serves};
use latchkey_shared::runtime::request::{Request, Response};
use latchkey_shared::runtime::service::Service;
use latchkey_shared::secrets::Secret;
use latchkey_shared::store::Table::{Keys, Organizations};

use super::lookup::Candidates;
use super::{answer, caller, key_config, policies, view};

/// The function, its routes and all that it may touch.
pub const FUNCTION: Function = Function {
    name: "tyk-get-key",
    summary: "Shows a key.",
    routes: &[Route::new("GET", "/tyk/keys/{keyName}")],
    secrets: &[Secret::Admin, Secret::Id, Secret::Seal],
    access: &[(Keys, &[GetItem]), (Organizations, &[GetItem, BatchGetItem])],
    serves: Serves::Requests(|s, r| Box::pin(answer(&Refusals::READ, s, r, handle))),
};

pub(crate) const HASHES_OFF: Failure =
    Failure::Refused("hashes_off", Refusal::bad_request("Key requested by hash but key hashing is not enabled"));

/// Shows the key with its current counters.
async fn handle(service: &Service, request: &Request) -> Result<Response, Failure> {
    let scope = caller::admin(&service.secrets, request)?;
    if request.query.has("hashed") && !service.settings.hash_keys {
        return Err(HASHES_OFF);
    }
    let candidates = Candidates::of(request, &org(service, request)?, service)?;
    let now = service.clock.now();
    let found = service.store.find_first(&scope, &candidates.places(), now).await?;
    let mut key = found.ok_or(Failure::NoSuchKey)?.key;
    if let Some(name) = SharedName::of(&key, service.secrets.ids()?) {
        service.store.shared_windows(&name).await?.show_in(&mut key.config.limits, now);
    }
    let session = key_config::session(&key.config, service.secrets.sealer()?, key.id.as_bytes())?;
    let api_org = service.settings.apis.org(request.query.get("api_id"));
    let session = policies::shown(service, &scope, session, (&key.policy_org(api_org), api_org)).await?;
    Ok(tyk::success(&view::key_view(session, &key.config.limits, now)))
}

/// The organisation to look in: that of the given API if the settings name it, otherwise the given one.
fn org(service: &Service, request: &Request) -> Result<OrgId, Failure> {
    match service.settings.apis.org(request.query.get("api_id")) {
        Some(org) => Ok(org.clone()),
        None => Ok(OrgId::parse(request.query.get("org_id"))?),
    }
}
