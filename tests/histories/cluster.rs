//! The processes of one history, the store that they share, and how clients reach them.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use dynoxide::Database;
use latchkey::embedded::{self, Embedded};
use latchkey_harness::{ADMIN, test_secret};
use latchkey_shared::clock::Millis;
use latchkey_shared::settings::{ADMIN_SECRET, ID_SECRET, SEAL_SECRETS};
use latchkey_shared::store::{Table, TableNames, tables};
use serde_json::Value;
use tokio::sync::RwLock;
use tokio::time::Instant;

use crate::store::FaultyStore;
use crate::worker::Worker;

/// How many processes there are.
const WORKERS: usize = 3;
/// When the clocks start: 2026-01-31T15:00:00Z, some hours before a month's border.
const START: Millis = 1_769_871_600_000;
/// The clocks run so much faster than time. What a request saw of them may be some seconds old when it takes effect,
/// which must stay far below the five minutes from which on a clock counts as wrong.
const SPEED: Millis = 20;
const TICK: Duration = Duration::from_millis(150);
/// How far the clocks jump now and then, when no request is under way: over the border, and through the hours.
const JUMP: Millis = 61 * 60 * 1000;
const PAUSE: Duration = Duration::from_millis(2500);

/// An answer that came.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) link: String,
    pub(crate) body: Value,
}

impl Reply {
    /// The text `name` at the top of the body.
    pub(crate) fn text(&self, name: &str) -> &str {
        self.body[name].as_str().unwrap_or_else(|| panic!("no {name}: {self:?}"))
    }
}

/// Processes on one store.
pub(crate) struct Cluster {
    endpoint: String,
    store: FaultyStore,
    database: aws_sdk_dynamodb::Client,
    workers: RwLock<Vec<Worker>>,
    now: AtomicI64,
    until: Mutex<Instant>,
    /// Held by every request; a jump of the clocks waits for all of them.
    requests: RwLock<()>,
    asked: AtomicU64,
    unanswered: AtomicU64,
    killed: AtomicU64,
    http: reqwest::Client,
}

impl Cluster {
    /// Starts the processes, on a store on which nothing goes wrong yet.
    pub(crate) async fn start() -> Arc<Self> {
        let embedded = Embedded::new(Database::memory().unwrap());
        let database = embedded::client(embedded.clone());
        tables::create(&database, &TableNames::with_prefix("latchkey-")).await.unwrap();
        let (endpoint, store) = FaultyStore::serve(embedded).await;
        let http = reqwest::Client::builder().timeout(Duration::from_secs(60)).build().unwrap();
        let cluster = Arc::new(Self {
            endpoint,
            store,
            database,
            workers: RwLock::default(),
            now: AtomicI64::new(START),
            until: Mutex::new(Instant::now()),
            requests: RwLock::default(),
            asked: AtomicU64::new(0),
            unanswered: AtomicU64::new(0),
            killed: AtomicU64::new(0),
            http,
        });
        for _ in 0..WORKERS {
            let worker = cluster.worker().await;
            cluster.workers.write().await.push(worker);
        }
        cluster
    }

    /// Lets calls of the store go wrong and the clocks run, while clients work for so long.
    pub(crate) fn begin(self: &Arc<Self>, time: Duration) {
        self.store.fail();
        *self.until.lock().unwrap() = Instant::now() + time;
        let (ticking, jumping) = (self.clone(), self.clone());
        tokio::spawn(async move {
            loop {
                tokio::time::sleep(TICK).await;
                ticking.advance(Millis::try_from(TICK.as_millis()).unwrap() * SPEED).await;
            }
        });
        tokio::spawn(async move {
            while jumping.goes_on() {
                tokio::time::sleep(PAUSE).await;
                jumping.jump().await;
            }
        });
    }

    /// Moves the clocks by an hour while no request is under way, nor a call of the store that is late.
    pub(crate) async fn jump(&self) {
        let _quiet = self.requests.write().await;
        while self.store.counts.under_way.load(Ordering::SeqCst) > 0 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        self.advance(JUMP).await;
        // Until every process has heard of it.
        tokio::time::sleep(Duration::from_millis(20)).await;
    }

    async fn worker(&self) -> Worker {
        let settings = [
            (ADMIN_SECRET.name, ADMIN.to_owned()),
            (ID_SECRET.name, test_secret('I')),
            (SEAL_SECRETS.name, format!("v1:{}", test_secret('S'))),
        ];
        Worker::start(&self.endpoint, self.now(), &settings).await
    }

    async fn advance(&self, by: Millis) {
        let now = self.now.fetch_add(by, Ordering::SeqCst) + by;
        for worker in &mut *self.workers.write().await {
            worker.set_clock(now).await;
        }
    }

    /// What the clocks say.
    pub(crate) fn now(&self) -> Millis {
        self.now.load(Ordering::SeqCst)
    }

