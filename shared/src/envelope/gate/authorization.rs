//! The authorizer's answers to API Gateway: whether the request may pass, and a flat context for
//! the API behind it.

use http::StatusCode;
use serde_json::{Map, Value, json};

use super::{Code, retry_after};
use crate::clock::Millis;
use crate::keys::Key;

/// The status and the message for a consumer who presents no key.
pub const NO_CREDENTIAL: (StatusCode, &str) = (StatusCode::UNAUTHORIZED, "Authorization field missing");

/// The code of that refusal.
pub const NO_CREDENTIAL_CODE: &str = "no_credential";

/// A decision as a flat object of strings, numbers and booleans, without nulls. A REST API accepts
/// nothing else.
#[derive(Debug)]
pub struct Context(Map<String, Value>);

impl Context {
    /// The context of a decision.
    #[must_use]
    pub fn decided(code: Code, key: Option<&Key>, until: Option<Millis>, now: Millis) -> Self {
        let mut context = Self::of(code == Code::Ok, json!(code), code.status(), code.message());
        let seconds = until.and_then(|until| retry_after(until, now));
        context.0.extend(seconds.map(|seconds| ("retry_after".to_owned(), seconds.into())));
        if let Some(key) = key {
            context.0.insert("key_id".into(), key.id.to_string().into());
            context.0.insert("org_id".into(), key.org.as_str().into());
            let alias = key.config.document.get("alias").filter(|alias| alias.is_string());
            context.0.extend(alias.map(|alias| ("alias".to_owned(), alias.clone())));
        }
        context
    }

    /// The context of a request without a key.
    #[must_use]
    pub fn no_credential() -> Self {
        let (status, message) = NO_CREDENTIAL;
        Self::of(false, NO_CREDENTIAL_CODE.into(), status, message)
    }

    fn of(allowed: bool, code: Value, status: StatusCode, message: &str) -> Self {
        let status = status.as_u16();
        let fields =
            [("allowed", allowed.into()), ("code", code), ("status", status.into()), ("message", message.into())];
        Self(fields.map(|(name, value)| (name.to_owned(), value)).into_iter().collect())
    }

    /// Whether the request may pass.
    #[must_use]
    pub fn allowed(&self) -> bool {
        self.0.get("allowed") == Some(&Value::Bool(true))
    }

    /// The status to answer the consumer with.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.0.get("status").and_then(Value::as_u64).and_then(|status| u16::try_from(status).ok()).unwrap_or_default()
    }

    /// The id of the key, if there is one.
    fn key_id(&self) -> Option<&str> {
        self.text("key_id")
    }

    fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name).and_then(Value::as_str)
    }

    /// The answer to an HTTP API: a simple response.
    #[must_use]
    pub fn simple(self, passes: bool) -> Value {
        json!({"isAuthorized": passes, "context": self.0})
    }

    /// The answer to a REST API: a policy for the one method and path that `method_arn` names.
    #[must_use]
    pub fn policy(self, passes: bool, method_arn: &str) -> Value {
        let effect = if passes { "Allow" } else { "Deny" };
        // The path comes from the consumer, and a `*` in it must not match other paths. A `?`
        // matches one character.
        let resource = method_arn.replace(['*', '$'], "?");
        let statement = json!({"Action": "execute-api:Invoke", "Effect": effect, "Resource": resource});
        let principal = self.key_id().unwrap_or("none").to_owned();
        json!({
            "principalId": principal,
            "policyDocument": {"Version": "2012-10-17", "Statement": [statement]},
            "context": self.0,
        })
    }
}
