//! The document of the Requesty dialect.

use http::StatusCode;
use latchkey_shared::access::RequestyPermission;
use latchkey_shared::envelope::requesty::{self, ErrorReply, Failure};
use latchkey_shared::keys::idempotency::NotMade;
use latchkey_shared::runtime::function::{Function, Route};
use serde_json::{Value, json};
use utoipa::openapi::ObjectBuilder;
use utoipa::openapi::schema::{KnownFormat, SchemaFormat};

use super::operation::{Operation, text};
use super::requesty_bodies::{DetailsOrUsage, NewExpiry, NewKey, NewLabels, NewLimit, OrganizationChange};
use super::{Dialect, bearer, store_failed};
use crate::requesty::FUNCTIONS;
use crate::requesty::check_auth::Live;
use crate::requesty::create_key::CreatedKey;
use crate::requesty::get_org::Organisation;
use crate::requesty::list_keys::KeyList;
use crate::requesty::usage_view::UsageByPeriod;

pub(super) const DIALECT: Dialect = Dialect {
    name: "requesty",
    title: "Latchkey: Requesty's key API",
    description: "Keys with a budget in money per calendar month; keys that may, manage the others of their \
                  organisation. In bodies, null is the same as leaving a field out, and unknown fields are ignored.",
    functions: FUNCTIONS,
    security: || {
        vec![
            (KEY, bearer("The token of a key.")),
            (ADMIN, bearer("The admin secret; X-Organization-Id names the organisation.")),
        ]
    },
    operation,
};

const KEY: &str = "ApiKey";
const ADMIN: &str = "AdminSecret";
const ID: &str = "a490eeb2-d4b5-8052-b84a-8a8a00ffdc95";

fn operation(function: &'static Function, route: &'static Route) -> Option<Operation> {
    let scheme = if function.name == "requesty-set-org" { ADMIN } else { KEY };
    let mut operation = Operation::new(function, route, scheme);
    if route.path.contains("{api_key_id}") {
        let description = "The key, by its id. `self` is the calling key, where it is only read.";
        operation = operation.path("api_key_id", description, text().min_length(Some(1)));
    }
    let operation = match function.name {
        "requesty-create-key" => create_key(operation),
        "requesty-list-keys" => list_keys(operation),
        "requesty-get-key" => get_key(operation),
        "requesty-get-usage" => get_usage(operation),
        "requesty-set-limit" => set_limit(operation),
        "requesty-set-labels" => set_labels(operation),
        "requesty-set-expiry" => set_expiry(operation),
        "requesty-delete-key" => delete_key(operation),
        "requesty-get-org" => get_org(operation),
        "requesty-set-org" => set_org(operation),
        "requesty-get-org-usage" => get_org_usage(operation),
        "requesty-check-auth" => operation.shows::<Live>(json!({"status": "ok"})),
        _ => return None,
    };
    let failures = [Failure::NoCredential, Failure::InvalidCredential, Failure::Internal(store_failed())];
    // Only the administrator sets an organisation's name and balance.
    Some(fails(
        operation,
        failures.into_iter().filter(|failure| scheme == KEY || !matches!(failure, Failure::InvalidCredential)),
    ))
}

fn create_key(operation: Operation) -> Operation {
    let example =
        json!({"name": "app", "monthly_limit": 20, "permissions": {"manage": "none", "completions": "write"}});
    let operation = operation
        .notes("Only this answer shows the token.")
        .or_secured_by(ADMIN)
        .header("X-Organization-Id", "The organisation, for the administrator.", text().max_length(Some(512)))
        .idempotency_key()
        .body::<NewKey>(example)
        .answers::<CreatedKey<'_>>(
            StatusCode::CREATED,
            "example",
            json!({"api_key_id": ID, "api_key": "rqsty-sk-5qTVDJxiwpSrrjvMMEIJX7Jewy2c"}),
        );
    let failures = [
        Failure::Malformed,
        invalid("name", "is required"),
        Failure::InvalidOrg,
        Failure::NotPermitted(RequestyPermission::Write),
        Failure::BodyTooLarge,
        Failure::NotMade(NotMade::InvalidIdempotencyKey),
        Failure::NotMade(NotMade::NoLongerRepeatable),
        Failure::NotMade(NotMade::IdempotencyKeyReused),
    ];
    fails(operation, failures)
}

fn list_keys(operation: Operation) -> Operation {
    let key = json!({
        "id": ID, "name": "app", "monthly_limit": 20, "monthly_spend": 0.3,
        "permissions": {"manage": "none", "completions": "write"}, "labels": {"env": "prod"},
        "created_by": {"id": "fc321ee2-0b1f-8705-af32-b569383cd926", "email": ""},
    });
    let operation = operation
        .notes("Newest first, expired ones included.")
        .query("cursor", "Where the page begins: from a `Link` header.", text())
        .shows::<KeyList>(json!({"keys": [key]}))
        .pages();
    let wrong = invalid("cursor", "must be a cursor returned by this list");
    fails(operation, [wrong, Failure::NotPermitted(RequestyPermission::Read)])
}

