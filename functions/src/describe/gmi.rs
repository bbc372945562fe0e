//! The document of the GMI dialect.

use http::StatusCode;
use latchkey_shared::envelope::Internal;
use latchkey_shared::envelope::gmi::{self, ErrorBody, Failure, Fault, Rule, Steps};
use latchkey_shared::keys::idempotency::NotMade;
use latchkey_shared::runtime::function::{Function, Route};
use serde_json::{Value, json};
use utoipa::openapi::ObjectBuilder;
use utoipa::openapi::schema::{KnownFormat, SchemaFormat};

use super::gmi_bodies::{
    Accepted, Created, HeldKey, Invite, KeyList, MemberList, NewKey, NewOrganization, NewRole, Profile, Registered,
};
use super::operation::{Operation, text};
use super::{Dialect, bearer, store_failed};
use crate::gmi::{self as endpoints, FUNCTIONS};

pub(super) const DIALECT: Dialect = Dialect {
    name: "gmi",
    title: "Latchkey: GMI Cloud's key API",
    description: "Users of an identity provider make keys in their organisations. In bodies, null is the same as \
                  leaving a field out, and unknown fields are ignored. An error has a `group` and a `code` for \
                  programs.",
    functions: FUNCTIONS,
    security: || {
        vec![(SESSION, bearer("A session token of the identity provider.")), (KEY, bearer("The token of a key."))]
    },
    operation,
};

const SESSION: &str = "SessionToken";
const KEY: &str = "ApiKey";
const ID: &str = "a37b3227-bab0-83f8-b659-017b819dfc98";
const ORG: &str = "35c02694-fb22-4a12-a4f6-5097eef8c5aa";

fn operation(function: &'static Function, route: &'static Route) -> Option<Operation> {
    if function.name == "gmi-verify-key" {
        return Some(verify_key(Operation::new(function, route, KEY)));
    }
    let operation = Operation::new(function, route, SESSION);
    let operation = route.path.split('/').fold(operation, |operation, part| match part {
        "{orgId}" => operation.path("orgId", "The organisation.", uuid()),
        "{apiKeyId}" => operation.path("apiKeyId", "The key, by its id.", uuid()),
        "{invitationId}" => operation.path("invitationId", "The invitation.", uuid()),
        "{userId+}" => operation.path("userId", "The member, by the identity provider's id.", user_id()),
        _ => operation,
    });
    let (steps, operation, failures) = described(operation)?;
    let unavailable = Failure::Internal(Internal::ProviderKeys(String::new()));
    let usual = [Failure::NotAUser, Failure::SessionExpired, Failure::Internal(store_failed()), unavailable];
    Some(fails(steps, operation, failures.into_iter().chain(usual)))
}

/// The operation with its own failures, and the steps in which the store can fail.
fn described(operation: Operation) -> Option<(Steps, Operation, Vec<Failure>)> {
    Some(match operation.function.name {
        "gmi-create-key" => create_key(operation),
        "gmi-list-keys" => list_keys(operation),
        "gmi-delete-key" => delete_key(operation),
        "gmi-get-profile" => get_profile(operation),
        "gmi-accept-invitation" => accept_invitation(operation),
        "gmi-decline-invitation" => decline_invitation(operation),
        "gmi-register-org" => register_org(operation),
        "gmi-list-users" => list_users(operation),
        "gmi-invite-users" => invite_users(operation),
        "gmi-set-role" => set_role(operation),
        "gmi-remove-user" => remove_user(operation),
        _ => return None,
    })
}

fn create_key(operation: Operation) -> (Steps, Operation, Vec<Failure>) {
    let operation = operation
        .notes("Any member may create one, and owns it. Only this answer shows the token.")
        .idempotency_key()
        .body::<NewKey>(json!({"name": "build server", "scope": "ie_model"}))
        .answers::<Created>(
            StatusCode::CREATED,
            "example",
            json!({"key": "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.e30.…"}),
        );
    let not_made = [
        NotMade::InvalidIdempotencyKey,
        NotMade::CapReached,
        NotMade::NoLongerRepeatable,
        NotMade::IdempotencyKeyReused,
    ];
    let mut failures =
        vec![wrong("name", Rule::Required), Failure::BodyMissing, Failure::NoSuchOrg, Failure::BodyTooLarge];
    failures.extend(not_made.map(Failure::NotMade));
    (endpoints::create_key::STEPS, operation, failures)
}

fn list_keys(operation: Operation) -> (Steps, Operation, Vec<Failure>) {
    let operation = operation
        .notes("Owners and admins see all keys, users their own, newest first, expired ones included.")
        .query("cursor", "Where the page begins: from a `Link` header.", text())
        .shows::<KeyList>(json!({"keys": [key()]}))
        .pages();
    (endpoints::list_keys::STEPS, operation, vec![wrong("cursor", Rule::Cursor), Failure::NoSuchOrg])
}

fn delete_key(operation: Operation) -> (Steps, Operation, Vec<Failure>) {
    let operation = operation.notes("Its next use is refused everywhere.").answers_nothing(StatusCode::OK);
    let failures = vec![wrong("apiKeyId", Rule::Uuid), Failure::NoSuchOrg, Failure::NoSuchKey];
    (endpoints::delete_key::STEPS, operation, failures)
}

fn verify_key(operation: Operation) -> Operation {
    let operation = operation.shows::<HeldKey>(json!({
        "key": {"id": ID, "scope": "ie_model", "type": "ie_model", "owner": {"id": "olga"}}, "organization": {"id": ORG},
    }));
    let failures = [Failure::NotAKey, Failure::KeyExpired, Failure::Internal(store_failed())];
    fails(endpoints::verify_key::STEPS, operation, failures)
}