    /// Whether clients go on working.
    pub(crate) fn goes_on(&self) -> bool {
        Instant::now() < *self.until.lock().unwrap()
    }

    /// Kills a process in the midst of its work, and starts another in its place.
    pub(crate) async fn kill_one(&self) {
        let other = self.worker().await;
        let victim = {
            let mut workers = self.workers.write().await;
            let at = fastrand::usize(0..workers.len());
            std::mem::replace(&mut workers[at], other)
        };
        victim.kill().await;
        self.killed.fetch_add(1, Ordering::SeqCst);
    }

    /// Asks one of the processes as the administrator; `None` when no answer came.
    pub(crate) async fn ask(&self, method: &str, path: &str, body: Option<&Value>) -> Option<Reply> {
        self.send(method, path, &[], body).await
    }

    /// The same, with headers on top.
    pub(crate) async fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<&Value>,
    ) -> Option<Reply> {
        let _under_way = self.requests.read().await;
        let address = {
            let workers = self.workers.read().await;
            workers[fastrand::usize(0..workers.len())].address
        };
        let method = reqwest::Method::from_bytes(method.as_bytes()).unwrap();
        let mut request = self.http.request(method, format!("http://{address}{path}"));
        request = request.header("x-tyk-authorization", ADMIN);
        if !headers.iter().any(|(name, _)| *name == "authorization") {
            request = request.bearer_auth(ADMIN);
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(body) = body {
            request = request.body(body.to_string());
        }
        self.asked.fetch_add(1, Ordering::SeqCst);
        let answer = async {
            let response = request.send().await.ok()?;
            let status = response.status().as_u16();
            let link = response.headers().get("link").map_or("", |link| link.to_str().unwrap()).to_owned();
            let text = response.text().await.ok()?;
            Some(Reply { status, link, body: serde_json::from_str(&text).unwrap_or_default() })
        };
        let answer = answer.await;
        self.unanswered.fetch_add(u64::from(answer.is_none()), Ordering::SeqCst);
        answer
    }

    /// Asks again and again until the answer has one of these statuses.
    pub(crate) async fn until(&self, method: &str, path: &str, body: Option<&Value>, wanted: &[u16]) -> Reply {
        for _ in 0..60 {
            match self.ask(method, path, body).await {
                Some(reply) if wanted.contains(&reply.status) => return reply,
                Some(reply) => assert!(reply.status >= 500 || removal_failed(&reply), "{method} {path}: {reply:?}"),
                None => {}
            }
        }
        panic!("{method} {path} never came to {wanted:?}");
    }

    /// What the gate says to one call; `None` when it came to no decision.
    pub(crate) async fn verify(&self, question: &Value) -> Option<Value> {
        let reply = self.ask("POST", "/v1/keys/verify", Some(question)).await?;
        assert!(matches!(reply.status, 200 | 503), "{reply:?}");
        (reply.status == 200).then_some(reply.body)
    }

    /// Every item of a table, read from the store itself.
    pub(crate) async fn items(
        &self,
        table: Table,
    ) -> Vec<std::collections::HashMap<String, aws_sdk_dynamodb::types::AttributeValue>> {
        let (mut items, mut from) = (Vec::new(), None);
        loop {
            let scan = self.database.scan().table_name(table.full_name("latchkey-")).set_exclusive_start_key(from);
            let page = scan.send().await.unwrap();
            items.extend(page.items.unwrap_or_default());
            from = page.last_evaluated_key;
            if from.is_none() {
                return items;
            }
        }
    }

    /// How many calls of the store may have taken effect though nobody heard of it.
    pub(crate) fn in_doubt(&self) -> i64 {
        let counts = &self.store.counts;
        let in_doubt = counts.lost_after.load(Ordering::SeqCst) + counts.late.load(Ordering::SeqCst);
        i64::try_from(in_doubt + self.unanswered.load(Ordering::SeqCst)).unwrap()
    }

    /// What happened, in numbers.
    pub(crate) fn figures(&self) -> String {
        let of = |counter: &AtomicU64| counter.load(Ordering::SeqCst);
        let counts = &self.store.counts;
        format!(
            "{} requests ({} unanswered), {} processes killed; {} store calls: {} lost before and {} after they took \
             effect, {} late, {} throttled, {} in conflict",
            of(&self.asked),
            of(&self.unanswered),
            of(&self.killed),
            of(&counts.calls),
            of(&counts.lost_before),
            of(&counts.lost_after),
            of(&counts.late),
            of(&counts.throttled),
            of(&counts.conflicts),
        )
    }
}

/// Whether it is Tyk's answer to a store that fails while something is removed.
fn removal_failed(reply: &Reply) -> bool {
    reply.status == 400 && reply.body["message"] == "Failed to remove the key"
}
