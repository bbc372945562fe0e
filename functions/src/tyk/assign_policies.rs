//! `POST /tyk/keys/policy/{keyName}`: replaces the policies of a key, found by its token or hash as stored.

use latchkey_shared::envelope::tyk::{self, Failure, KeyAction, Refusal, Refusals};
use latchkey_shared::runtime::function::Action::{GetItem, PutItem, UpdateItem};
use latchkey_shared::runtime::function::{Function, Route, Serves};
use latchkey_shared::runtime::request::{Request, Response};
use latchkey_shared::runtime::service::Service;
use latchkey_shared::secrets::Secret;
use latchkey_shared::store::Table::{Audit, Keys, OrgKeys};
use latchkey_shared::store::{Change, Counters, Found, NewKey};

use super::lookup::{Candidate, Candidates};
use super::session::Session;
use super::{answer, caller, key_config};

/// The function, its routes and all that it may touch.
pub const FUNCTION: Function = Function {
    name: "tyk-assign-policies",
    summary: "Replaces the policies of a key.",
    routes: &[Route::new("POST", "/tyk/keys/policy/{keyName}")],
    secrets: &[Secret::Admin, Secret::Id, Secret::Seal],
    access: &[(Keys, &[GetItem, UpdateItem]), (OrgKeys, &[PutItem]), (Audit, &[PutItem])],
    serves: Serves::Requests(|s, r| Box::pin(answer(&REFUSALS, s, r, handle))),
};

const REFUSALS: Refusals = Refusals {
    malformed: Refusal::bad_request("Couldn't decode instruction"),
    internal: Refusal::server_error("Could not write key data"),
    ..Refusals::USUAL
};

/// Replaces the key's policies, which need not exist. From then on the key stays until it is deleted.
async fn handle(service: &Service, request: &Request) -> Result<Response, Failure> {
    let scope = caller::admin(&service.secrets, request)?;
    let (instruction, warnings) = Session::policy_instruction(request.body().await?)?;
    let mut policies = instruction.texts("apply_policies");
    policies.extend(Some(instruction.text("policy")).filter(|policy| !policy.is_empty()));
    let candidates = Candidates::stored(request, service)?;
    let Candidate { id, token, .. } = candidates.at(0);
    let now = service.clock.now();
    let assign = |found: Option<&Found>| {
        let key = &found.ok_or(Failure::NoSuchKey)?.key;
        let sealer = service.secrets.sealer()?;
        let mut session = key_config::session(&key.config, sealer, id.as_bytes())?;
        session.set("apply_policies", policies.clone());
        session.set("apply_policy_id", "");
        let mut config = key_config::config(session, sealer, id.as_bytes(), now)?;
        config.kept_until = None;
        let token = key_config::listed_token(service, *id, token)?;
        let new = NewKey::replacing(key, config, token);
        Ok::<_, Failure>(Change::Put(Box::new(new), Counters::RunOn))
    };
    service.store.change(&scope, &candidates.places(), now, assign).await?;
    let reply = tyk::done(token.reveal(), KeyAction::Updated, service.settings.tyk_edition);
    Ok(tyk::warned(reply, &warnings.text()))
}
