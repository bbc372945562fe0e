//! `POST /tyk/keys/create`: a new key with a random token.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use latchkey_shared::envelope::tyk::{self, Action, Failure};
use latchkey_shared::keys::{Purpose, Token};
use latchkey_shared::request::{Request, Response};
use latchkey_shared::service::Service;
use latchkey_shared::store::NewKey;

use super::session::Session;
use super::{call, config, password, policies};

/// Makes a key; the reply is the only one that shows its token unasked.
pub(crate) async fn handle(service: &Service, request: &Request) -> Result<Response, Failure> {
    let scope = call::admin(&service.secrets, request)?;
    let mut session = Session::first_value(request.body()?).map_err(|_| Failure::Malformed)?;
    let org = call::org(session.text("org_id"))?;
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

    let token = Token::random(&org);
    let id = service.secrets.ids()?.key_id(&token);
    let sealer = service.secrets.sealer()?;
    let new = NewKey {
        org,
        config: config::config(session, sealer, id.as_bytes(), now.as_millisecond())?,
        token: Some(sealer.seal(Purpose::Token, id.as_bytes(), token.reveal().as_bytes())?),
    };
    if !service.store.create(&scope, id, &new, now.as_millisecond()).await? {
        return Err(Failure::Broken("a random token exists already"));
    }
    Ok(tyk::done(token.reveal(), Action::Create, service.settings.tyk_edition))
}
