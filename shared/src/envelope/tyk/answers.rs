//! The replies of the Tyk dialect when nothing failed, and how its JSON is written.

use http::StatusCode;
use serde::Serialize;

use crate::envelope::json;
use crate::envelope::link::link_next;
use crate::runtime::request::{Response, bytes_in_answer};
use crate::settings::TykEdition;

/// What was done, as the reply names it.
#[derive(Clone, Copy, Debug)]
pub enum KeyAction {
    /// A key was created with a random token.
    Create,
    /// A key was added or replaced under the name that the caller chose.
    Upsert,
    /// A key or a session of an organisation was added.
    Added,
    /// It was replaced.
    Modified,
    /// It was deleted.
    Deleted,
    /// Its policies were replaced.
    Updated,
}

/// A change succeeded.
#[must_use]
pub fn done(key: &str, action: KeyAction, edition: TykEdition) -> Response {
    done_with_hash(key, None, action, edition)
}

/// A change succeeded and, if keys are hashed, the reply shows the hash.
#[must_use]
pub fn done_with_hash(key: &str, key_hash: Option<&str>, action: KeyAction, edition: TykEdition) -> Response {
    let documented = edition == TykEdition::Documented;
    let action = match action {
        KeyAction::Create if documented => "create",
        KeyAction::Upsert if documented => "modified",
        KeyAction::Create | KeyAction::Upsert | KeyAction::Added => "added",
        KeyAction::Modified => "modified",
        KeyAction::Deleted => "deleted",
        KeyAction::Updated => "updated",
    };
    success(&Done { key, status: "ok", action, key_hash })
}

/// There is nothing left to do.
#[must_use]
pub fn up_to_date() -> Response {
    success(&StatusBody { status: "ok", message: "" })
}

/// A page of a list and, if the list continues, the address of the next page.
#[must_use]
pub fn list(keys: &[String], next: Option<&str>) -> Response {
    let mut response = success(&serde_json::json!({ "keys": keys }));
    link_next(&mut response, next);
    response
}

/// A page of policies and, if the list continues, the address of the next page.
#[must_use]
pub fn policies(policies: &[impl Serialize], next: Option<&str>) -> Response {
    let mut response = success(&policies);
    link_next(&mut response, next);
    response
}

/// How many bytes `entry` takes in a list.
#[must_use]
pub fn bytes_of_listed(entry: &impl Serialize) -> usize {
    bytes_in_answer(&document(entry))
}

/// A read succeeded.
#[must_use]
pub fn success(body: &impl Serialize) -> Response {
    json::response(StatusCode::OK, document(body))
}

/// A change that succeeded.
#[derive(Serialize)]
#[cfg_attr(feature = "describe", derive(utoipa::ToSchema))]
pub struct Done<'a> {
    /// The token, or the id of the organisation or the policy.
    key: &'a str,
    status: &'static str,
    action: &'static str,
    /// By what lists show the key, if keys are hashed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "describe", schema(nullable = false))]
    key_hash: Option<&'a str>,
}

/// A status and a message: an error, or that there is nothing left to do.
#[derive(Serialize)]
#[cfg_attr(feature = "describe", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "describe", schema(as = Status))]
pub struct StatusBody<'a> {
    pub(super) status: &'static str,
    pub(super) message: &'a str,
}

/// JSON as Go's encoder writes it: `<`, `>` and `&` escaped, a newline at the end.
pub(super) fn document(body: &impl Serialize) -> String {
    let mut text = json::text(body);
    // In JSON these characters occur only within strings.
    for (plain, escaped) in
        [("<", "\\u003c"), (">", "\\u003e"), ("&", "\\u0026"), ("\u{2028}", "\\u2028"), ("\u{2029}", "\\u2029")]
    {
        if text.contains(plain) {
            text = text.replace(plain, escaped);
        }
    }
    text.push('\n');
    text
}
