//! Store calls that go wrong as planned.

use std::collections::HashMap;
use std::time::Duration;

use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use serde_json::Value;

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The store refuses; nothing happens.
    Refuse,
    /// The store does it, but its answer gets lost.
    LoseAnswer,
    /// Another transaction is in the way.
    Conflict,
    /// The store is too busy; nothing happens.
    Throttle,
    /// The store does it this much later, whether or not the caller still waits for the answer. Until then it says of a
    /// transaction that it is in progress.
    Late(Duration),
}

/// The calls that are still to go wrong.
#[derive(Default)]
pub(crate) struct Faults {
    planned: Vec<Planned>,
    /// Calls that went wrong, by what each of their attempts is known by.
    failed: HashMap<String, Fault>,
}

struct Planned {
    /// Of this operation only; else any attempt of any call.
    operation: Option<String>,
    /// How many more go well first.
    well: usize,
    fault: Fault,
}

impl Faults {
    /// Plans that a call of `operation` goes wrong, and each attempt to repeat it, after `well` more that go well.
    pub(crate) fn plan_call(&mut self, operation: &str, well: usize, fault: Fault) {
        self.planned.push(Planned { operation: Some(operation.to_owned()), well, fault });
    }

    /// Plans that one attempt goes wrong, whatever it does, after `well` more that go well.
    pub(crate) fn plan_attempt(&mut self, well: usize, fault: Fault) {
        self.planned.push(Planned { operation: None, well, fault });
    }

    /// What goes wrong with the next attempt: of which call, and of which operation.
    pub(crate) fn next(&mut self, call: &str, operation: &str) -> Option<Fault> {
        if let Some(fault) = self.failed.get(call) {
            return Some(*fault);
        }
        let at =
            self.planned.iter().position(|planned| planned.operation.as_deref().is_none_or(|of| of == operation))?;
        if self.planned[at].well > 0 {
            self.planned[at].well -= 1;
            return None;
        }
        let Planned { operation, fault, .. } = self.planned.remove(at);
        if operation.is_some() && !matches!(fault, Fault::Conflict | Fault::Late(_)) {
            self.failed.insert(call.to_owned(), fault);
        }
        Some(fault)
    }

    /// Whether every plan was carried out.
    pub(crate) fn all_happened(&self) -> bool {
        self.planned.is_empty()
    }
}

/// What all attempts of one call of the SDK have in common: a transaction's token, or the call's own id.
#[must_use]
pub fn call_id(request: &HttpRequest) -> String {
    let body = request.body().bytes().unwrap_or_default();
    let token = serde_json::from_slice::<Value>(body)
        .ok()
        .and_then(|body| Some(body["ClientRequestToken"].as_str()?.to_owned()));
    token.unwrap_or_else(|| request.headers().get("amz-sdk-invocation-id").unwrap_or_default().to_owned())
}
