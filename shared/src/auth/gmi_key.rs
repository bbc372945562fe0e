//! The holder of a GMI key: the caller that presents its token.

use super::bearer::{Form, bearer};
use crate::access::{Reach, Scope, Standing};
use crate::keys::{Dialect, KeyId, Presented, Token, presented};
use crate::runtime::request::Request;
use crate::secrets::IdSecret;
use crate::telemetry::{self, Caller};

/// Proof that the request came with a token that was made for this key, whether or not the key
/// still exists.
pub struct GmiKeyHolder(KeyId);

/// There is no token, or it is forged, damaged or of another kind. All get the same answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no token of a GMI key")]
pub struct NotAKey;

impl GmiKeyHolder {
    /// Checks the token after `Bearer`, without a call of the store.
    ///
    /// # Errors
    /// When it is not the token of a GMI key.
    pub fn from_bearer(ids: &IdSecret, request: &Request) -> Result<Self, NotAKey> {
        let token = Token::presented(bearer(request, Form::OneWord).map_err(|_| NotAKey)?);
        match presented(&token, ids) {
            Presented::Token(Dialect::Gmi, id) => {
                telemetry::authenticated(Caller::Key(id));
                Ok(Self(id))
            }
            _ => Err(NotAKey),
        }
    }

    /// The key that the token was made for.
    #[must_use]
    pub fn id(&self) -> KeyId {
        self.0
    }

    /// The key itself and no other.
    #[must_use]
    pub fn scope(&self, request: &Request) -> Scope {
        let (actor, request_id) = (format!("key:{}", self.0), request.id.clone());
        Scope { dialect: Dialect::Gmi, reach: Reach::Key(self.0), actor, request_id, standing: Standing::Secret }
    }
}
