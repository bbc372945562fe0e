//! A new key with a random token; or, where a request is repeated, the key that it made.

use latchkey_shared::envelope::tyk::Failure;
use latchkey_shared::keys::{KeyId, OrgId, Purpose, Repeatable, Scope, Sealed, Token, idempotency};
use latchkey_shared::request::Request;
use latchkey_shared::service::Service;
use latchkey_shared::store::{Created, Earlier, NewKey};

use super::config;
use super::session::Session;

/// Makes a key of `session`, saved at `now`, and returns its id and token.
pub(super) async fn make(
    service: &Service,
    request: &Request,
    scope: &Scope,
    org: OrgId,
    session: Session,
) -> Result<(KeyId, Token), Failure> {
    let (ids, sealer) = (service.secrets.ids()?, service.secrets.sealer()?);
    let repeatable = repeatable(service, request, scope, &org)?;
    let token = match &repeatable {
        Some(repeatable) => Token::derived(&org, repeatable.token_bytes(sealer)?),
        None => Token::random(&org),
    };
    token.check_dialect().map_err(Failure::InvalidName)?;
    let (id, now) = (ids.key_id(&token), service.clock.now());
    let new = NewKey {
        org: org.clone(),
        config: config::config(session, sealer, id.as_bytes(), now)?,
        token: listed_token(service, id, &token)?,
    };
    match (service.store.create(scope, id, &new, repeatable.as_ref(), now).await?, repeatable) {
        (Created::Made, _) => Ok((id, token)),
        (Created::Earlier(earlier), Some(repeatable)) => repeat(service, scope, &org, &repeatable, earlier).await,
        _ => Err(Failure::Broken("a random token exists already")),
    }
}

/// The token as it is kept to be listed: sealed; not at all where only hashes are.
pub(super) fn listed_token(service: &Service, id: KeyId, token: &Token) -> Result<Option<Sealed>, Failure> {
    if service.settings.hash_keys {
        return Ok(None);
    }
    let sealer = service.secrets.sealer()?;
    Ok(Some(sealer.seal(Purpose::Token, id.as_bytes(), token.reveal().as_bytes())?))
}

/// The request as one that can be repeated, if it has a name.
fn repeatable(service: &Service, request: &Request, scope: &Scope, org: &OrgId) -> Result<Option<Repeatable>, Failure> {
    if !request.headers.contains_key(idempotency::HEADER) {
        return Ok(None);
    }
    let name = request.header(idempotency::HEADER).ok_or(Failure::InvalidIdempotencyKey)?;
    let secrets = (service.secrets.ids()?, service.secrets.sealer()?);
    let route = (request.path.as_str(), org.as_str());
    let asked = [request.query.encoded().into_bytes(), request.body()?.to_vec()];
    let asked = asked.each_ref().map(Vec::as_slice);
    Repeatable::new(name, secrets, scope, route, &asked).map(Some).map_err(|_| Failure::InvalidIdempotencyKey)
}

/// The key that the request made when it came first.
async fn repeat(
    service: &Service,
    scope: &Scope,
    org: &OrgId,
    request: &Repeatable,
    earlier: Earlier,
) -> Result<(KeyId, Token), Failure> {
    if earlier.digest != request.digest {
        return Err(Failure::IdempotencyKeyReused);
    }
    let found = service.store.find(scope, earlier.key, service.clock.now()).await?;
    let first = request.as_first(earlier.salt, earlier.version);
    match (found, first.token_bytes(service.secrets.sealer()?)) {
        (Some(key), Ok(bytes)) => Ok((key.id, Token::derived(org, bytes))),
        _ => Err(Failure::NoLongerRepeatable),
    }
}
