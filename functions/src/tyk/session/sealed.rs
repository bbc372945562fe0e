//! The secrets in a session: taken out and sealed before it is stored, put back when it is read.

use latchkey_shared::secrets::{Purpose, SealError, Sealed, Sealer};
use serde_json::{Map, Value};

use super::Session;

/// The paths of the secrets. The password is already a bcrypt hash when it is sealed.
const SECRET_FIELDS: [&[&str]; 4] =
    [&["hmac_string"], &["jwt_data", "secret"], &["basic_auth_data", "password"], &["oauth_keys"]];

/// Takes the secrets out of `session` and seals them for the item `bound_to`; `None` if there are none.
pub(crate) fn seal_secrets(
    session: &mut Session,
    sealer: &Sealer,
    bound_to: &[u8],
) -> Result<Option<Sealed>, SealError> {
    let mut secrets = Map::new();
    for path in SECRET_FIELDS {
        if let Some(secret) = take(&mut session.0, path) {
            secrets.insert(path.join("."), secret);
        }
    }
    if secrets.is_empty() {
        return Ok(None);
    }
    sealer.seal(Purpose::Secrets, bound_to, Value::Object(secrets).to_string().as_bytes()).map(Some)
}

/// Puts the sealed secrets back into `session`.
pub(crate) fn unseal_secrets(
    session: &mut Session,
    sealed: &Sealed,
    sealer: &Sealer,
    bound_to: &[u8],
) -> Result<(), SealError> {
    let plain = sealer.open(Purpose::Secrets, bound_to, sealed)?;
    let mut secrets: Map<String, Value> = serde_json::from_slice(&plain).map_err(|_| SealError::Unopenable)?;
    for path in SECRET_FIELDS {
        if let Some(secret) = secrets.remove(&path.join(".")) {
            put(&mut session.0, path, secret);
        }
    }
    Ok(())
}

fn take(fields: &mut Map<String, Value>, path: &[&str]) -> Option<Value> {
    match path {
        [name] => fields.remove(*name),
        [name, rest @ ..] => take(fields.get_mut(*name)?.as_object_mut()?, rest),
        [] => None,
    }
}

fn put(fields: &mut Map<String, Value>, path: &[&str], value: Value) {
    match path {
        [name] => drop(fields.insert((*name).to_owned(), value)),
        [name, rest @ ..] => {
            let inner = fields.entry(*name).or_insert_with(|| Value::Object(Map::new()));
            if let Some(inner) = inner.as_object_mut() {
                put(inner, rest, value);
            }
        }
        [] => {}
    }
}
