//! The document of the Tyk dialect.

use latchkey_shared::envelope::Unrouted;
use latchkey_shared::envelope::tyk::{self, Done, Failure, Refusals, StatusBody};
use latchkey_shared::keys::InvalidToken;
use latchkey_shared::keys::idempotency::NotMade;
use latchkey_shared::policies::Unmet;
use latchkey_shared::runtime::function::{Function, Route};
use latchkey_shared::settings::TykEdition;
use serde_json::{Value, json};
use utoipa::openapi::security::{ApiKey, ApiKeyValue, SecurityScheme};

use super::operation::{Operation, integer, text};
use super::tyk_bodies::{Health, KeyList};
use super::{Dialect, store_failed, too_large, tyk_orgs, tyk_policies};
use crate::tyk::policies::MOST;
use crate::tyk::session::describe::SessionDocument;
use crate::tyk::{FUNCTIONS, create_key, delete_key, get_key, list_keys, preview_key, upsert_key};

pub(super) const DIALECT: Dialect = Dialect {
    name: "tyk",
    title: "Latchkey: Tyk Gateway's key API",
    description: "Keys with a rate, a quota and rules for what they may call. Field names match in any case, and null \
                  has no effect. This is the documented edition; docs/tyk.md says where the edition 5.13 differs. Some \
                  500s are Tyk's own answers to mistakes of the client, and say so in `message`.",
    functions: FUNCTIONS,
    security: || vec![(ADMIN, SecurityScheme::ApiKey(ApiKey::Header(ApiKeyValue::new("X-Tyk-Authorization"))))],
    operation,
};

const ADMIN: &str = "AdminSecret";
const TOKEN: &str = "acme4e0f5a1c2b3d4e5f60718293a4b5c6d7";

fn operation(function: &'static Function, route: &'static Route) -> Option<Operation> {
    let operation = Operation::new(function, route, ADMIN);
    if function.name == "tyk-hello" {
        return Some(hello(operation));
    }
    let operation = route.path.split('/').fold(operation, |operation, part| match part {
        "{keyName}" => operation.path("keyName", "The key: its token, or the name it was made with.", name(512)),
        "{orgID}" => operation.path("orgID", "The organisation.", name(512)),
        "{polID}" => operation.path("polID", "The policy.", name(512)),
        "{apiID}" => operation.path("apiID", "The API.", name(512)),
        _ => operation,
    });
    let (refusals, operation, mut failures) = keys(operation, route)
        .or_else(|operation| tyk_policies::operation(*operation, route))
        .or_else(|operation| tyk_orgs::operation(*operation, route))
        .ok()?;
    failures.extend([Failure::NotAdmin]);
    if route.path.contains('{') {
        failures.push(Failure::Unrouted(Unrouted::NoSuchPath));
    }
    Some(fails(refusals, operation, failures))
}

/// How an endpoint refuses, and what.
pub(super) type Described = (Refusals, Operation, Vec<Failure>);

/// The operation, described, or as it is if it is another's.
pub(super) type Attempt = Result<Described, Box<Operation>>;

fn keys(operation: Operation, route: &Route) -> Attempt {
    Ok(match operation.function.name {
        "tyk-create-key" => create(operation),
        "tyk-preview-key" => preview(operation),
        "tyk-upsert-key" => upsert(operation, route),
        "tyk-get-key" => get(operation),
        "tyk-list-keys" => list(operation),
        "tyk-delete-key" => delete(operation, route),
        _ => return Err(Box::new(operation)),
    })
}

fn create(operation: Operation) -> Described {
    let operation = operation
        .notes("Without `access_rights` and policies, a key is refused.")
        .idempotency_key()
        .body::<SessionDocument>(session())
        .shows::<Done<'_>>(json!({"key": TOKEN, "status": "ok", "action": "create"}))
        .says("Latchkey-Warning", WARNING);
    let unmet = Failure::InvalidPolicies(Unmet::NotFound("gold".into()));
    let mut failures = vec![Failure::Malformed, Failure::NoAccessRights, unmet];
    failures.extend(random_token().into_iter().chain(any_session()));
    (create_key::REFUSALS, operation, failures)
}

fn preview(operation: Operation) -> Described {
    let operation = operation
        .body::<SessionDocument>(session())
        .shows::<SessionDocument>(shown_session())
        .says("Latchkey-Warning", WARNING);
    let failures = vec![
        Failure::Malformed,
        Failure::InvalidOrg,
        Failure::AccessTooExpensive,
        Failure::TooManyPolicies(MOST),
        Failure::BodyTooLarge,
        Failure::Internal(store_failed()),
    ];
    (preview_key::REFUSALS, operation, failures)
}

fn upsert(operation: Operation, route: &Route) -> Described {
    let operation = match (route.method, route.path.contains('{')) {
        ("POST", false) => operation.suffix("random").notes("Creates a key with a random token.").idempotency_key(),
        ("PUT", false) => {
            return (
                upsert_key::REFUSALS,
                unnamed(operation),
                vec![Failure::Malformed, Failure::NoSuchKey, Failure::BodyTooLarge],
            );
        }
        ("POST", true) => with_name(operation.suffix("post").notes("Replaces a key as if it were new.")),
        _ => with_name(operation.notes("Replaces the whole key. What you leave out is gone.")).query(
            "username",
            "`true` if the name is one in the organisation, even if it reads like a token.",
            text(),
        ),
    };
    let operation = operation
        .body::<SessionDocument>(session())
        .shows::<Done<'_>>(json!({"key": "acmeada-laptop", "status": "ok", "action": "modified"}))
        .says("Latchkey-Warning", WARNING);
    let mut failures = vec![Failure::Malformed, Failure::NoAccessRights];
    failures.extend(any_session());
    if route.path.contains('{') {
        failures.extend([
            Failure::NameTooShort(2, 3),
            Failure::InvalidName(InvalidToken::OtherDialect),
            Failure::NameOfAnother,
            Failure::NoSuchKey,
        ]);
    } else {
        failures.extend(random_token());
    }
    (upsert_key::REFUSALS, operation, failures)
}

