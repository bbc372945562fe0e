//! A DynamoDB over HTTP that fails now and then: before it does what it is asked for, or after.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use latchkey::embedded::Embedded;

use crate::cloud;

/// Says how often it fails.
#[derive(Clone, Default)]
pub(crate) struct Failing {
    percent: Arc<AtomicUsize>,
    failed: Arc<AtomicUsize>,
}

impl Failing {
    /// From now on so many of a hundred calls fail.
    pub(crate) fn percent(&self, percent: usize) {
        self.percent.store(percent, Ordering::SeqCst);
    }

    /// How many have failed.
    pub(crate) fn failed(&self) -> usize {
        self.failed.load(Ordering::SeqCst)
    }

    fn strikes(&self) -> bool {
        let strikes = fastrand::usize(0..100) < self.percent.load(Ordering::SeqCst);
        self.failed.fetch_add(usize::from(strikes), Ordering::SeqCst);
        strikes
    }
}

/// Serves `database` at the endpoint that is returned.
pub(crate) async fn serve(database: Embedded) -> (String, Failing) {
    let failing = Failing::default();
    let app = axum::Router::new().fallback(answer).with_state((database, failing.clone()));
    (cloud::serve(app).await, failing)
}

async fn answer(
    State((database, failing)): State<(Embedded, Failing)>,
    headers: HeaderMap,
    body: Bytes,
) -> (StatusCode, [(&'static str, &'static str); 1], String) {
    let target = headers["x-amz-target"].to_str().unwrap();
    let operation = target.rsplit('.').next().unwrap();
    let error = || (500, "{\"__type\":\"com.amazonaws.dynamodb.v20120810#InternalServerError\"}".to_owned());
    let (status, body) = match (failing.strikes(), fastrand::bool()) {
        (false, _) => database.call(operation, &body),
        (true, false) => error(),
        (true, true) => {
            let _unheard = database.call(operation, &body);
            error()
        }
    };
    (StatusCode::from_u16(status).unwrap(), [("content-type", "application/x-amz-json-1.0")], body)
}
