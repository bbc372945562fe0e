//! Policies. None exist yet, so a session that names one cannot be applied.

use serde_json::Value;

use super::session::Session;

/// Why the session's policies cannot be applied, in the gateway's words; `Ok` when it names none.
pub(super) fn apply(session: &Session) -> Result<(), String> {
    let none_valid = || Err("key has no valid policies to be applied".to_owned());
    if session.object("meta_data").and_then(|meta| meta.get("policies")).is_some_and(Value::is_array) {
        return none_valid();
    }
    let listed = session.texts("apply_policies");
    match (listed.as_slice(), session.text("apply_policy_id")) {
        ([], "") => Ok(()),
        ([], only) | (&[only], _) => Err(format!("policy not found: {only:?}")),
        _ => none_valid(),
    }
}
