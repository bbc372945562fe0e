//! The holder of a GMI key: whoever presents its token.

use super::bearer::bearer;
use crate::access::{Scope, Standing};
use crate::keys::{Dialect, KeyId, Presented, Token, presented};
use crate::runtime::request::Request;
use crate::secrets::IdSecret;

/// Proof that the request came with a token that was made for this key, whether or not the key is still there.
pub struct GmiKeyHolder(KeyId);

/// There is no token, or it is forged, damaged or of another kind; all are answered alike.
#[derive(Debug)]
pub struct NotAKey;

impl GmiKeyHolder {
    /// Checks the token behind `Bearer`. The store is not asked.
    ///
    /// # Errors
    /// When it is no token of a GMI key.
    pub fn from_bearer(ids: &IdSecret, request: &Request) -> Result<Self, NotAKey> {
        let token = Token::presented(bearer(request).ok_or(NotAKey)?);
        match presented(&token, ids) {
            Presented::Token(Dialect::Gmi, id) => Ok(Self(id)),
            _ => Err(NotAKey),
        }
    }

    /// The key's id.
    #[must_use]
    pub fn id(&self) -> KeyId {
        self.0
    }

    /// The key itself, and no right to change anything.
    #[must_use]
    pub fn scope(&self, request: &Request) -> Scope {
        let (actor, request_id) = (format!("key:{}", self.0), request.id.clone());
        Scope { dialect: Dialect::Gmi, org: None, actor, request_id, standing: Standing::Secret }
    }
}
