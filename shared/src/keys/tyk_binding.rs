//! Keys whose token alone proves nothing: they were made for users with a password, for signatures, or for certificates.

use serde_json::Value;

use super::{Dialect, Key};

/// Fields that bind a session to a signature or a certificate. Its secrets are sealed apart.
const BINDING: [&str; 5] = [
    "hmac_enabled",
    "enable_http_signature_validation",
    "rsa_certificate_id",
    "certificate",
    "mtls_static_certificate_bindings",
];

impl Key {
    /// Whether more than the token must be presented with it: a password, a signature or a certificate. Its token may be a
    /// name that many know.
    #[must_use]
    pub fn needs_more_than_its_token(&self) -> bool {
        let fields = &self.config.document;
        let is_set = |name: &&str| fields.get(*name).is_some_and(says_something);
        self.dialect == Dialect::Tyk && (self.config.secrets.is_some() || BINDING.iter().any(is_set))
    }
}

fn says_something(value: &Value) -> bool {
    match value {
        Value::Bool(on) => *on,
        Value::String(text) => !text.is_empty(),
        Value::Array(values) => !values.is_empty(),
        _ => false,
    }
}