fn get_key(operation: Operation) -> Operation {
    let details = json!({
        "id": ID, "name": "app", "logging": true, "monthly_spend": 0.3, "monthly_limit": 20,
        "permissions": {"manage": "none", "completions": "write"}, "expires_at": "2030-01-01T00:00:00Z",
    });
    let day = || text().format(Some(SchemaFormat::KnownFormat(KnownFormat::Date)));
    let operation = operation
        .query("start_date", "The first UTC day of the usage to show instead of the key.", day())
        .query("end_date", "The UTC day after the last one, at most 31 days later; the default is tomorrow.", day())
        .shows::<DetailsOrUsage>(details)
        .answers::<DetailsOrUsage>(StatusCode::OK, "usage", json!({"completions_requests": 2, "spend": 0.3}));
    let wrong = invalid("end_date", "must be after start_date");
    fails(operation, [wrong, Failure::InvalidId, Failure::NotPermitted(RequestyPermission::Read), Failure::NoSuchKey])
}

fn get_usage(operation: Operation) -> Operation {
    let failures = [Failure::InvalidId, Failure::NoSuchKey];
    fails(usage(operation, "The groups are those that Requesty documents."), failures)
}

fn get_org_usage(operation: Operation) -> Operation {
    usage(operation, "`api_key_id` splits usage by key.")
}

fn usage(operation: Operation, groups: &str) -> Operation {
    let time = || text().format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime)));
    let counters = json!({
        "completions_requests": 2, "embedding_requests": 0, "image_requests": 0, "speech_requests": 0,
        "transcription_requests": 0, "total_requests": 2, "spend": 0.3, "input_tokens": 1200, "output_tokens": 310,
        "total_tokens": 1510,
    });
    let groups = format!("How to split each period, by names that are separated by commas. {groups}");
    let operation = operation
        .notes("Usage is kept by the hour, so the time range is widened to whole hours.")
        .required_query("start", "From when on.", time())
        .query("end", "Until when, exclusive, at most 100 days later; the default is 24 hours later.", time())
        .query("resolution", "The length of the periods, in UTC.", resolution())
        .query("group_by", &groups, text())
        .shows::<UsageByPeriod>(json!({"usage": {"2026-11-25T00:00:00Z": counters}}));
    let failures = [
        invalid("start", "is required"),
        Failure::Malformed,
        Failure::NotPermitted(RequestyPermission::Read),
        Failure::BodyTooLarge,
    ];
    fails(operation, failures)
}

fn set_limit(operation: Operation) -> Operation {
    let operation = operation
        .notes("Zero removes the limit. What the key has spent stays.")
        .body::<NewLimit>(json!({"monthly_limit": 50}))
        .answers_nothing(StatusCode::NO_CONTENT);
    fails(changes(operation), [invalid("monthly_limit", "is required")])
}

fn set_labels(operation: Operation) -> Operation {
    let operation = operation
        .notes("Replaces all labels.")
        .body::<NewLabels>(json!({"labels": {"env": "prod"}}))
        .answers_nothing(StatusCode::NO_CONTENT);
    fails(changes(operation), [invalid("labels", "is required")])
}

fn set_expiry(operation: Operation) -> Operation {
    let operation = operation
        .notes("A key that has expired stays expired.")
        .body::<NewExpiry>(json!({"expires_at": "2030-01-01T00:00:00Z"}))
        .answers_nothing(StatusCode::NO_CONTENT);
    fails(changes(operation), [invalid("expires_at", "must be in the future"), Failure::Expired])
}

/// The failures of every change of a key that takes a body.
fn changes(operation: Operation) -> Operation {
    let denied = Failure::NotPermitted(RequestyPermission::Write);
    fails(operation, [Failure::InvalidId, Failure::Malformed, denied, Failure::NoSuchKey, Failure::BodyTooLarge])
}

fn delete_key(operation: Operation) -> Operation {
    let operation = operation.notes("Its next use is refused everywhere.").answers_nothing(StatusCode::OK);
    fails(operation, [Failure::InvalidId, Failure::NotPermitted(RequestyPermission::Write), Failure::NoSuchKey])
}

fn get_org(operation: Operation) -> Operation {
    let operation = operation.shows::<Organisation>(json!({"name": "Acme Inc.", "balance": 1000}));
    fails(operation, [Failure::NotPermitted(RequestyPermission::Read)])
}

fn set_org(operation: Operation) -> Operation {
    let operation = operation
        .notes("The balance is only shown: it does not go down, and refuses no call.")
        .header("X-Organization-Id", "The organisation.", text().max_length(Some(512)))
        .body::<OrganizationChange>(json!({"name": "Acme Inc.", "balance": 1000}))
        .shows::<Organisation>(json!({"name": "Acme Inc.", "balance": 1000}));
    let failures = [
        invalid("name or balance", "is required"),
        Failure::Malformed,
        Failure::InvalidOrg,
        Failure::NotAdmin,
        Failure::BodyTooLarge,
    ];
    fails(operation, failures)
}

fn invalid(field: &str, problem: &'static str) -> Failure {
    Failure::Invalid(field.to_owned(), problem)
}

/// Adds the replies to these failures.
fn fails(operation: Operation, failures: impl IntoIterator<Item = Failure>) -> Operation {
    failures.into_iter().fold(operation, |operation, failure| {
        let name = <&str>::from(&failure);
        let reply = requesty::reply(Err(failure));
        operation.refuses::<ErrorReply<'_>>(name, &reply)
    })
}

fn resolution() -> ObjectBuilder {
    text().enum_values(Some(["hour", "day", "month"])).default(Some(Value::from("day")))
}
