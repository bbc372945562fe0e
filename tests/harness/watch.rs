//! A store that notes every call, refuses what the calling function's policy does not allow, and fails on demand.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use aws_sdk_dynamodb::config::{HttpClient, RuntimeComponents};
use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::result::ConnectorError;
use latchkey::embedded::{self, Embedded};
use latchkey_shared::runtime::function::Function;
use serde_json::{Value, json};
use tokio::sync::Notify;

use crate::faults::{Fault, Faults, call_id};
use crate::touched::touched;

/// One call of the store.
#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    /// The function that made it.
    pub function: &'static str,
    /// The operation, such as `GetItem`.
    pub operation: String,
    /// Each table it touched and how, such as `Keys:PutItem`.
    pub parts: Vec<String>,
    /// The capacity units that it consumed.
    pub units: f64,
}

/// As `tests/api/capacity.jsonl` has it: `Keys:UpdateItem+Audit:PutItem 4`.
impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.parts.join("+"), self.units)
    }
}

/// A store call that waits until the test lets it go.
#[derive(Clone, Default)]
pub struct Hold {
    reached: Arc<Notify>,
    released: Arc<Notify>,
}

impl Hold {
    /// Waits until the call is about to be made.
    pub async fn reached(&self) {
        self.reached.notified().await;
    }

    /// Lets the call go.
    pub fn release(&self) {
        self.released.notify_one();
    }
}

/// Watches the calls of one server.
#[derive(Clone)]
pub struct Watch {
    database: Embedded,
    prefix: String,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    calls: Vec<Call>,
    faults: Faults,
    /// The transactions that are late, and the items that they hold.
    late: BTreeMap<String, Vec<String>>,
    holds: Vec<(&'static str, String, usize, Hold)>,
    violations: Vec<String>,
}

impl Watch {
    /// Watches the calls to `database`, whose tables begin with `prefix`.
    #[must_use]
    pub fn new(database: Embedded, prefix: &str) -> Self {
        Self { database, prefix: prefix.to_owned(), state: Arc::default() }
    }

