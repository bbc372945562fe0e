//! A key with a random token, made of a session.

use latchkey_shared::access::Scope;
use latchkey_shared::envelope::tyk::Failure;
use latchkey_shared::keys::{KeyId, Token};
use latchkey_shared::orgs::OrgId;
use latchkey_shared::runtime::request::Request;
use latchkey_shared::runtime::service::Service;
use latchkey_shared::secrets::{Purpose, Sealed};
use latchkey_shared::store::NewKey;

use super::key_config;
use super::session::Session;
use crate::create::Making;

/// Makes a key of `session`, or finds the one that the same request made before: its id and token.
pub(super) async fn make(
    service: &Service,
    request: &Request,
    scope: &Scope,
    org: OrgId,
    session: Session,
) -> Result<(KeyId, Token), Failure> {
    let (ids, sealer) = (service.secrets.ids()?, service.secrets.sealer()?);
    let token = |random| {
        let token = Token::derived(&org, random);
        token.check().map_err(Failure::InvalidName)?;
        Ok((KeyId::of(&token, ids), token))
    };
    let new_key = |id: KeyId, token: &Token| {
        let config = key_config::config(session, sealer, id.as_bytes(), service.clock.now())?;
        Ok(NewKey { org: org.clone(), config, token: listed_token(service, id, token)? })
    };
    Making { service, request, scope, org: &org, cap: None }.make(token, new_key).await
}

/// The token as it is kept to be listed: sealed; not at all where only hashes are.
pub(super) fn listed_token(service: &Service, id: KeyId, token: &Token) -> Result<Option<Sealed>, Failure> {
    if service.settings.hash_keys {
        return Ok(None);
    }
    let sealer = service.secrets.sealer()?;
    Ok(Some(sealer.seal(Purpose::Token, id.as_bytes(), token.reveal().as_bytes())?))
}
