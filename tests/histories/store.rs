//! A DynamoDB over HTTP whose calls go wrong at random, as they do on a network.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use latchkey::embedded::Embedded;
use serde_json::Value;
use tokio::net::TcpListener;

/// The store, and how often its calls went wrong.
#[derive(Clone)]
pub(crate) struct FaultyStore {
    database: Embedded,
    /// The tokens of transactions that are under way.
    late: Arc<Mutex<BTreeSet<String>>>,
    pub(crate) counts: Arc<Counts>,
}

/// How many calls there were, and how many of them went wrong.
#[derive(Default)]
pub(crate) struct Counts {
    pub(crate) calls: AtomicU64,
    pub(crate) lost_before: AtomicU64,
    pub(crate) lost_after: AtomicU64,
    pub(crate) late: AtomicU64,
    pub(crate) throttled: AtomicU64,
    pub(crate) conflicts: AtomicU64,
}

impl FaultyStore {
    /// Serves `database` at the endpoint that is returned.
    pub(crate) async fn serve(database: Embedded) -> (String, Self) {
        let store = Self { database, late: Arc::default(), counts: Arc::default() };
        let app = axum::Router::new().fallback(answer).with_state(store.clone());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, app).await });
        (endpoint, store)
    }

    fn call(&self, operation: &str, body: &[u8]) -> Response {
        let (status, body) = self.database.call(operation, body);
        let headers = [("content-type", "application/x-amz-json-1.0")];
        (StatusCode::from_u16(status).unwrap(), headers, body).into_response()
    }

    /// Does a call after the client's first attempt was given up.
    async fn call_late(&self, operation: String, body: Bytes, token: Option<String>) -> Response {
        self.late.lock().unwrap().extend(token.clone());
        let store = self.clone();
        let late = tokio::spawn(async move {
            tokio::time::sleep(Duration::from_millis(fastrand::u64(2050..2600))).await;
            let answer = store.call(&operation, &body);
            store.late.lock().unwrap().retain(|late| Some(late) != token.as_ref());
            answer
        });
        late.await.unwrap()
    }
}

async fn answer(State(store): State<FaultyStore>, headers: HeaderMap, body: Bytes) -> Response {
    let operation = headers["x-amz-target"].to_str().unwrap().rsplit('.').next().unwrap().to_owned();
    let writes = matches!(operation.as_str(), "TransactWriteItems" | "UpdateItem");
    let token = serde_json::from_slice::<Value>(&body).ok();
    let token = token.and_then(|body| Some(body["ClientRequestToken"].as_str()?.to_owned()));
    let counts = &store.counts;
    let count = |counter: &AtomicU64| counter.fetch_add(1, Ordering::SeqCst);
    count(&counts.calls);
    if token.as_ref().is_some_and(|token| store.late.lock().unwrap().contains(token)) {
        return refused("TransactionInProgressException");
    }
    match fastrand::u32(0..1000) {
        0..15 => {
            count(&counts.lost_before);
            lost()
        }
        15..30 => {
            count(&counts.lost_after);
            let _unheard = store.call(&operation, &body);
            lost()
        }
        30..45 if writes => {
            count(&counts.late);
            store.call_late(operation, body, token).await
        }
        45..60 => {
            count(&counts.throttled);
            refused("ProvisionedThroughputExceededException")
        }
        60..75 if operation == "UpdateItem" => {
            count(&counts.conflicts);
            refused("TransactionConflictException")
        }
        _ => store.call(&operation, &body),
    }
}

fn refused(code: &str) -> Response {
    let body = format!("{{\"__type\":\"com.amazonaws.dynamodb.v20120810#{code}\"}}");
    (StatusCode::BAD_REQUEST, [("content-type", "application/x-amz-json-1.0")], body).into_response()
}

/// An answer that breaks off: the client cannot know what became of its call.
fn lost() -> Response {
    let broken = futures_util::stream::iter([Err::<Bytes, _>(std::io::Error::other("the answer got lost"))]);
    axum::body::Body::from_stream(broken).into_response()
}
