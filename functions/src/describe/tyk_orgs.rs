//! The organisations, the APIs and the reloads in the document of the Tyk dialect.

use latchkey_shared::envelope::tyk::{Done, Failure, Refusals, StatusBody};
use latchkey_shared::runtime::function::Route;
use serde_json::{Value, json};

use super::operation::{Operation, text};
use super::tyk::{Attempt, Described, WARNING, page};
use super::tyk_bodies::{ApiDefinition, KeyList};
use super::{store_failed, too_large};
use crate::tyk::session::describe::SessionDocument;
use crate::tyk::{list_apis, upsert_org};

/// Describes the operation, if it is one of these.
pub(super) fn operation(operation: Operation, route: &Route) -> Attempt {
    Ok(match operation.function.name {
        "tyk-upsert-org" => upsert(operation, route),
        "tyk-get-org" => get(operation),
        "tyk-list-orgs" => list(operation),
        "tyk-delete-org" => delete(operation),
        "tyk-list-apis" => apis(operation, route),
        "tyk-reload" => (Refusals::USUAL, reload(operation, route), Vec::new()),
        _ => return Err(Box::new(operation)),
    })
}

fn upsert(operation: Operation, route: &Route) -> Described {
    let (operation, action) =
        if route.method == "PUT" { (operation, "modified") } else { (operation.suffix("post"), "added") };
    let operation = operation
        .notes("Replaces everything; the counters go on.")
        .query("reset_quota", "`1` starts a new quota period.", text())
        .body::<SessionDocument>(limits())
        .shows::<Done<'_>>(done(action))
        .says("Latchkey-Warning", WARNING);
    let failures = vec![
        Failure::Malformed,
        Failure::InvalidOrg,
        Failure::AccessTooExpensive,
        Failure::InvalidPassword,
        Failure::Internal(too_large()),
        Failure::BodyTooLarge,
        Failure::Internal(store_failed()),
    ];
    (upsert_org::REFUSALS, operation, failures)
}

fn get(operation: Operation) -> Described {
    let failures = vec![Failure::InvalidOrg, Failure::NoSuchOrg, Failure::Internal(store_failed())];
    (Refusals::READ, operation.shows::<SessionDocument>(limits()), failures)
}

fn list(operation: Operation) -> Described {
    let operation = page(operation)
        .query("filter", "Only organisations with ids that begin with this.", text())
        .shows::<KeyList>(json!({"keys": ["acme"]}));
    (Refusals::LIST, operation, vec![Failure::InvalidLimit, Failure::InvalidCursor, Failure::Internal(store_failed())])
}

fn delete(operation: Operation) -> Described {
    let operation = operation.notes("Its keys and its counters stay.").shows::<Done<'_>>(done("deleted"));
    let failures = vec![Failure::InvalidOrg, Failure::NoSuchOrg, Failure::Internal(store_failed())];
    (Refusals::DELETE, operation, failures)
}

fn apis(operation: Operation, route: &Route) -> Described {
    let definition = json!({
        "name": "orders", "slug": "orders", "api_id": "orders", "org_id": "acme", "active": true, "use_keyless": false,
        "auth": {
            "auth_header_name": "Authorization", "use_param": false, "param_name": "", "use_cookie": false,
            "cookie_name": "", "use_certificate": false,
        },
        "version_data": {
            "not_versioned": true, "default_version": "",
            "versions": {"Default": {"name": "Default", "expires": "", "use_extended_paths": true}},
        },
        "proxy": {"listen_path": "/orders/", "target_url": "", "strip_listen_path": true},
    });
    match route.path.contains('{') {
        true => {
            let operation = operation.suffix("one").shows::<ApiDefinition>(definition);
            (Refusals::USUAL, operation, vec![list_apis::NO_SUCH_API])
        }
        false => (Refusals::USUAL, operation.lists::<ApiDefinition>(json!([definition])), Vec::new()),
    }
}

fn reload(operation: Operation, route: &Route) -> Operation {
    let operation = if route.path.ends_with("group") { operation.suffix("group") } else { operation };
    operation.shows::<StatusBody<'_>>(json!({"status": "ok", "message": ""}))
}

fn limits() -> Value {
    json!({"rate": 50, "per": 1, "quota_max": 100_000, "quota_renewal_rate": 86_400})
}

fn done(action: &str) -> Value {
    json!({"key": "acme", "status": "ok", "action": action})
}
