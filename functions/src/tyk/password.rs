//! Basic-auth passwords, which are only kept as bcrypt hashes.

use latchkey_shared::envelope::Internal;
use latchkey_shared::envelope::tyk::Failure;
use serde_json::Value;

use super::session::Session;

/// The cost that the gateway uses.
const COST: u32 = 10;
/// bcrypt ignores further bytes.
const MAX_BYTES: usize = 72;

/// The bcrypt hash of the session's password; `None` when it has none.
pub(super) async fn hash(session: &Session) -> Result<Option<String>, Failure> {
    let password = plain(session).to_owned();
    if password.is_empty() {
        return Ok(None);
    }
    if password.len() > MAX_BYTES || password.contains('\0') {
        return Err(Failure::InvalidPassword);
    }
    // Hashing takes tens of milliseconds, and must not block other requests.
    let hashed = tokio::task::spawn_blocking(move || bcrypt::hash(password, COST)).await;
    match hashed {
        Ok(Ok(hashed)) => Ok(Some(hashed)),
        _ => Err(Internal::Broken("a password could not be hashed").into()),
    }
}

/// The password in the session: plain or hashed.
pub(super) fn plain(session: &Session) -> &str {
    let password = session.object("basic_auth_data").and_then(|data| data.get("password"));
    password.and_then(Value::as_str).unwrap_or_default()
}

/// Sets the field `name` of the session's `basic_auth_data`.
pub(super) fn set(session: &mut Session, name: &str, value: &str) {
    let mut data = session.object("basic_auth_data").cloned().unwrap_or_default();
    data.insert(name.to_owned(), value.into());
    session.set("basic_auth_data", Value::Object(data));
}
