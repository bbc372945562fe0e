//! The gate's document: decisions, usage, and keys of every dialect.
#![expect(dead_code, reason = "the fields of bodies are described, and read elsewhere")]

use http::StatusCode;
use latchkey_shared::envelope::gate::{self, Failure, Fault, ReportAnswer, UsageAnswer, VerifyAnswer};
use latchkey_shared::runtime::function::{Function, Route};
use serde_json::{Value, json};
use utoipa::ToSchema;
use utoipa::openapi::ObjectBuilder;
use utoipa::openapi::schema::{KnownFormat, SchemaFormat};

use super::money::Amount;
use super::operation::{Operation, text};
use super::{Dialect, bearer, operators, store_failed};
use crate::gate::FUNCTIONS;

pub(super) const DIALECT: Dialect = Dialect {
    name: "gate",
    title: "Latchkey: the gate and operators",
    description: "Decides on calls with keys of every dialect, counts what they use, and shows keys to operators. \
                  Call it from your servers only: whoever has the admin secret can do everything. In bodies, null is \
                  the same as leaving a field out; unknown fields and parameters are refused.",
    functions: FUNCTIONS,
    security: || vec![(ADMIN, bearer("The admin secret."))],
    operation,
};

const ADMIN: &str = "AdminSecret";
pub(super) const KEY_ID: &str = "4450fcd7-e37b-8589-8ba3-bcd25253231b";

fn operation(function: &'static Function, route: &'static Route) -> Option<Operation> {
    let operation = Operation::new(function, route, ADMIN);
    let operation = match function.name {
        "gate-verify" => verify(operation),
        "gate-report-usage" => report_usage(operation),
        "gate-get-usage" => get_usage(operation),
        _ => operators::operation(operation)?,
    };
    Some(fails(operation, [Failure::NotAdmin]))
}

/// A call to decide about.
#[derive(ToSchema)]
struct Verify {
    /// The token that the consumer presented, without `Bearer`.
    #[schema(min_length = 1)]
    key: String,
    /// The id of the API being called.
    #[schema(min_length = 1)]
    api: String,
    /// The HTTP method in capitals; needed if the key has rules for methods or paths.
    method: Option<String>,
    /// The path as received; needed if the key has rules for paths.
    path: Option<String>,
    /// The version of the API. A key's list of versions is checked only if this is given.
    version: Option<String>,
    /// The units to take from rate and quota. 0 checks without consuming.
    #[schema(minimum = 0, maximum = 1_000_000_000, default = 1)]
    cost: Option<i64>,
    /// Money to reserve for the call.
    spend: Option<Amount>,
}

fn verify(operation: Operation) -> Operation {
    let allowed = json!({
        "allowed": true, "code": "ok", "status": 200, "message": "OK", "key_id": KEY_ID, "org_id": "acme",
        "alias": "Ada", "meta_data": {"plan": "trial"},
        "rate": {"limit": 100, "remaining": 99, "resets_at": 1_795_621_053},
        "quota": {"limit": 2, "remaining": 1, "resets_at": 1_795_624_593}, "spend": null,
    });
    let refused = json!({
        "allowed": false, "code": "unknown_key", "status": 403, "message": "Access to this API has been disallowed",
    });
    let operation = operation
        .notes("Answers 200 whether the call is allowed or denied: look at `allowed`. A 503 is neither a yes nor a no.")
        .body::<Verify>(json!({"key": "acme4e0f…", "api": "orders", "method": "GET", "path": "/orders/42"}))
        .shows::<VerifyAnswer<'_>>(allowed)
        .answers::<VerifyAnswer<'_>>(StatusCode::OK, "refused", refused);
    let unknown = Failure::Malformed(vec![Fault::new("costs", "is unknown")]);
    fails(operation, [unknown, Failure::BodyTooLarge, Failure::Undecided(store_failed())])
}

