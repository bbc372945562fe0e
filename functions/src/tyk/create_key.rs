//! `POST /tyk/keys/create`: a new key with a random token.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use latchkey_shared::access::OrgScope;
use latchkey_shared::envelope::tyk::{self, Failure, KeyAction, Refusal, Refusals};
use latchkey_shared::keys::{KeyId, Token};
use latchkey_shared::orgs::OrgId;
use latchkey_shared::runtime::function::Action::{BatchGetItem, GetItem, PutItem, UpdateItem};
use latchkey_shared::runtime::function::{Function, Route, Serves};
use latchkey_shared::runtime::request::{Request, Response};
use latchkey_shared::runtime::service::Service;
use latchkey_shared::secrets::Secret;
use latchkey_shared::store::NewKey;
use latchkey_shared::store::Table::{Audit, Keys, OrgKeys, Organizations};

use super::policies::Governed;
use super::session::Session;
use super::{answer, caller, key_config, password};
use crate::create::KeyCreation;

/// The function, its routes and all that it may touch.
pub const FUNCTION: Function = Function {
    name: "tyk-create-key",
    summary: "Creates a key with a random token.",
    routes: &[Route::new("POST", "/tyk/keys/create")],
    secrets: &[Secret::Admin, Secret::Id, Secret::Seal],
    access: &[
        (Keys, &[GetItem, PutItem]),
        (OrgKeys, &[PutItem]),
        (Organizations, &[BatchGetItem, UpdateItem]),
        (Audit, &[PutItem]),
    ],
    serves: Serves::Requests(|s, r| Box::pin(answer(&REFUSALS, s, r, handle))),
};

pub(crate) const REFUSALS: Refusals = Refusals {
    malformed: UNMARSHALLING_FAILED,
    internal: Refusal::server_error("Failed to create key - the key store is unavailable"),
    ..Refusals::USUAL
};

/// The gateway answers 500 when it cannot read the body as a new key.
pub(super) const UNMARSHALLING_FAILED: Refusal = Refusal::server_error("Unmarshalling failed");

/// Creates a key.
async fn handle(service: &Service, request: &Request) -> Result<Response, Failure> {
    let scope = caller::admin(&service.secrets, request)?;
    let (mut session, warnings) = Session::first_value(request.body().await?)?;
    let org = OrgId::parse(session.text("org_id"))?;
    let governed = Governed::of(service, &scope, &session, &org).await?;
    if let Some(governed) = &governed {
        if let Some(unmet) = &governed.unmet {
            return Err(unmet.clone().into());
        }
        governed.check_apis(service, &scope, &org).await?;
    }
    let merged = governed.as_ref().map_or(&session, |governed| &governed.merged);
    if merged.object("access_rights").is_none() && !service.settings.allow_master_keys {
        return Err(Failure::NoAccessRights);
    }
    let renewal = merged.int("quota_renewal_rate");
    if session.flag("hmac_enabled") {
        session.set("hmac_string", STANDARD.encode(uuid::Uuid::new_v4().simple().to_string()));
    }
    if let Some(hash) = password::hash(&session).await? {
        password::set(&mut session, "password", &hash);
    }
    let now = service.clock.timestamp();
    session.touch(now);
    session.renew_quota(now, renewal);
    session.set("date_created", now.to_string());
    if let Some(expires) = governed.as_ref().and_then(|governed| governed.expires(service, now)) {
        session.set("expires", expires);
    }

    let merged = governed.map(|governed| governed.merged);
    let (id, token) = create(service, request, &scope.within(&org), session, merged.as_ref()).await?;
    let hash = service.settings.hash_keys.then(|| id.hash());
    let reply = tyk::done_with_hash(token.reveal(), hash.as_deref(), KeyAction::Create, service.settings.tyk_edition);
    Ok(tyk::warned(reply, &warnings.text()))
}

/// Creates a key with a random token, or finds the key that the same request created before. `merged` is what its
/// policies make of `session`, if it follows any.
pub(super) async fn create(
    service: &Service,
    request: &Request,
    scope: &OrgScope,
    session: Session,
    merged: Option<&Session>,
) -> Result<(KeyId, Token), Failure> {
    let (ids, sealer) = (service.secrets.ids()?, service.secrets.sealer()?);
    let token = |random| {
        let token = Token::derived(scope.org(), random);
        token.check().map_err(Failure::InvalidName)?;
        Ok((KeyId::of(&token, ids), token))
    };
    let new_key = |id: KeyId, token: &Token| {
        let config = key_config::config(session, merged, sealer, id.as_bytes(), service.clock.now())?;
        let new = NewKey::of(scope, config, key_config::listed_token(service, id, token)?);
        Ok(match merged {
            Some(merged) => new.listed_by(key_config::apis(merged)),
            None => new,
        })
    };
    KeyCreation { service, request, scope, cap: None }.run(token, new_key).await
}
