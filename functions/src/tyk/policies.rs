//! Policies. None can exist yet, so a session that names one is invalid.

use latchkey_shared::envelope::tyk::InvalidPolicies;
use serde_json::Value;

use super::session::Session;

/// Checks that the session names no policies.
pub(super) fn check(session: &Session) -> Result<(), InvalidPolicies> {
    if session.object("meta_data").and_then(|meta| meta.get("policies")).is_some_and(Value::is_array) {
        return Err(InvalidPolicies::NoneValid);
    }
    let listed = session.texts("apply_policies");
    match (listed.as_slice(), session.text("apply_policy_id")) {
        ([], "") => Ok(()),
        ([], only) | (&[only], _) => Err(InvalidPolicies::NotFound(only.to_owned())),
        _ => Err(InvalidPolicies::NoneValid),
    }
}
