//! `POST /tyk/keys/policy/{keyName}`: replaces the policies of a key, found by its token or hash as stored.

use latchkey_shared::access::DialectScope;
use latchkey_shared::envelope::tyk::{self, Failure, KeyAction, Refusal, Refusals};
use latchkey_shared::keys::{Key, KeyConfig};
use latchkey_shared::runtime::function::Action::{BatchGetItem, DeleteItem, GetItem, PutItem, UpdateItem};
use latchkey_shared::runtime::function::{Function, Route, Serves};
use latchkey_shared::runtime::request::{Request, Response};
use latchkey_shared::runtime::service::Service;
use latchkey_shared::secrets::Secret;
use latchkey_shared::store::Table::{Audit, Keys, OrgKeys, Organizations};
use latchkey_shared::store::{Change, Counters, Found, NewKey, StoreError};

use super::lookup::{Candidate, Candidates};
use super::policies::Governed;
use super::session::Session;
use super::{answer, caller, key_config, policies};

/// The function, its routes and all that it may touch.
pub const FUNCTION: Function = Function {
    name: "tyk-assign-policies",
    summary: "Replaces the policies of a key.",
    routes: &[Route::new("POST", "/tyk/keys/policy/{keyName}")],
    secrets: &[Secret::Admin, Secret::Id, Secret::Seal],
    access: &[
        (Keys, &[GetItem, UpdateItem]),
        (OrgKeys, &[PutItem, DeleteItem]),
        (Organizations, &[BatchGetItem, UpdateItem]),
        (Audit, &[PutItem]),
    ],
    serves: Serves::Requests(|s, r| Box::pin(answer(&REFUSALS, s, r, handle))),
};

pub(crate) const REFUSALS: Refusals = Refusals {
    malformed: Refusal::bad_request("Couldn't decode instruction"),
    internal: Refusal::server_error("Could not write key data"),
    ..Refusals::USUAL
};

/// Replaces the key's policies, which need not exist. Without any, the key keeps what the old ones made of it. From then
/// on the key stays until it is deleted.
async fn handle(service: &Service, request: &Request) -> Result<Response, Failure> {
    let scope = caller::admin(&service.secrets, request)?;
    let (instruction, warnings) = Session::policy_instruction(request.body().await?)?;
    let mut names = instruction.texts("apply_policies");
    names.extend(Some(instruction.text("policy")).filter(|policy| !policy.is_empty()));
    let candidates = Candidates::stored(request, service)?;
    let Candidate { id, token, .. } = candidates.at(0);
    let now = service.clock.now();
    let found = service.store.find_first(&scope, &candidates.places(), now).await?;
    let key = found.ok_or(Failure::NoSuchKey)?.key;
    let (assigned, read) = (assigned(service, &scope, &key, &names).await?, key.revision);
    let assign = |found: Option<&Found>| {
        let key = &found.ok_or(Failure::NoSuchKey)?.key;
        if key.revision != read {
            // Its policies are looked up again.
            return Err(StoreError::NoLonger.into());
        }
        let token = key_config::listed_token(service, *id, token)?;
        let new = NewKey::replacing(key, assigned.config.clone(), token).listed_by(assigned.apis.clone());
        Ok::<_, Failure>(Change::Put(Box::new(new), Counters::RunOn))
    };
    service.store.change_found(&scope, key, now, assign).await?;
    let reply = tyk::done(token.reveal(), KeyAction::Updated, service.settings.tyk_edition);
    Ok(tyk::warned(reply, &warnings.text()))
}

/// A key once it names other policies.
pub(crate) struct Assigned {
    pub(crate) config: KeyConfig,
    /// The APIs that it may call.
    pub(crate) apis: Vec<String>,
}

/// What `key` is once it names these policies.
pub(crate) async fn assigned(
    service: &Service,
    scope: &DialectScope,
    key: &Key,
    names: &[&str],
) -> Result<Assigned, Failure> {
    let (sealer, now) = (service.secrets.sealer()?, service.clock.now());
    let mut session = key_config::session(&key.config, sealer, key.id.as_bytes())?;
    if names.is_empty() {
        session = policies::shown(service, scope, session, (&key.org, None)).await?;
    }
    session.set("apply_policies", names.to_vec());
    session.set("apply_policy_id", "");
    let governed = Governed::of(service, scope, &session, &key.org).await?;
    let merged = governed.as_ref().map(|governed| &governed.merged);
    let apis = key_config::apis(merged.unwrap_or(&session));
    let mut config = key_config::config(session, merged, sealer, key.id.as_bytes(), now)?;
    config.kept_until = None;
    Ok(Assigned { config, apis })
}
