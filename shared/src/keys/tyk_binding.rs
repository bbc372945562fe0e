//! Tyk keys whose token alone proves nothing: keys for passwords, signatures or certificates.

use serde_json::Value;

use super::{Dialect, Key};

/// Fields that bind a key to a signature or a certificate. Its secrets are sealed separately.
const BINDING: [&str; 5] = [
    "hmac_enabled",
    "enable_http_signature_validation",
    "rsa_certificate_id",
    "certificate",
    "mtls_static_certificate_bindings",
];

impl Key {
    /// Whether it needs a password, a signature or a certificate besides its token, which may be a
    /// well-known name.
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
