//! How a key is named on the command line. Its token is a secret, so it is read from a file.

use std::path::{Path, PathBuf};

use http::Method;
use latchkey_shared::keys::KeyId;
use serde::Deserialize;
use serde_json::json;

use super::connection;
use super::failure::Failure;
use super::service::{Call, Service};

/// Names a key by its id or its token.
#[derive(clap::Args)]
pub struct KeyName {
    /// The key's id, or - to read its token from standard input
    #[arg(value_name = "ID", required_unless_present = "token_file")]
    id: Option<String>,
    /// A file with the key's token
    #[arg(long, value_name = "FILE", conflicts_with = "id")]
    token_file: Option<PathBuf>,
}

/// A key that was named.
pub(super) enum Named {
    Id(KeyId),
    Token(String),
}

impl KeyName {
    /// Reads the id, or the token from where it is.
    pub(super) fn read(&self) -> Result<Named, Failure> {
        let file = match self.id.as_deref() {
            None => self.token_file.as_deref(),
            Some("-") => Some(Path::new("-")),
            Some(id) => return key_id(id).map(Named::Id).map_err(Failure::usage),
        };
        read_token(file.unwrap_or(Path::new("-"))).map(Named::Token)
    }
}

impl Named {
    /// The key's id. That of a token is asked for with a verify call that counts nothing.
    pub(super) async fn id(&self, service: &Service) -> Result<KeyId, Failure> {
        match self {
            Self::Id(id) => Ok(*id),
            Self::Token(token) => id_of(service, token).await,
        }
    }

    /// A request of Tyk's dialect about this key. It finds a key by its id only if the service
    /// hashes its keys.
    pub(super) fn tyk(&self, service: &Service, method: Method) -> Result<Call, Failure> {
        match self {
            Self::Id(id) => Ok(service.tyk(method, &["tyk", "keys", &id.hash()])?.query("hashed", Some("1"))),
            Self::Token(token) => service.tyk(method, &["tyk", "keys", token]),
        }
    }
}

/// Reads a key's id as answers show it. Without hyphens it could be a token, which must not be
/// repeated in a URL or a message.
pub(super) fn key_id(text: &str) -> Result<KeyId, String> {
    let id = (text.len() == 36).then(|| KeyId::parse(text)).flatten();
    id.ok_or_else(|| "a key's id is a UUID with hyphens; to give its token, use - or --token-file".into())
}

/// The token in a file, or on standard input for `-`.
pub(super) fn read_token(file: &Path) -> Result<String, Failure> {
    let token = connection::first_line(file)?;
    if token.is_empty() { Err(Failure::usage("there is no token in the first line")) } else { Ok(token) }
}

/// The id of the key with this token.
pub(super) async fn id_of(service: &Service, token: &str) -> Result<KeyId, Failure> {
    #[derive(Deserialize)]
    struct Decision {
        key_id: Option<String>,
    }
    // The key is found whether it may call this API or not.
    let question = json!({"key": token, "api": "latchkey", "cost": 0});
    let call = service.gate(Method::POST, &["v1", "keys", "verify"])?.json(&question)?;
    let found = service.send(&call).await?.read::<Decision>()?.key_id;
    let found = found.ok_or_else(|| Failure::NotFound("there is no key with this token".into()))?;
    KeyId::parse(&found).ok_or_else(Failure::unexpected)
}
