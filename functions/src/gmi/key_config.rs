//! A GMI key: in the body of a create, in the store, and in answers.

use latchkey_shared::auth::GmiUser;
use latchkey_shared::clock::Millis;
use latchkey_shared::envelope::gmi::Rule;
use latchkey_shared::keys::{Key, KeyConfig, Token};
use latchkey_shared::limits::{BIG, Limits};
use latchkey_shared::rights::Access;
use serde_json::{Map, Value, json};

use super::validation::Faults;

/// The scopes of keys. Each is also the id of the API that the key may call.
const SCOPES: [&str; 2] = ["ie_model", "ce_resource"];
/// The scopes in the words of an error.
const SCOPE_WORDS: &str = "ie_model ce_resource";
/// How many characters of the token's end lists show.
const PARTIAL: usize = 10;

/// The body of a create.
pub(super) struct CreateBody {
    name: String,
    scope: &'static str,
    /// In unix seconds; `None` for never.
    expires_at: Option<i64>,
}

impl CreateBody {
    /// Reads a body that arrived at `now`.
    pub(super) fn read(body: &Map<String, Value>, now: Millis, faults: &mut Faults) -> Option<Self> {
        let name = faults.name(body);
        let scope = scope(body, "scope", faults);
        let expires_at = expires_at(body, now, faults);
        // `type` is the old name of `scope`, and is the fallback.
        let scope = match scope {
            Some(None) => scope_or_default(body, faults),
            Some(Some(scope)) => old_scope_is_text(body, faults).map(|()| scope),
            None => None,
        };
        Some(Self { name: name?, scope: scope?, expires_at: expires_at? })
    }

    /// The configuration of the key, with access to the API of its scope.
    pub(super) fn into_config(self, user: &GmiUser, token: &Token) -> KeyConfig {
        let person = user.person();
        let skipped = token.reveal().chars().count().saturating_sub(PARTIAL);
        let mut document = Map::from_iter([
            ("name".to_owned(), self.name.into()),
            ("scope".to_owned(), self.scope.into()),
            ("partialKey".to_owned(), token.reveal().chars().skip(skipped).collect::<String>().into()),
            (
                "owner".to_owned(),
                json!({"id": user.id().as_str(), "firstName": person.first_name, "lastName": person.last_name}),
            ),
        ]);
        document.extend(self.expires_at.map(|at| ("expiresAt".to_owned(), at.into())));
        KeyConfig {
            inactive: false,
            policies: Vec::new(),
            usable_until: self.expires_at.map_or(BIG, |at| at.saturating_mul(1000).min(BIG)),
            kept_until: None,
            any_api: false,
            access: Access::to_api(self.scope, &[]),
            limits: Limits::default(),
            document,
            secrets: None,
        }
    }
}

/// The id of the user who created the key.
pub(super) fn owner(key: &Key) -> &str {
    key.config.document.get("owner").and_then(|owner| owner.get("id")).and_then(Value::as_str).unwrap_or_default()
}

/// When the key was created, in unix seconds.
pub(super) fn created_at(key: &Key) -> i64 {
    key.made.div_euclid(1000)
}

/// The key in a list.
pub(super) fn entry(key: &Key) -> Value {
    let field = |name: &str| key.config.document.get(name).cloned().unwrap_or_default();
    let mut entry = json!({
        "id": key.id.to_string(), "name": field("name"), "scope": field("scope"), "type": field("scope"),
        "partialKey": field("partialKey"), "createdAt": created_at(key), "owner": field("owner"),
    });
    if let Some(at) = key.config.document.get("expiresAt") {
        entry["expiresAt"] = at.clone();
    }
    entry
}

/// The key in an answer to whoever presents it.
pub(super) fn shown_to_holder(key: &Key) -> Value {
    let scope = key.config.document.get("scope").cloned().unwrap_or_default();
    json!({
        "key": {"id": key.id.to_string(), "scope": scope, "type": scope, "owner": {"id": owner(key)}},
        "organization": {"id": key.org.as_str()},
    })
}

/// The scope in `field`; `Some(None)` if the field is missing or empty.
fn scope(body: &Map<String, Value>, field: &'static str, faults: &mut Faults) -> Option<Option<&'static str>> {
    match body.get(field) {
        None | Some(Value::Null) => Some(None),
        Some(Value::String(text)) if text.is_empty() => Some(None),
        Some(Value::String(text)) => match SCOPES.into_iter().find(|scope| scope == text) {
            Some(scope) => Some(Some(scope)),
            None => faults.add(field, Rule::OneOf(SCOPE_WORDS), Some(text.as_str().into())),
        },
        Some(other) => faults.add(field, Rule::Type("string"), Some(other.clone())),
    }
}

fn scope_or_default(body: &Map<String, Value>, faults: &mut Faults) -> Option<&'static str> {
    let [default, _] = SCOPES;
    scope(body, "type", faults).map(|scope| scope.unwrap_or(default))
}

/// If `scope` is given, `type` is ignored, but must be a string.
fn old_scope_is_text(body: &Map<String, Value>, faults: &mut Faults) -> Option<()> {
    match body.get("type") {
        None | Some(Value::Null | Value::String(_)) => Some(()),
        Some(other) => faults.add("type", Rule::Type("string"), Some(other.clone())),
    }
}

/// When the key expires; `Some(None)` for never.
fn expires_at(body: &Map<String, Value>, now: Millis, faults: &mut Faults) -> Option<Option<i64>> {
    match body.get("expiresAt") {
        None | Some(Value::Null) => Some(None),
        Some(value) => match value.as_i64() {
            Some(0) => Some(None),
            Some(at) if at.saturating_mul(1000) > now => Some(Some(at)),
            Some(_) => faults.add("expiresAt", Rule::Future, Some(value.clone())),
            None => faults.add("expiresAt", Rule::Type("integer"), Some(value.clone())),
        },
    }
}