fn get_profile(operation: Operation) -> (Steps, Operation, Vec<Failure>) {
    let operation = operation
        .notes("If several organisations invite the user, none is joined: the answer lists the invitations.")
        .shows::<Profile>(json!({
            "user": {"id": "ada", "email": "ada@example.org", "firstName": "Ada", "lastName": "Tester"},
            "organization": {"id": ORG, "role": "org_admin"},
        }));
    (endpoints::get_profile::STEPS, operation, Vec::new())
}

fn accept_invitation(operation: Operation) -> (Steps, Operation, Vec<Failure>) {
    let operation = operation
        .notes("The user must leave their current organisation first.")
        .shows::<Accepted>(json!({"organization": {"id": ORG, "role": "org_user"}}));
    let failures = vec![wrong("invitationId", Rule::Uuid), Failure::NoSuchInvitation, Failure::InOrganization];
    (endpoints::accept_invitation::STEPS, operation, failures)
}

fn decline_invitation(operation: Operation) -> (Steps, Operation, Vec<Failure>) {
    let failures = vec![wrong("invitationId", Rule::Uuid), Failure::NoSuchInvitation];
    (endpoints::decline_invitation::STEPS, operation.answers_nothing(StatusCode::OK), failures)
}

fn register_org(operation: Operation) -> (Steps, Operation, Vec<Failure>) {
    let operation = operation
        .notes("The user becomes its owner, and leaves their current organisation.")
        .idempotency_key()
        .body::<NewOrganization>(json!({"name": "Acme"}))
        .answers::<Registered>(StatusCode::CREATED, "example", json!({"id": ORG}));
    let not_made = [NotMade::InvalidIdempotencyKey, NotMade::NoLongerRepeatable, NotMade::IdempotencyKeyReused];
    let mut failures =
        vec![wrong("name", Rule::Required), Failure::BodyMissing, Failure::LastOwner, Failure::BodyTooLarge];
    failures.extend(not_made.map(Failure::NotMade));
    (endpoints::register_org::STEPS, operation, failures)
}

fn list_users(operation: Operation) -> (Steps, Operation, Vec<Failure>) {
    let user = json!({
        "id": "ada", "email": "ada@example.org", "firstName": "Ada", "lastName": "Tester", "orgRole": "org_admin",
        "lastLoginAt": 1_795_621_991, "lastLoginIDP": "https://login.example.org",
    });
    let operation = operation
        .notes("In the order of their ids.")
        .query("cursor", "Where the page begins: from a `Link` header.", text())
        .shows::<MemberList>(json!({"users": [user]}))
        .pages();
    (endpoints::list_users::STEPS, operation, vec![wrong("cursor", Rule::Cursor), Failure::NoSuchOrg])
}

fn invite_users(operation: Operation) -> (Steps, Operation, Vec<Failure>) {
    let operation = operation
        .notes("Replaces earlier invitations of the same addresses. Nothing is mailed.")
        .body::<Invite>(json!({"invitees": [{"email": "ada@example.org", "role": "org_admin"}]}))
        .answers_nothing(StatusCode::OK);
    let failures = vec![
        wrong("invitees", Rule::Required),
        Failure::BodyMissing,
        Failure::RoleTooLow,
        Failure::NoSuchOrg,
        Failure::BodyTooLarge,
    ];
    (endpoints::invite_users::STEPS, operation, failures)
}

fn set_role(operation: Operation) -> (Steps, Operation, Vec<Failure>) {
    let operation = operation
        .notes("Only owners make and unmake owners, and one owner must remain.")
        .body::<NewRole>(json!({"role": "org_user"}))
        .answers_nothing(StatusCode::OK);
    let failures = vec![
        wrong("role", Rule::OneOf("org_owner org_admin org_user")),
        Failure::BodyMissing,
        Failure::RoleTooLow,
        Failure::NoSuchOrg,
        Failure::NoSuchUser,
        Failure::LastOwner,
        Failure::BodyTooLarge,
    ];
    (endpoints::set_role::STEPS, operation, failures)
}

fn remove_user(operation: Operation) -> (Steps, Operation, Vec<Failure>) {
    let operation = operation.notes("Members may remove themselves. Their keys stay.").answers_nothing(StatusCode::OK);
    let failures = vec![
        wrong("orgId", Rule::Uuid),
        Failure::RoleTooLow,
        Failure::NoSuchOrg,
        Failure::NoSuchUser,
        Failure::LastOwner,
    ];
    (endpoints::remove_user::STEPS, operation, failures)
}

fn key() -> Value {
    json!({
        "id": ID, "name": "build server", "scope": "ie_model", "type": "ie_model", "partialKey": "0gUgd_5nne",
        "createdAt": 1_795_621_991, "owner": {"id": "olga", "firstName": "Olga", "lastName": "Tester"},
    })
}

fn wrong(field: &str, rule: Rule) -> Failure {
    Failure::Invalid(vec![Fault::new(field, rule, Some("".into()))])
}

/// Adds the replies to these failures.
fn fails(steps: Steps, operation: Operation, failures: impl IntoIterator<Item = Failure>) -> Operation {
    failures.into_iter().fold(operation, |operation, failure| {
        let name = <&str>::from(&failure);
        let reply = gmi::reply(steps, Err(failure));
        operation.refuses::<ErrorBody<'_>>(name, &reply)
    })
}

fn uuid() -> ObjectBuilder {
    text().format(Some(SchemaFormat::KnownFormat(KnownFormat::Uuid)))
}

fn user_id() -> ObjectBuilder {
    text().min_length(Some(1)).max_length(Some(255))
}
