//! Converts a session into what the store keeps, and back.

use latchkey_shared::clock::Millis;
use latchkey_shared::envelope::tyk::Failure;
use latchkey_shared::keys::{KeyConfig, KeyId, Token};
use latchkey_shared::limits::BIG;
use latchkey_shared::policies::names;
use latchkey_shared::policies::session_limits::{limits, limits_by_policy};
use latchkey_shared::rights::{Access, TooExpensive};
use latchkey_shared::runtime::service::Service;
use latchkey_shared::secrets::{Purpose, SealError, Sealed, Sealer};
use serde_json::{Map, Value};

use super::session::{Session, lifetime, seal_secrets, unseal_secrets};

/// What the store keeps of `session`. Its secrets are sealed for the item `bound_to`. If it follows policies, `merged` is
/// what they make of it, and its limits are those; all else stays as it was sent.
pub(super) fn config(
    mut session: Session,
    merged: Option<&Session>,
    sealer: &Sealer,
    bound_to: &[u8],
    now: Millis,
) -> Result<KeyConfig, Failure> {
    let limits = match merged {
        Some(merged) => limits_by_policy(merged.fields()).0,
        None => limits(session.fields()),
    };
    let policies: Vec<_> = names(session.fields()).into_iter().map(str::to_owned).collect();
    let any_api = session.object("access_rights").is_none() && merged.is_none();
    let kept_until = lifetime(&session, now);
    let access = access(&mut session)?;
    let secrets = seal_secrets(&mut session, sealer, bound_to)?;
    let usable_until = match session.int("expires") {
        expires @ 1.. => expires.saturating_mul(1000).min(BIG),
        _ => BIG,
    };
    Ok(KeyConfig {
        inactive: session.flag("is_inactive"),
        policies,
        usable_until,
        kept_until,
        any_api,
        access,
        limits,
        document: session.into_fields(),
        secrets,
    })
}

/// Takes the access rights out of `session`, unless they take too long to evaluate.
pub(super) fn access(session: &mut Session) -> Result<Access, Failure> {
    match session.take("access_rights") {
        Some(Value::Object(rights)) => Access::new(rights).map_err(|TooExpensive| Failure::AccessTooExpensive),
        _ => Ok(Access::default()),
    }
}

/// The session that `config` was made from, including its secrets.
pub(super) fn session(config: &KeyConfig, sealer: &Sealer, bound_to: &[u8]) -> Result<Session, SealError> {
    let mut session = Session::from_fields(config.document.clone());
    if !config.access.is_empty() {
        session.set("access_rights", Value::Object(config.access.document()));
    }
    if let Some(sealed) = &config.secrets {
        unseal_secrets(&mut session, sealed, sealer, bound_to)?;
    }
    Ok(session)
}

/// The APIs that a session gives access to.
pub(super) fn apis(session: &Session) -> Vec<String> {
    session.object("access_rights").into_iter().flat_map(Map::keys).cloned().collect()
}

/// The token as it is kept for lists: sealed, or not at all if lists show hashes.
pub(super) fn listed_token(service: &Service, id: KeyId, token: &Token) -> Result<Option<Sealed>, Failure> {
    if service.settings.hash_keys {
        return Ok(None);
    }
    let sealer = service.secrets.sealer()?;
    Ok(Some(sealer.seal(Purpose::Token, id.as_bytes(), token.reveal().as_bytes())?))
}