/// What a call really used. One of `key` and `key_id` is required.
#[derive(ToSchema)]
struct Report {
    /// The whole token.
    key: Option<String>,
    /// The id of the key, which may have been deleted since.
    key_id: Option<String>,
    /// Names this report. The id of a reservation settles it; an id of your own must not begin with `res_`.
    #[schema(min_length = 1, max_length = 255)]
    id: String,
    /// What the call cost. A reservation that is reported without it is released whole.
    spend: Option<Amount>,
    /// Requests that the gate did not see.
    #[schema(minimum = 0, maximum = 1_000_000_000)]
    requests: Option<i64>,
    #[schema(minimum = 0, maximum = 1_000_000_000)]
    input_tokens: Option<i64>,
    #[schema(minimum = 0, maximum = 1_000_000_000)]
    output_tokens: Option<i64>,
}

fn report_usage(operation: Operation) -> Operation {
    let operation = operation
        .notes("A report that is sent again is not counted again: `counted` is then false.")
        .body::<Report>(json!({"key_id": KEY_ID, "id": "nightly-job-17", "spend": "1.5", "requests": 20}))
        .shows::<ReportAnswer<'_>>(json!({
            "counted": true, "key_id": KEY_ID, "org_id": "acme",
            "spend": {"limit": 20, "spent": 1.5125, "remaining": 18.4875, "resets_at": 1_796_083_200},
        }));
    let no_key = Failure::Malformed(vec![Fault::new("key", "is required unless key_id is given")]);
    let failures =
        [no_key, Failure::NoSuchKey, Failure::BodyTooLarge, Failure::ReportReused, Failure::Internal(store_failed())];
    fails(operation, failures)
}

fn get_usage(operation: Operation) -> Operation {
    let time = "a time such as 2026-01-15T12:00:00Z, or a UTC day";
    let sums = json!({"requests": 23, "spend": 1.5125, "input_tokens": 1200, "output_tokens": 310});
    let mut period = sums.clone();
    period["start"] = "2026-11-25T00:00:00Z".into();
    let operation = operation
        .notes("One of `org` and `key_id` is required. A page covers one month at most.")
        .query("org", "The organisation: all of its keys, deleted ones included.", org())
        .query("key_id", "The key, which may have been deleted.", uuid())
        .query("from", &format!("From when on: {time}. The default is the begin of this month."), text())
        .query("to", &format!("Until when, exclusive: {time}. The default is now."), text())
        .query("resolution", "The length of the periods, in UTC.", resolution())
        .shows::<UsageAnswer<'_>>(json!({"usage": [period], "total": sums}))
        .pages();
    let wrong = Failure::Malformed(vec![Fault::new("to", "must be later than from")]);
    fails(operation, [wrong, Failure::NoSuchKey, Failure::Internal(store_failed())])
}

/// Why a request fails.
#[derive(ToSchema)]
struct Error {
    error: Explanation,
}

#[derive(ToSchema)]
struct Explanation {
    message: String,
    /// What is wrong with the request, up to 32 faults.
    #[schema(nullable = false)]
    faults: Option<Vec<Problem>>,
    /// How many more faults there are.
    #[schema(nullable = false)]
    more_faults: Option<usize>,
}

/// A field or parameter, and what is wrong with it.
#[derive(ToSchema)]
struct Problem {
    field: String,
    problem: String,
}

/// Adds the replies to these failures.
pub(super) fn fails(operation: Operation, failures: impl IntoIterator<Item = Failure>) -> Operation {
    failures.into_iter().fold(operation, |operation, failure| {
        let name = <&str>::from(&failure);
        let reply = gate::reply(Err(failure));
        operation.refuses::<Error>(name, &reply)
    })
}

pub(super) fn uuid() -> ObjectBuilder {
    text().format(Some(SchemaFormat::KnownFormat(KnownFormat::Uuid)))
}

pub(super) fn org() -> ObjectBuilder {
    text().max_length(Some(512))
}

fn resolution() -> ObjectBuilder {
    text().enum_values(Some(["hour", "day", "month"])).default(Some(Value::from("day")))
}
