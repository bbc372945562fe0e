//! A stub of the Lambda Runtime API for one process: hands out events, takes the answers.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot, watch};

/// What a function may take at most, as the template says too.
const TIMEOUT: Duration = Duration::from_secs(10);

/// The trace of every event.
const TRACE: &str = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1";

/// What a function answers: a response or, when it failed, an error.
pub type Answer = Result<String, String>;

/// The API that one process of a function talks to.
pub struct RuntimeApi {
    /// Where it listens.
    pub address: SocketAddr,
    events: mpsc::UnboundedSender<Invocation>,
    asked: watch::Receiver<bool>,
}

struct Invocation {
    event: String,
    time: Duration,
    answer: oneshot::Sender<Answer>,
}

struct Shared {
    waiting: tokio::sync::Mutex<mpsc::UnboundedReceiver<Invocation>>,
    running: Mutex<HashMap<String, oneshot::Sender<Answer>>>,
    ready: watch::Sender<bool>,
}

impl RuntimeApi {
    /// Starts one on a port of its own.
    ///
    /// # Panics
    /// When there is no port to be had.
    pub async fn start() -> Self {
        let (events, waiting) = mpsc::unbounded_channel();
        let (ready, asked) = watch::channel(false);
        let shared = Shared { waiting: waiting.into(), running: Mutex::default(), ready };
        let app = axum::Router::new()
            .route("/2018-06-01/runtime/invocation/next", get(next))
            .route("/2018-06-01/runtime/invocation/{id}/response", post(response))
            .route("/2018-06-01/runtime/invocation/{id}/error", post(error))
            .route("/2018-06-01/runtime/init/error", post(async || StatusCode::ACCEPTED))
            .with_state(Arc::new(shared));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self { address, events, asked }
    }

    /// Waits until the process is ready: until it has asked for its first event.
    ///
    /// # Panics
    /// When the API has stopped.
    pub async fn ready(&mut self) {
        self.asked.wait_for(|asked| *asked).await.unwrap();
    }

    /// Queues an event; its answer comes through what is returned.
    ///
    /// # Panics
    /// When the API has stopped.
    #[must_use]
    pub fn invoke(&self, event: String) -> oneshot::Receiver<Answer> {
        self.invoke_for(TIMEOUT, event)
    }

    /// Queues an event whose deadline is so long after the process takes it.
    ///
    /// # Panics
    /// When the API has stopped.
    #[must_use]
    pub fn invoke_for(&self, time: Duration, event: String) -> oneshot::Receiver<Answer> {
        let (answer, answered) = oneshot::channel();
        assert!(self.events.send(Invocation { event, time, answer }).is_ok(), "the Runtime API has stopped");
        answered
    }
}

async fn next(State(shared): State<Arc<Shared>>) -> ([(&'static str, String); 5], String) {
    shared.ready.send_replace(true);
    let next = shared.waiting.lock().await.recv().await;
    // Whoever started this API is gone, so there is nothing more to come.
    let Some(Invocation { event, time, answer }) = next else { return std::future::pending().await };
    let id = uuid::Uuid::new_v4().to_string();
    shared.running.lock().unwrap().insert(id.clone(), answer);
    tokio::spawn(end(shared.clone(), id.clone(), time));
    let deadline = SystemTime::now().duration_since(UNIX_EPOCH).unwrap() + time;
    let headers = [
        ("content-type", "application/json".to_owned()),
        ("lambda-runtime-aws-request-id", id),
        ("lambda-runtime-deadline-ms", deadline.as_millis().to_string()),
        ("lambda-runtime-trace-id", TRACE.to_owned()),
        ("lambda-runtime-invoked-function-arn", "arn:aws:lambda:eu-west-1:123456789012:function:tested".to_owned()),
    ];
    (headers, event)
}

/// Ends an invocation at its deadline, as Lambda does.
async fn end(shared: Arc<Shared>, id: String, time: Duration) {
    tokio::time::sleep(time).await;
    answer(&shared, &id, Err("no answer before the deadline".to_owned()));
}

async fn response(State(shared): State<Arc<Shared>>, Path(id): Path<String>, body: String) -> StatusCode {
    answer(&shared, &id, Ok(body))
}

async fn error(State(shared): State<Arc<Shared>>, Path(id): Path<String>, body: String) -> StatusCode {
    answer(&shared, &id, Err(body))
}

fn answer(shared: &Shared, id: &str, answer: Answer) -> StatusCode {
    // Whether its caller still waits is not the function's business.
    match shared.running.lock().unwrap().remove(id).map(|invocation| invocation.send(answer)) {
        Some(_) => StatusCode::ACCEPTED,
        None => StatusCode::BAD_REQUEST,
    }
}
