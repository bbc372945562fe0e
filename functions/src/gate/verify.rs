//! `POST /v1/keys/verify`: the question of a user's own server, whether a key may do this now.

use latchkey_shared::auth::Admin;
use latchkey_shared::envelope::gate::{self, Failure};
use latchkey_shared::keys::rules::Call;
use latchkey_shared::limits::Money;
use latchkey_shared::request::{Request, Response};
use latchkey_shared::service::Service;
use serde_json::{Map, Value};

use super::decide::{Question, Undecided, decide};

/// The largest cost of one call.
const MAX_COST: i64 = 1_000_000_000;

/// Answers 200 whenever the question was understood, whatever the answer.
pub(crate) async fn handle(service: &Service, request: &Request) -> Result<Response, Failure> {
    Admin::from_bearer(&service.secrets, request).map_err(|_| Failure::NotAdmin)?;
    let asked = Asked::read(request.body()?)?;
    let question = Question {
        presented: asked.text("key"),
        call: Call {
            api: asked.text("api"),
            method: asked.text("method"),
            path: asked.text("path"),
            version: asked.text("version"),
        },
        cost: asked.0.get("cost").and_then(Value::as_i64).unwrap_or(1),
        spend: Money::default(),
    };
    let decision = decide(service, &question).await.map_err(|undecided| match undecided {
        Undecided::Store(error) => Failure::Store(error),
        Undecided::NotGiven => Failure::Broken("the id secret is missing"),
    })?;
    Ok(gate::answer(decision.code, decision.key.as_ref(), decision.until, decision.now))
}

/// The body of a question that has no fault.
struct Asked(Map<String, Value>);

impl Asked {
    /// Reads a question; every fault of it is named.
    fn read(body: &[u8]) -> Result<Self, Failure> {
        let fault = |field: &str, problem| Failure::Malformed(vec![(field.to_owned(), problem)]);
        let fields = match serde_json::from_slice(body) {
            Ok(Value::Object(fields)) => fields,
            _ => return Err(fault("body", "must be a JSON object")),
        };
        let mut faults = Vec::new();
        for (field, value) in &fields {
            let problem = match field.as_str() {
                "key" | "api" | "method" | "path" | "version" if !value.is_string() => Some("must be a text"),
                "key" | "api" | "method" | "path" | "version" => None,
                "cost" if value.as_i64().is_some_and(|cost| (0..=MAX_COST).contains(&cost)) => None,
                "cost" => Some("must be a whole number from 0 to 1000000000"),
                _ => Some("is not known"),
            };
            faults.extend(problem.map(|problem| (field.clone(), problem)));
        }
        for field in ["key", "api"] {
            if fields.get(field).is_none_or(|value| value == "") {
                faults.push((field.to_owned(), "must be given"));
            }
        }
        if faults.is_empty() { Ok(Self(fields)) } else { Err(Failure::Malformed(faults)) }
    }

    fn text(&self, field: &str) -> &str {
        self.0.get(field).and_then(Value::as_str).unwrap_or_default()
    }
}
