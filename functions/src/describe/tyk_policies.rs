//! The policies in the document of the Tyk dialect.

use latchkey_shared::envelope::tyk::{Done, Failure, Refusals};
use latchkey_shared::runtime::function::Route;
use serde_json::{Value, json};

use super::operation::{Operation, text};
use super::tyk::{Attempt, Described, WARNING, page};
use super::{store_failed, too_large};
use crate::tyk::policies::MOST;
use crate::tyk::session::describe::{PolicyDocument, PolicyInstruction, ShownPolicy};
use crate::tyk::{assign_policies, delete_policy, get_policy, upsert_policy};

/// Describes the operation, if it is about policies.
pub(super) fn operation(operation: Operation, route: &Route) -> Attempt {
    Ok(match operation.function.name {
        "tyk-assign-policies" => assign(operation),
        "tyk-upsert-policy" => upsert(operation, route),
        "tyk-get-policy" => get(operation),
        "tyk-list-policies" => list(operation),
        "tyk-delete-policy" => delete(operation, route),
        _ => return Err(Box::new(operation)),
    })
}

fn assign(operation: Operation) -> Described {
    let operation = operation
        .notes("The policies need not exist. The key keeps its counters.")
        .query("hashed", "Present if the name is a hash.", text())
        .body::<PolicyInstruction>(json!({"apply_policies": ["gold"]}))
        .shows::<Done<'_>>(json!({"key": "acmeada-laptop", "status": "ok", "action": "updated"}))
        .says("Latchkey-Warning", WARNING);
    let failures = vec![
        Failure::Malformed,
        Failure::TooManyPolicies(MOST),
        Failure::NoSuchKey,
        Failure::BodyTooLarge,
        Failure::Internal(too_large()),
        Failure::Internal(store_failed()),
    ];
    (assign_policies::REFUSALS, operation, failures)
}

fn upsert(operation: Operation, route: &Route) -> Described {
    let (operation, failures) = match (route.method, route.path.contains('{')) {
        ("PUT", true) => {
            (operation.notes("The id in the body must be that of the path."), vec![upsert_policy::OTHER_ID])
        }
        ("PUT", false) => {
            let operation = operation.suffix("unnamed").notes("Always refused: there is no policy to replace.");
            return (
                upsert_policy::REFUSALS,
                operation.body::<PolicyDocument>(policy()),
                vec![upsert_policy::NO_ID_IN_PATH],
            );
        }
        (_, true) => (operation.suffix("post-named").notes("The id in the path has no effect."), Vec::new()),
        (_, false) => (operation.suffix("post"), Vec::new()),
    };
    let action = if route.method == "PUT" { "modified" } else { "added" };
    let operation = operation
        .body::<PolicyDocument>(policy())
        .shows::<Done<'_>>(json!({"key": "gold", "status": "ok", "action": action}))
        .says("Latchkey-Warning", WARNING);
    let usual = [
        Failure::Malformed,
        upsert_policy::INVALID_ID,
        upsert_policy::NO_ID,
        Failure::InvalidOrg,
        Failure::AccessTooExpensive,
        Failure::BodyTooLarge,
        Failure::Internal(store_failed()),
    ];
    (upsert_policy::REFUSALS, operation, failures.into_iter().chain(usual).collect())
}

fn get(operation: Operation) -> Described {
    let operation = operation
        .notes("If several organisations use the id, the policy that was changed last.")
        .query("org_id", "The organisation that has the policy.", text())
        .shows::<ShownPolicy>(shown());
    let failures = vec![Failure::InvalidOrg, get_policy::NO_SUCH_POLICY, Failure::Internal(store_failed())];
    (Refusals::READ, operation, failures)
}

fn list(operation: Operation) -> Described {
    let operation = page(operation).notes("In the order of their ids.").lists::<ShownPolicy>(json!([shown()]));
    (Refusals::LIST, operation, vec![Failure::InvalidLimit, Failure::InvalidCursor, Failure::Internal(store_failed())])
}

fn delete(operation: Operation, route: &Route) -> Described {
    if !route.path.contains('{') {
        let operation = operation.suffix("unnamed").notes("Always refused: no policy is named.");
        return (delete_policy::REFUSALS, operation, vec![delete_policy::NO_ID_IN_PATH]);
    }
    let operation = operation
        .query("org_id", "The organisation that has the policy.", text())
        .query("force", "`1` deletes it even if keys follow it: they are refused from then on.", text())
        .shows::<Done<'_>>(json!({"key": "gold", "status": "ok", "action": "deleted"}))
        .says("Latchkey-Warning", WARNING);
    let failures =
        vec![Failure::InvalidOrg, get_policy::NO_SUCH_POLICY, delete_policy::NAMED, Failure::Internal(store_failed())];
    (delete_policy::REFUSALS, operation, failures)
}

fn policy() -> Value {
    json!({
        "id": "gold", "org_id": "acme", "rate": 100, "per": 60, "quota_max": 1000, "quota_renewal_rate": 3600,
        "access_rights": {"orders": {}},
    })
}

fn shown() -> Value {
    let mut shown = json!({
        "_id": "", "name": "", "throttle_interval": 0, "throttle_retry_limit": 0, "max_query_depth": 0,
        "hmac_enabled": false, "enable_http_signature_validation": false, "active": true, "is_inactive": false,
        "tags": null, "key_expires_in": 0, "post_expiry_grace_period": 0, "last_updated": "1795621440",
        "partitions": {"quota": false, "rate_limit": false, "complexity": false, "acl": false, "per_api": false},
        "meta_data": null, "graphql_access_rights": null, "smoothing": null,
    });
    if let (Some(shown), Value::Object(policy)) = (shown.as_object_mut(), policy()) {
        shown.extend(policy);
    }
    shown
}
