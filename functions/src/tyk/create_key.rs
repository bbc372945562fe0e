//! `POST /tyk/keys/create`: a new key with a random token.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use latchkey_shared::envelope::tyk::{self, Action, Failure, Operation};
use latchkey_shared::envelope::warned;
use latchkey_shared::runtime::function::Action::{GetItem, PutItem};
use latchkey_shared::runtime::function::{Function, Route, Serves};
use latchkey_shared::runtime::request::{Request, Response};
use latchkey_shared::runtime::service::Service;
use latchkey_shared::secrets::Secret;
use latchkey_shared::store::Table::{Audit, Keys, OrgKeys};

use super::session::Session;
use super::{answer, caller, new_key, password, policies};

/// The function, its routes and all that it may touch.
pub const FUNCTION: Function = Function {
    name: "tyk-create-key",
    summary: "Creates a key with a random token.",
    routes: &[Route::new("POST", "/tyk/keys/create")],
    secrets: &[Secret::Admin, Secret::Id, Secret::Seal],
    access: &[(Keys, &[GetItem, PutItem]), (OrgKeys, &[PutItem]), (Audit, &[PutItem])],
    serves: Serves::Requests(|s, r| Box::pin(answer(Operation::CreateKey, s, r, handle(s, r)))),
};

/// Makes a key; the reply is the only one that shows its token unasked.
async fn handle(service: &Service, request: &Request) -> Result<Response, Failure> {
    let scope = caller::admin(&service.secrets, request)?;
    let (mut session, warnings) = Session::first_value(request.body().await?).map_err(|_| Failure::Malformed)?;
    let org = caller::org(session.text("org_id"))?;
    policies::apply(&session).map_err(Failure::Policies)?;
    if session.object("access_rights").is_none() && !service.settings.allow_master_keys {
        return Err(Failure::NoAccessRights);
    }
    if session.flag("hmac_enabled") {
        session.set("hmac_string", STANDARD.encode(uuid::Uuid::new_v4().simple().to_string()));
    }
    if let Some(hash) = password::hash(&session).await? {
        password::set(&mut session, "password", &hash);
    }
    let now = service.clock.timestamp();
    session.touch(now);
    session.renew_quota(now);
    session.set("date_created", now.to_string());

    let (id, token) = new_key::make(service, request, &scope, org, session).await?;
    let hash = service.settings.hash_keys.then(|| id.hash());
    let reply = tyk::done_with_hash(token.reveal(), hash.as_deref(), Action::Create, service.settings.tyk_edition);
    Ok(warned(reply, &warnings.text()))
}
