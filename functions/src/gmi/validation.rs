//! The fields of a request: each is read into what it means, and every fault is told in one answer.

use latchkey_shared::envelope::gmi::{Failure, Fault, Rule};
use latchkey_shared::keys::KeyId;
use latchkey_shared::orgs::{InvalidUserId, OrgId, UserId};
use latchkey_shared::runtime::request::Request;
use serde_json::{Map, Value};
use uuid::Uuid;

/// Characters of the longest name of a key or an organisation.
const MAX_NAME: usize = 255;

/// The faults found so far: those of the path first, then those of the body in the order of its fields.
#[derive(Default)]
pub(super) struct Faults(Vec<Fault>);

impl Faults {
    /// Notes a fault; returns nothing, as what was to be read is not there.
    pub(super) fn add<T>(&mut self, field: impl Into<String>, rule: Rule, original: Option<Value>) -> Option<T> {
        self.0.push(Fault::new(field, rule, original));
        None
    }

    /// The refusal that tells them.
    pub(super) fn refusal(self) -> Failure {
        Failure::Invalid(self.0)
    }

    /// The organisation that the path names.
    pub(super) fn org(&mut self, request: &Request) -> Option<OrgId> {
        self.uuid(request, "orgId").and_then(|id| OrgId::parse(&id).ok())
    }

    /// The key that the path names.
    pub(super) fn key(&mut self, request: &Request) -> Option<KeyId> {
        self.uuid(request, "apiKeyId").and_then(|id| KeyId::parse(&id))
    }

    /// The invitation that the path names.
    pub(super) fn invitation(&mut self, request: &Request) -> Option<String> {
        self.uuid(request, "invitationId")
    }

    /// The user that the path names, by the identity provider's id.
    pub(super) fn user(&mut self, request: &Request) -> Option<UserId> {
        let id = request.param("userId");
        let rule = match UserId::parse(id) {
            Ok(user) => return Some(user),
            Err(InvalidUserId::TooLong) => Rule::Max(MAX_NAME),
            Err(InvalidUserId::Unprintable) => Rule::Printable,
        };
        self.add("userId", rule, Some(id.into()))
    }

    /// The one form of a UUID: 36 characters, hyphens in their places, letters in any case; given in lower case.
    fn uuid(&mut self, request: &Request, name: &'static str) -> Option<String> {
        let id = request.param(name);
        match Uuid::try_parse(id) {
            Ok(uuid) if id.len() == uuid::fmt::Hyphenated::LENGTH => Some(uuid.to_string()),
            _ => self.add(name, Rule::Uuid, Some(id.into())),
        }
    }

    /// The body's object. Faults of the path are told alone where there is none.
    ///
    /// # Errors
    /// When there is no body, or it is no object.
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

    /// The name in a body, without blanks around it; it has no control characters.
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

    /// A text that must be there and not blank.
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
