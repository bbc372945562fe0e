//! What the gate's document says about operators: keys of every dialect, and the audit log.
#![expect(dead_code, reason = "the fields of bodies are described, and read and written elsewhere")]

use latchkey_shared::envelope::gate::{Failure, Fault, KeyList, PoliciesOfKey, RecordList, ShownKey};
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::gate::{KEY_ID, fails, org, uuid};
use super::operation::{Operation, integer, text};
use super::store_failed;

/// Describes an operation for operators; `None` if it is none.
pub(super) fn operation(operation: Operation) -> Option<Operation> {
    Some(match operation.function.name {
        "gate-list-keys" => list_keys(operation),
        "gate-get-key" => get_key(operation),
        "gate-delete-key" => delete_key(operation),
        "gate-set-policies" => set_policies(operation),
        "gate-list-audit" => list_audit(operation),
        _ => return None,
    })
}

fn list_keys(operation: Operation) -> Operation {
    let operation = operation
        .notes("All parameters combine. A page may have fewer keys than `limit`, even none, and still have `next`.")
        .query("org", "The organisation; all of them if it is missing.", org())
        .query(
            "dialect",
            "The dialect that the keys were made in.",
            text().enum_values(Some(["tyk", "gmi", "requesty"])),
        )
        .query("alias", "The alias of Tyk keys, the name of others.", text())
        .query("tag", "One of the tags of Tyk keys.", text())
        .query("state", "Whether the keys can be used.", text().enum_values(Some(["active", "inactive", "expired"])))
        .query("policy", "The id of a policy that the keys name.", text().pattern(Some("^[A-Za-z0-9._~-]+$")))
        .query("expires_before", &format!("Keys that expire before {TIME}."), text())
        .shows::<KeyList<'_>>(json!({"keys": [key()]}));
    let wrong = Failure::Malformed(vec![Fault::new("limit", "must be a whole number from 1 to 100")]);
    fails(page(operation), [wrong, Failure::Internal(store_failed())])
}

fn get_key(operation: Operation) -> Operation {
    let mut shown = key();
    let more = json!({
        "deletes_at": null, "revision": 3, "meta_data": {"plan": "trial"}, "policies_unmet": false, "credential_required": false,
        "rate": {"limit": 100, "remaining": 99, "resets_at": 1_795_621_053, "per": 60}, "quota": null, "spend": null,
        "any_api": false, "apis": [{"api": "orders", "rate": null, "quota": null}], "endpoints": [],
    });
    if let (Some(shown), Value::Object(more)) = (shown.as_object_mut(), more) {
        shown.extend(more);
    }
    let operation = operation
        .notes("As its policies make it, as the next call would find it. Neither its token nor a secret is shown.")
        .path("key_id", "The id of the key.", uuid())
        .shows::<ShownKey>(shown);
    fails(operation, [Failure::NoSuchKey, Failure::Internal(store_failed())])
}

/// The key that was deleted.
#[derive(ToSchema)]
struct DeletedKey {
    #[schema(format = Uuid)]
    key_id: String,
    deleted: bool,
}

fn delete_key(operation: Operation) -> Operation {
    let operation = operation
        .notes("Its next use is refused everywhere.")
        .path("key_id", "The id of the key.", uuid())
        .shows::<DeletedKey>(json!({"key_id": KEY_ID, "deleted": true}));
    fails(operation, [Failure::NoSuchKey, Failure::Internal(store_failed())])
}

/// The policies of a key; an empty list takes it off its plan.
#[derive(ToSchema)]
struct Policies {
    #[schema(max_items = 40)]
    policies: Vec<String>,
}

fn set_policies(operation: Operation) -> Operation {
    let operation = operation
        .path("key_id", "The id of the key.", uuid())
        .body::<Policies>(json!({"policies": ["gold"]}))
        .shows::<PoliciesOfKey<'_>>(
            json!({"key_id": KEY_ID, "org_id": "acme", "dialect": "tyk", "policies": ["gold"]}),
        );
    let missing = Failure::Malformed(vec![Fault::new("policies[0]", "does not exist in the key's organisation")]);
    fails(operation, [missing, Failure::NoSuchKey, Failure::BodyTooLarge, Failure::Internal(store_failed())])
}

fn list_audit(operation: Operation) -> Operation {
    let record = json!({
        "id": "0d6f2f8b-7e11-4c55-9a43-7b1c9f0e2f5d", "at": "2026-11-25T15:44:00.000Z", "actor": "tyk-admin",
        "action": "key.create", "subject": format!("key:{KEY_ID}"), "key_id": KEY_ID, "org_id": "acme",
        "dialect": "tyk", "request_id": "7b1c9f0e-2f5d-4c55-9a43-0d6f2f8b7e11", "revision": 1, "before": null,
        "after": {"org_id": "acme"},
    });
    let operation = operation
        .notes("Newest first. One of `org` and `key_id` is required; a key alone has its whole history.")
        .query("org", "The organisation.", org())
        .query("key_id", "The key, which may have been deleted.", uuid())
        .query("actor", "Who made the changes, such as `tyk-admin` or `user:ID`.", text())
        .query("action", "What was done, such as `key.create`.", text())
        .query("from", &format!("From when on: {TIME}. The default is 30 days before `to`."), text())
        .query("to", &format!("Until when, exclusive: {TIME}. The default is now."), text())
        .shows::<RecordList<'_>>(json!({"records": [record]}));
    let wrong = Failure::Malformed(vec![Fault::new("org", "is required unless key_id is given")]);
    fails(page(operation), [wrong, Failure::NoSuchKey, Failure::Internal(store_failed())])
}

const TIME: &str = "a time such as 2026-01-15T12:00:00Z, or a UTC day";

/// The parameters and the header of a list in pages.
fn page(operation: Operation) -> Operation {
    operation
        .query("limit", "The most entries on a page.", integer().minimum(Some(1)).maximum(Some(100)))
        .query("cursor", "Where the page begins: from `next`.", text())
        .pages()
}

fn key() -> Value {
    json!({
        "key_id": KEY_ID, "org_id": "acme", "dialect": "tyk", "alias": "Ada", "state": "active", "inactive": false,
        "policies": ["gold"], "tags": ["eu"], "created_at": "2026-11-25T15:44:00Z", "expires_at": null,
        "last_used_at": "2026-11-25T15:00:00Z",
    })
}
