//! A DynamoDB over HTTP whose calls go wrong at random, as they do on a network.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use latchkey::embedded::Embedded;
use latchkey_harness::touched;
use serde_json::{Value, json};
use tokio::net::TcpListener;

/// The store, and how often its calls went wrong.
#[derive(Clone)]
pub(crate) struct FaultyStore {
    database: Embedded,
    /// The transactions that are under way: their tokens, and the items that they hold.
    late: Arc<Mutex<BTreeMap<String, Vec<String>>>>,
    /// Whether calls go wrong.
    failing: Arc<AtomicBool>,
    pub(crate) counts: Arc<Counts>,
}

/// How many calls there were, and how many of them went wrong.
#[derive(Default)]
pub(crate) struct Counts {
    pub(crate) calls: AtomicU64,
    pub(crate) lost_before: AtomicU64,
    pub(crate) lost_after: AtomicU64,
    pub(crate) late: AtomicU64,
    /// Those that are still to take effect.
    pub(crate) under_way: AtomicU64,
    pub(crate) throttled: AtomicU64,
    pub(crate) conflicts: AtomicU64,
}

impl FaultyStore {
    /// Serves `database` at the endpoint that is returned.
    pub(crate) async fn serve(database: Embedded) -> (String, Self) {
        let store = Self { database, late: Arc::default(), failing: Arc::default(), counts: Arc::default() };
        let app = axum::Router::new().fallback(answer).with_state(store.clone());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, app).await });
        (endpoint, store)
    }

    /// From now on calls go wrong.
    pub(crate) fn fail(&self) {
        self.failing.store(true, Ordering::SeqCst);
    }

    fn call(&self, operation: &str, body: &[u8]) -> Response {
        let (status, body) = self.database.call(operation, body);
        let headers = [("content-type", "application/x-amz-json-1.0")];
        (StatusCode::from_u16(status).unwrap(), headers, body).into_response()
    }

    /// Does a call after the client's first attempt was given up. Until then a transaction holds its items.
    async fn call_late(&self, request: Request) -> Response {
        if let Some(token) = &request.token {
            self.late.lock().unwrap().insert(token.clone(), request.items());
        }
        self.counts.under_way.fetch_add(1, Ordering::SeqCst);
        let store = self.clone();
        let late = tokio::spawn(async move {
            tokio::time::sleep(Duration::from_millis(fastrand::u64(2050..2600))).await;
            let answer = store.call(&request.operation, &request.body);
            store.late.lock().unwrap().retain(|token, _| Some(token) != request.token.as_ref());
            store.counts.under_way.fetch_sub(1, Ordering::SeqCst);
            answer
        });
        late.await.unwrap()
    }

    /// What a transaction that is under way makes of a request: its own repetition, or one for the same items.
    fn in_the_way(&self, request: &Request) -> Option<Response> {
        let late = self.late.lock().unwrap();
        if request.token.as_ref().is_some_and(|token| late.contains_key(token)) {
            return Some(refused("TransactionInProgressException"));
        }
        let items = request.items();
        let held = late.values().flatten().any(|held| items.contains(held));
        held.then(|| request.conflict())
    }
}

/// A call of the store.
struct Request {
    operation: String,
    body: Bytes,
    json: Value,
    token: Option<String>,
}

impl Request {
    fn read(headers: &HeaderMap, body: Bytes) -> Self {
        let operation = headers["x-amz-target"].to_str().unwrap().rsplit('.').next().unwrap().to_owned();
        let json: Value = serde_json::from_slice(&body).unwrap();
        let token = json["ClientRequestToken"].as_str().map(str::to_owned);
        Self { operation, body, json, token }
    }

    fn writes(&self) -> bool {
        matches!(self.operation.as_str(), "TransactWriteItems" | "UpdateItem")
    }

    fn items(&self) -> Vec<String> {
        touched(&self.operation, &self.json, "latchkey-")
    }

    fn conflict(&self) -> Response {
        match self.json["TransactItems"].as_array() {
            None => refused("TransactionConflictException"),
            Some(parts) => {
                let reasons: Vec<_> = parts.iter().map(|_| json!({"Code": "TransactionConflict"})).collect();
                let code = "com.amazonaws.dynamodb.v20120810#TransactionCanceledException";
                bad_request(&json!({"__type": code, "CancellationReasons": reasons}))
            }
        }
    }
}

async fn answer(State(store): State<FaultyStore>, headers: HeaderMap, body: Bytes) -> Response {
    let request = Request::read(&headers, body);
    let counts = &store.counts;
    let count = |counter: &AtomicU64| counter.fetch_add(1, Ordering::SeqCst);
    count(&counts.calls);
    if let Some(refused) = store.in_the_way(&request) {
        count(&counts.conflicts);
        return refused;
    }
    let dice = if store.failing.load(Ordering::SeqCst) { fastrand::u32(0..1000) } else { 1000 };
    match dice {
        0..15 => {
            count(&counts.lost_before);
            lost()
        }
        15..30 => {
            count(&counts.lost_after);
            let _unheard = store.call(&request.operation, &request.body);
            lost()
        }
        30..40 if request.writes() => {
            count(&counts.late);
            store.call_late(request).await
        }
        45..60 => {
            count(&counts.throttled);
            refused("ProvisionedThroughputExceededException")
        }
        60..75 if request.writes() => {
            count(&counts.conflicts);
            request.conflict()
        }
        _ => store.call(&request.operation, &request.body),
    }
}

fn refused(code: &str) -> Response {
    bad_request(&json!({"__type": format!("com.amazonaws.dynamodb.v20120810#{code}")}))
}

fn bad_request(body: &Value) -> Response {
    (StatusCode::BAD_REQUEST, [("content-type", "application/x-amz-json-1.0")], body.to_string()).into_response()
}

/// An answer that breaks off: the client cannot know what became of its call.
fn lost() -> Response {
    let broken = futures_util::stream::iter([Err::<Bytes, _>(std::io::Error::other("the answer got lost"))]);
    axum::body::Body::from_stream(broken).into_response()
}