    /// The store as `function` reaches it.
    #[must_use]
    pub fn of(&self, function: &'static Function) -> impl HttpClient + 'static {
        Watched { watch: self.clone(), function }
    }

    /// The calls since the last time this was asked.
    #[must_use]
    pub fn calls(&self) -> Vec<Call> {
        std::mem::take(&mut self.state().calls)
    }

    /// Makes the next call of `operation` go wrong, and each attempt to repeat it; said twice, the next two.
    pub fn fail_next(&self, operation: &str, fault: Fault) {
        self.fail_nth(operation, 0, fault);
    }

    /// Makes a call of `operation` go wrong after `well` more that go well.
    pub fn fail_nth(&self, operation: &str, well: usize, fault: Fault) {
        self.state().faults.plan_call(operation, well, fault);
    }

    /// Makes a single attempt go wrong, whatever it does, after `well` more that go well.
    pub fn fail_attempt(&self, well: usize, fault: Fault) {
        self.state().faults.plan_attempt(well, fault);
    }

    /// Holds the call of `operation` that `function` makes after `others` more.
    #[must_use]
    pub fn hold_nth(&self, function: &'static str, operation: &str, others: usize) -> Hold {
        let hold = Hold::default();
        self.state().holds.push((function, operation.to_owned(), others, hold.clone()));
        hold
    }

    /// Holds the next call of `operation` that `function` makes.
    #[must_use]
    pub fn hold_next(&self, function: &'static str, operation: &str) -> Hold {
        self.hold_nth(function, operation, 0)
    }

    /// Whether all faults have happened; those without an end at least once.
    #[must_use]
    pub fn all_faults_happened(&self) -> bool {
        self.state().faults.all_happened()
    }

    /// Panics if a function did what its policy does not allow.
    ///
    /// # Panics
    /// If one did.
    pub fn assert_allowed(&self) {
        let violations = &self.state().violations;
        assert!(violations.is_empty(), "not declared in the FUNCTION: {violations:#?}");
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    fn call(
        &self,
        function: &'static Function,
        operation: &str,
        body: &[u8],
        fault: Option<Fault>,
    ) -> Result<(u16, String), ConnectorError> {
        let request: Value = serde_json::from_slice(body).unwrap();
        let parts = self.parts(operation, &request);
        let allowed = |part: &String| {
            let mut access = function
                .access
                .iter()
                .flat_map(|(table, actions)| actions.iter().map(move |action| format!("{}:{action:?}", table.name())));
            access.any(|access| access == *part)
        };
        if let Some(part) = parts.iter().find(|part| !allowed(part)) {
            self.state().violations.push(format!("{}: {part}", function.name));
            return Ok((400, refusal("AccessDeniedException")));
        }
        match fault {
            Some(Fault::Refuse) => return Ok((500, refusal("InternalServerError"))),
            Some(Fault::Throttle) => return Ok((400, refusal("ProvisionedThroughputExceededException"))),
            Some(Fault::Conflict) if operation == "TransactWriteItems" => return Ok((400, conflict(parts.len()))),
            Some(Fault::Conflict) => return Ok((400, refusal("TransactionConflictException"))),
            Some(Fault::LoseAnswer) => {
                let _lost = self.database.call(operation, body);
                return Err(ConnectorError::timeout("the answer got lost".into()));
            }
            Some(Fault::Late(_)) | None => {}
        }
        let (status, answer) = self.database.call(operation, body);
        let units = units(&serde_json::from_str(&answer).unwrap());
        let call = Call { function: function.name, operation: operation.to_owned(), parts, units };
        self.state().calls.push(call);
        Ok((status, answer))
    }

    /// Does a call later on, whoever still waits for it then.
    fn call_late(
        &self,
        of: &'static Function,
        (id, operation, body): (String, String, Vec<u8>),
        after: Duration,
    ) -> HttpConnectorFuture {
        let watch = self.clone();
        if operation == "TransactWriteItems" {
            let request = serde_json::from_slice(&body).unwrap();
            self.state().late.insert(id.clone(), touched(&operation, &request, &self.prefix));
        }
        let late = tokio::spawn(async move {
            tokio::time::sleep(after).await;
            let answer = watch.call(of, &operation, &body, None);
            watch.state().late.remove(&id);
            answer
        });
        HttpConnectorFuture::new(async move {
            let (status, body) = late.await.unwrap()?;
            embedded::response(status, body)
        })
    }

    /// What a late transaction makes of a call: of its own repetition, and of one for the items that it holds.
    fn in_the_way(&self, id: &str, operation: &str, body: &[u8]) -> Option<String> {
        let late = &self.state().late;
        if late.contains_key(id) {
            return Some(refusal("TransactionInProgressException"));
        }
        if late.is_empty() {
            return None;
        }
        let request: Value = serde_json::from_slice(body).unwrap();
        let items = touched(operation, &request, &self.prefix);
        if !late.values().flatten().any(|held| items.contains(held)) {
            return None;
        }
        Some(match request["TransactItems"].as_array() {
            Some(parts) => conflict(parts.len()),
            None => refusal("TransactionConflictException"),
        })
    }

    fn hold(&self, function: &'static str, operation: &str) -> Option<Hold> {
        let holds = &mut self.state().holds;
        let at = holds.iter().position(|(of, at, ..)| *of == function && at == operation)?;
        if holds[at].2 > 0 {
            holds[at].2 -= 1;
            return None;
        }
        Some(holds.remove(at).3)
    }

    /// What a request touches, as a policy names it.
    fn parts(&self, operation: &str, request: &Value) -> Vec<String> {
        let part = |request: &Value, action: &str| {
            let table = request["TableName"].as_str().unwrap_or_default();
            format!("{}:{action}", table.strip_prefix(&self.prefix).unwrap_or(table))
        };
        if let Some(tables) = request["RequestItems"].as_object() {
            return tables.keys().map(|table| part(&json!({"TableName": table}), operation)).collect();
        }
        let Some(items) = request["TransactItems"].as_array() else { return vec![part(request, operation)] };
        let items = items.iter().flat_map(|item| item.as_object().unwrap());
        items.map(|(kind, item)| part(item, &format!("{kind}Item"))).collect()
    }
}

fn units(answer: &Value) -> f64 {
    match &answer["ConsumedCapacity"] {
        Value::Array(tables) => tables.iter().filter_map(|table| table["CapacityUnits"].as_f64()).sum(),
        table => table["CapacityUnits"].as_f64().unwrap_or_default(),
    }
}

fn refusal(code: &str) -> String {
    json!({"__type": format!("com.amazonaws.dynamodb.v20120810#{code}"), "message": "as asked for"}).to_string()
}

fn conflict(parts: usize) -> String {
    let reasons: Vec<_> = (0..parts).map(|_| json!({"Code": "TransactionConflict"})).collect();
    json!({
        "__type": "com.amazonaws.dynamodb.v20120810#TransactionCanceledException",
        "Message": "Transaction cancelled", "CancellationReasons": reasons,
    })
    .to_string()
}

#[derive(Clone)]
struct Watched {
    watch: Watch,
    function: &'static Function,
}

impl fmt::Debug for Watched {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Watched")
    }
}

impl HttpConnector for Watched {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let operation = embedded::operation(&request).to_owned();
        let body = request.body().bytes().unwrap_or_default().to_vec();
        let id = call_id(&request);
        if let Some(refused) = self.watch.in_the_way(&id, &operation, &body) {
            return HttpConnectorFuture::ready(embedded::response(400, refused));
        }
        let fault = self.watch.state().faults.next(&id, &operation);
        if let Some(Fault::Late(after)) = fault {
            return self.watch.call_late(self.function, (id, operation, body), after);
        }
        let hold = self.watch.hold(self.function.name, &operation);
        let watched = self.clone();
        let call = move || {
            let (status, body) = watched.watch.call(watched.function, &operation, &body, fault)?;
            embedded::response(status, body)
        };
        let Some(hold) = hold else { return HttpConnectorFuture::ready(call()) };
        HttpConnectorFuture::new(async move {
            hold.reached.notify_one();
            hold.released.notified().await;
            call()
        })
    }
}

impl HttpClient for Watched {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}
