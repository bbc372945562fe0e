//! What was presented as a key, told apart by its form: each dialect's tokens have one of their own.

use crate::keys::{Dialect, KeyId, Token};
use crate::secrets::IdSecret;

/// What a text that was presented as a key may be.
#[derive(Debug, PartialEq, Eq)]
pub enum Presented {
    /// A token of this dialect: it leads to this key, if there is one.
    Token(Dialect, KeyId),
    /// It has the form of a dialect's tokens, but is forged or damaged: there is no such key.
    Impossible,
}

/// Tells what `token` is. What has no other form is Tyk's, whose names are anything.
#[must_use]
pub fn presented(token: &Token, ids: &IdSecret) -> Presented {
    let (dialect, id) = match token.form() {
        Dialect::Gmi => (Dialect::Gmi, token.gmi_id(ids)),
        Dialect::Requesty => (Dialect::Requesty, token.requesty_id(ids)),
        Dialect::Tyk => (Dialect::Tyk, Some(KeyId::of(token, ids))),
    };
    id.map_or(Presented::Impossible, |id| Presented::Token(dialect, id))
}
