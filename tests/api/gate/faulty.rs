//! A gate whose writes to the store go wrong as planned, one by one.

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::sync::{Arc, Mutex};

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use latchkey::embedded::{self, Embedded};
use latchkey_functions::gate::decide::{Question, decide};
use latchkey_harness::{Fault, call_id, patient_client, test_secret};
use latchkey_shared::auth::Gateway;
use latchkey_shared::clock::Clock;
use latchkey_shared::envelope::gate::Code;
use latchkey_shared::limits::Money;
use latchkey_shared::rights::Call;
use latchkey_shared::runtime::service::Service;
use latchkey_shared::secrets::{Secret, Secrets};
use latchkey_shared::settings::{ID_SECRET, Settings};
use latchkey_shared::store::Store;

/// A gate that shares its database and clock with a test's servers.
pub(super) struct FaultyGate {
    service: Service,
    plan: Plan,
}

impl FaultyGate {
    pub(super) fn on(database: Embedded, clock: Clock) -> Self {
        let get = |name: &str| (name == ID_SECRET.name).then(|| test_secret('I'));
        let (settings, secrets) = (Settings::read(get).unwrap(), Secrets::read(&[Secret::Id], get).unwrap());
        let plan = Plan { database, next: Arc::default(), planned: Arc::default() };
        let store = Store::new(patient_client(plan.clone()), &settings);
        Self { service: Service { settings, secrets, store, clock }, plan }
    }

    /// What becomes of the next writes, in their order; `None` = nothing goes wrong. The opening of a key's day, before
    /// the first update, is not one of them.
    pub(super) fn plan(&self, faults: impl IntoIterator<Item = Option<Fault>>) {
        *self.plan.next.lock().unwrap() = faults.into_iter().collect();
    }

    /// Whether every planned fault happened.
    pub(super) fn all_happened(&self) -> bool {
        self.plan.next.lock().unwrap().is_empty()
    }

    /// One call of the API `test`; `None` when no decision could be made.
    pub(super) async fn call(&self, token: &str) -> Option<Code> {
        self.call_for(token, 0).await
    }

    /// One that reserves so many billionths of money.
    pub(super) async fn call_for(&self, token: &str, spend: i128) -> Option<Code> {
        let call = Call { api: "test", ..Call::default() };
        let question = Question { presented: token, call, cost: 1, spend: Money::from_nanos(spend) };
        decide(&self.service, Gateway::admitted_outside().scope(), &question).await.ok().map(|decision| decision.code)
    }
}

#[derive(Clone)]
struct Plan {
    database: Embedded,
    next: Arc<Mutex<VecDeque<Option<Fault>>>>,
    /// What became of each call, also of the attempts to repeat it.
    planned: Arc<Mutex<HashMap<String, Option<Fault>>>>,
}

impl fmt::Debug for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Plan")
    }
}

impl HttpConnector for Plan {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let operation = embedded::operation(&request).to_owned();
        let opens_a_day = operation == "UpdateItem" && is_of_usage(&request);
        let writes = matches!(operation.as_str(), "UpdateItem" | "TransactWriteItems") && !opens_a_day;
        let mut planned = self.planned.lock().unwrap();
        let mut next = || self.next.lock().unwrap().pop_front().flatten();
        let fault = if writes { *planned.entry(call_id(&request)).or_insert_with(&mut next) } else { None };
        let run = || self.database.call(&operation, request.body().bytes().unwrap());
        let error = |code: &str| format!("{{\"__type\":\"com.amazonaws.dynamodb.v20120810#{code}\"}}");
        let (status, body) = match fault {
            None => run(),
            Some(Fault::Refuse) => (500, error("InternalServerError")),
            Some(Fault::Conflict) if operation == "UpdateItem" => (400, error("TransactionConflictException")),
            Some(Fault::Conflict) => (400, cancelled()),
            Some(Fault::Throttle | Fault::Late(_)) => unreachable!("not planned"),
            Some(Fault::LoseAnswer) => {
                let _lost = run();
                return HttpConnectorFuture::ready(Err(ConnectorError::timeout("the answer got lost".into())));
            }
        };
        HttpConnectorFuture::ready(embedded::response(status, body))
    }
}

fn is_of_usage(request: &HttpRequest) -> bool {
    let body: serde_json::Value = serde_json::from_slice(request.body().bytes().unwrap()).unwrap();
    body["TableName"].as_str().unwrap().ends_with("Usage")
}

/// How DynamoDB refuses a transaction that meets another.
fn cancelled() -> String {
    serde_json::json!({
        "__type": "com.amazonaws.dynamodb.v20120810#TransactionCanceledException",
        "CancellationReasons": [{"Code": "TransactionConflict"}],
    })
    .to_string()
}

impl HttpClient for Plan {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}
