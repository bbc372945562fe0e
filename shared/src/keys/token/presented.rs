//! Which key a presented text leads to: the form of a token shows its dialect.

use crate::keys::{Dialect, KeyId, Token};
use crate::secrets::IdSecret;

/// What a text that was presented as a token may be.
#[derive(Debug, PartialEq, Eq)]
pub enum Presented {
    /// A token of this dialect, which leads to this key, if the key exists.
    Token(Dialect, KeyId),
    /// A text in the form of a dialect's tokens, but forged or damaged: there is no such key.
    Impossible,
}

/// Reads a presented token. A text of no other form is Tyk's, because its names are free.
#[must_use]
pub fn presented(token: &Token, ids: &IdSecret) -> Presented {
    let (dialect, id) = match token.form() {
        Dialect::Gmi => (Dialect::Gmi, token.gmi_id(ids)),
        Dialect::Requesty => (Dialect::Requesty, token.requesty_id(ids)),
        Dialect::Tyk => (Dialect::Tyk, Some(KeyId::of(token, ids))),
    };
    id.map_or(Presented::Impossible, |id| Presented::Token(dialect, id))
}
