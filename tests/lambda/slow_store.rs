//! A DynamoDB over HTTP that answers late, in drops, without end, never, or with an error.

use std::convert::Infallible;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, Response};
use futures_util::stream;
use latchkey::embedded::Embedded;
use serde_json::{Value, json};
use tokio::time::sleep;

use crate::cloud;

/// How long a slow answer takes: a little less than the client waits.
const SLOW: Duration = Duration::from_millis(1800);

/// How a store answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Manner {
    /// At once.
    Promptly,
    /// Never.
    Never,
    /// A byte now and then.
    InDrops,
    /// At once, but each page says that there is one more.
    WithoutEnd,
    /// Every second time slowly.
    SlowlyEverySecondTime,
    /// With this error.
    Refusing(&'static str),
}

/// Says how it answers.
#[derive(Clone)]
pub(crate) struct Slow {
    manner: Arc<Mutex<Manner>>,
    calls: Arc<AtomicUsize>,
}

impl Slow {
    /// From now on it answers so.
    pub(crate) fn answer(&self, manner: Manner) {
        *self.manner.lock().unwrap() = manner;
    }
}

/// Serves `database` at the endpoint that is returned, promptly at first.
pub(crate) async fn serve(database: Embedded) -> (String, Slow) {
    let slow = Slow { manner: Arc::new(Mutex::new(Manner::Promptly)), calls: Arc::default() };
    let app = axum::Router::new().fallback(answer).with_state((database, slow.clone()));
    (cloud::serve(app).await, slow)
}

async fn answer(
    State((database, slow)): State<(Embedded, Slow)>,
    headers: HeaderMap,
    request: Bytes,
) -> Response<Body> {
    let manner = *slow.manner.lock().unwrap();
    let call = slow.calls.fetch_add(1, Ordering::SeqCst);
    let operation = headers["x-amz-target"].to_str().unwrap().rsplit('.').next().unwrap();
    let (mut status, mut body) = database.call(operation, &request);
    match manner {
        Manner::Never => std::future::pending().await,
        Manner::SlowlyEverySecondTime if call % 2 == 1 => sleep(SLOW).await,
        Manner::Refusing(code) => (status, body) = (400, refusal(code)),
        Manner::WithoutEnd if status == 200 => body = without_end(operation, &request, &body),
        _ => {}
    }
    let response = Response::builder().status(status).header("content-type", "application/x-amz-json-1.0");
    response.body(if manner == Manner::InDrops { drops(body) } else { body.into() }).unwrap()
}

fn refusal(code: &str) -> String {
    json!({"__type": format!("com.amazonaws.dynamodb.v20120810#{code}"), "message": "as the test says"}).to_string()
}

/// The page with another one after it.
fn without_end(operation: &str, request: &[u8], page: &str) -> String {
    let request: Value = serde_json::from_slice(request).unwrap();
    let mut page: Value = serde_json::from_str(page).unwrap();
    match operation {
        "Query" | "Scan" => {
            let last = page["Items"].as_array().and_then(|items| items.last());
            let last = last.map(|last| json!({"org": last["org"], "sk": last["sk"]}));
            let from = request.get("ExclusiveStartKey").cloned();
            page["LastEvaluatedKey"] = last.or(from).unwrap_or_else(|| json!({"org": {"S": "o"}, "sk": {"S": "s"}}));
        }
        "BatchGetItem" => page = json!({"Responses": {}, "UnprocessedKeys": request["RequestItems"]}),
        _ => {}
    }
    page.to_string()
}

/// The body a byte at a time, after blanks, so that a short one takes long as well.
fn drops(body: String) -> Body {
    let body = format!("{}{body}", " ".repeat(50));
    Body::from_stream(stream::unfold((body.into_bytes(), 0), |(body, at)| async move {
        sleep(Duration::from_millis(200)).await;
        let byte = body.get(at).map(|byte| vec![*byte])?;
        Some((Ok::<_, Infallible>(byte), (body, at + 1)))
    }))
}