fn with_name(operation: Operation) -> Operation {
    operation.query("suppress_reset", "`1` keeps what was used.", text()).query(
        "hashed",
        "Present if the name is a hash.",
        text(),
    )
}

/// `PUT` without a name, which has no key to replace.
fn unnamed(operation: Operation) -> Operation {
    operation.suffix("unnamed").notes("Always refused: there is no key to replace.").body::<SessionDocument>(session())
}

fn get(operation: Operation) -> Described {
    let operation = operation
        .notes("Fields that are zero, false or empty are left out.")
        .query("org_id", "Where to look for a short name.", text())
        .query("username", "`true` if the name is one in the organisation, even if it reads like a token.", text())
        .query("api_id", "Instead of `org_id`: an API that the settings list with its owner.", text())
        .query("hashed", "Present if the name is a hash.", text())
        .shows::<SessionDocument>(shown_session());
    let failures =
        vec![get_key::HASHES_OFF, Failure::InvalidOrg, Failure::NoSuchKey, Failure::Internal(store_failed())];
    (Refusals::READ, operation, failures)
}

fn list(operation: Operation) -> Described {
    let operation = page(operation)
        .query("filter", "Only tokens that begin with this.", text())
        .query("api_id", "Only keys with access to this API; needs `filter`.", text())
        .shows::<KeyList>(json!({"keys": [TOKEN]}));
    let failures = vec![
        list_keys::FILTER_REQUIRED,
        Failure::InvalidLimit,
        Failure::InvalidCursor,
        Failure::Internal(store_failed()),
    ];
    (Refusals::LIST, operation, failures)
}

/// The parameters and the header of a list in pages.
pub(super) fn page(operation: Operation) -> Operation {
    operation
        .query("limit", "The most entries on a page.", integer().minimum(Some(1)))
        .query("cursor", "Where the page begins: from a `Link` header.", text())
        .pages()
}

fn delete(operation: Operation, route: &Route) -> Described {
    if !route.path.contains('{') {
        let operation = operation.suffix("unnamed").notes("Always refused: no key is named.");
        return (delete_key::REFUSALS, operation, vec![Failure::NoSuchKey]);
    }
    let operation = operation
        .notes("Its next use is refused everywhere.")
        .query("org_id", "Where to look for a short name.", text())
        .query("username", "`true` if the name is one in the organisation, even if it reads like a token.", text())
        .query("api_id", "With `-1`, the answer is `null`.", text())
        .query("hashed", "Present if the name is a hash.", text())
        .shows_or_null::<Done<'_>>(json!({"key": TOKEN, "status": "ok", "action": "deleted"}));
    (delete_key::REFUSALS, operation, vec![Failure::InvalidOrg, Failure::NoSuchKey, Failure::Internal(store_failed())])
}

fn hello(operation: Operation) -> Operation {
    operation.unsecured().notes("Answers 200 either way: look at `status`.").shows::<Health>(json!({
        "status": "pass", "version": "v5.13.0", "description": "Tyk GW",
        "details": {"redis": {"status": "pass", "componentType": "datastore", "time": "2026-11-25T15:44:00Z"}},
    }))
}

pub(super) const WARNING: &str = "Parts of the request that have no effect.";

/// The failures of every save of a session.
fn any_session() -> [Failure; 7] {
    [
        Failure::InvalidOrg,
        Failure::InvalidPassword,
        Failure::AccessTooExpensive,
        Failure::TooManyPolicies(MOST),
        Failure::Internal(too_large()),
        Failure::BodyTooLarge,
        Failure::Internal(store_failed()),
    ]
}

/// The failures of a create that can be repeated.
fn random_token() -> [Failure; 3] {
    [NotMade::InvalidIdempotencyKey, NotMade::NoLongerRepeatable, NotMade::IdempotencyKeyReused].map(Failure::NotMade)
}

fn session() -> Value {
    json!({
        "org_id": "acme", "alias": "Ada", "rate": 100, "per": 60, "quota_max": 1000, "quota_renewal_rate": 3600,
        "access_rights": {"orders": {}},
    })
}

fn shown_session() -> Value {
    let mut session = session();
    session["date_created"] = "2026-11-25T15:44:00Z".into();
    session["last_updated"] = "1795621440".into();
    session
}

fn name(most: usize) -> utoipa::openapi::ObjectBuilder {
    text().min_length(Some(1)).max_length(Some(most))
}

/// Adds the replies to these failures.
fn fails(refusals: Refusals, operation: Operation, failures: Vec<Failure>) -> Operation {
    failures.into_iter().fold(operation, |operation, failure| {
        let name = match &failure {
            Failure::Refused(name, _) => name,
            failure => <&str>::from(failure),
        };
        let reply = tyk::reply(&refusals, TykEdition::Documented, Err(failure));
        operation.refuses::<StatusBody<'_>>(name, &reply)
    })
}
