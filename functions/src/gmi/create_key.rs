//! `POST /api/v1/organizations/{orgId}/api-keys`: creates a key. Any member may create one, and
//! owns it.

use latchkey_shared::envelope::Internal;
use latchkey_shared::envelope::gmi::{self, Failure, Group, Step, Steps};
use latchkey_shared::keys::{KeyId, Token};
use latchkey_shared::runtime::function::Action::{ConditionCheckItem, GetItem, PutItem, UpdateItem};
use latchkey_shared::runtime::function::{Function, Route, Serves};
use latchkey_shared::runtime::request::{Request, Response};
use latchkey_shared::runtime::service::Service;
use latchkey_shared::secrets::Secret;
use latchkey_shared::store::Table::{Audit, Keys, OrgKeys, Organizations};
use latchkey_shared::store::{NewKey, StoreError};
use serde_json::json;

use super::key_config::CreateBody;
use super::validation::Faults;
use super::{answer, caller};
use crate::create::KeyCreation;

/// The function, its routes and all that it may touch.
pub const FUNCTION: Function = Function {
    name: "gmi-create-key",
    summary: "Creates a key.",
    routes: &[Route::new("POST", "/api/v1/organizations/{orgId}/api-keys")],
    secrets: &[Secret::Session, Secret::Id, Secret::Seal],
    access: &[
        (Keys, &[GetItem, PutItem]),
        (OrgKeys, &[PutItem]),
        (Organizations, &[UpdateItem, ConditionCheckItem]),
        (Audit, &[PutItem]),
    ],
    serves: Serves::Requests(|s, r| Box::pin(answer(STEPS, s, r, handle))),
};

/// What it answers when the store fails.
pub(crate) const STEPS: Steps = Steps::only(Step::creating(Group::ApiKey));

/// Creates a key. Only this reply shows its token.
async fn handle(service: &Service, request: &Request) -> Result<Response, Failure> {
    let user = caller::user(service, request).await?;
    let mut faults = Faults::default();
    let org = faults.org(request);
    let body = faults.body(request).await?;
    let wanted = CreateBody::read(&body, service.clock.now(), &mut faults);
    let (Some(org), Some(wanted)) = (org, wanted) else { return Err(faults.refusal()) };

    let ids = service.secrets.ids()?;
    let token = |random| Ok(Token::gmi(ids, random));
    // The transaction itself checks that the caller is a member, which saves a read.
    let scope = user.within(&org, request);
    let new_key = |_: KeyId, token: &Token| Ok(NewKey::of(&scope, wanted.into_config(&user, token), None));
    let creation = KeyCreation { service, request, scope: &scope, cap: Some(service.settings.max_keys_per_org) };
    match creation.run(token, new_key).await {
        Ok((_, token)) => Ok(gmi::made(&json!({"key": token.reveal()}))),
        Err(Failure::Internal(Internal::Store(StoreError::NoLonger))) => Err(Failure::NoSuchOrg),
        Err(failure) => Err(failure),
    }
}
