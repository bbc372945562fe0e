//! Validates the fields of a request, and reports all faults at once.

use latchkey_shared::envelope::gmi::{Failure, Fault, Rule};
use latchkey_shared::keys::KeyId;
use latchkey_shared::orgs::{InvalidUserId, OrgId, UserId};
use latchkey_shared::runtime::request::Request;
use serde_json::{Map, Value};
use uuid::Uuid;

/// Characters of the longest name of a key or an organisation.
const MAX_NAME: usize = 255;

/// The faults found so far: first in the path, then in the body's fields in order.
#[derive(Default)]
pub(super) struct Faults(Vec<Fault>);

impl Faults {
    /// Adds a fault. Returns `None` for the value that could not be read.
    pub(super) fn add<T>(&mut self, field: impl Into<String>, rule: Rule, original: Option<Value>) -> Option<T> {
        self.0.push(Fault::new(field, rule, original));
        None
    }

    /// The failure that reports the faults.
    pub(super) fn refusal(self) -> Failure {
        Failure::Invalid(self.0)
    }

    /// The organisation in the path.
    pub(super) fn org(&mut self, request: &Request) -> Option<OrgId> {
        self.uuid(request, "orgId").and_then(|id| OrgId::parse(&id).ok())
    }

    /// The key in the path.
    pub(super) fn key(&mut self, request: &Request) -> Option<KeyId> {
        self.uuid(request, "apiKeyId").and_then(|id| KeyId::parse(&id))
    }

    /// The invitation in the path.
    pub(super) fn invitation(&mut self, request: &Request) -> Option<String> {
        self.uuid(request, "invitationId")
    }

    /// The user in the path, by the identity provider's id.
    pub(super) fn user(&mut self, request: &Request) -> Option<UserId> {
        let id = request.param("userId");
        let rule = match UserId::parse(id) {
            Ok(user) => return Some(user),
            Err(InvalidUserId::TooLong) => Rule::Max(MAX_NAME),
            Err(InvalidUserId::Unprintable) => Rule::Printable,
        };
        self.add("userId", rule, Some(id.into()))
    }

    /// A UUID with hyphens, in any case. The result is in lower case.
    fn uuid(&mut self, request: &Request, name: &'static str) -> Option<String> {
        let id = request.param(name);
        match Uuid::try_parse(id) {
            Ok(uuid) if id.len() == uuid::fmt::Hyphenated::LENGTH => Some(uuid.to_string()),
            _ => self.add(name, Rule::Uuid, Some(id.into())),
        }
    }

    /// The object in the body. If there is none, only the faults of the path are reported.
    ///
    /// # Errors
    /// If there is no body, or it is not an object.
    pub(super) async fn body(&mut self, request: &Request) -> Result<Map<String, Value>, Failure> {
        let body = request.body().await?.trim_ascii();
        let parsed = serde_json::from_slice(body);
        if let Ok(Value::Object(fields)) = parsed {
            return Ok(fields);
        }
        let missing = body.is_empty() || matches!(parsed, Ok(Value::Null));
        if !self.0.is_empty() {
            return Err(std::mem::take(self).refusal());
        }
        if missing {
            return Err(Failure::BodyMissing);
        }
        Err(Failure::Invalid(vec![Fault::new("body", Rule::Json, None)]))
    }

    /// The name in the body, trimmed and without control characters.
    pub(super) fn name(&mut self, body: &Map<String, Value>) -> Option<String> {
        let name = self.required_text("name", body.get("name"))?;
        let trimmed = name.trim();
        if trimmed.chars().count() > MAX_NAME {
            return self.add("name", Rule::Max(MAX_NAME), Some(name.into()));
        }
        if trimmed.contains(char::is_control) {
            return self.add("name", Rule::Printable, Some(name.into()));
        }
        Some(trimmed.to_owned())
    }

    /// A required string, which must not be blank.
    pub(super) fn required_text(&mut self, field: impl Into<String>, value: Option<&Value>) -> Option<String> {
        match value {
            None | Some(Value::Null) => self.add(field, Rule::Required, Some("".into())),
            Some(Value::String(text)) if text.trim().is_empty() => {
                self.add(field, Rule::Required, Some(text.as_str().into()))
            }
            Some(Value::String(text)) => Some(text.clone()),
            Some(other) => self.add(field, Rule::Type("string"), Some(other.clone())),
        }
    }
}
