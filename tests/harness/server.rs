//! A running local server in this process, with tables of its own in memory and a clock of its own.

use std::collections::HashMap;
use std::sync::Mutex;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::HttpClient;
use aws_sdk_dynamodb::types::AttributeValue;
use dynoxide::Database;
use latchkey::client_limits::ClientLimits;
use latchkey::embedded::{self, Embedded};
use latchkey::server::Server;
use latchkey_shared::clock::Clock;
use latchkey_shared::settings::{ADMIN_SECRET, ID_SECRET, SEAL_SECRETS, SESSION_JWT_SECRET, Settings};
use latchkey_shared::store::client::{metered, patient};
use latchkey_shared::store::{Store, Table, TableNames, tables};
use serde_json::{Value, json};
use tokio::sync::oneshot;

use crate::described::{self, Answered};
use crate::http::{Body, Reply, send};
use crate::session::SESSION_SECRET;
use crate::watch::Watch;

/// The admin secret of every test server.
pub const ADMIN: &str = "admin-secret-of-the-tests";

/// When a test's clock starts: 2026-01-15T12:00:00Z.
const START: i64 = 1_768_478_400_000;

/// A secret for the tests: base64 of 32 times the same byte.
#[must_use]
pub fn test_secret(letter: char) -> String {
    // Ten letters stand for 30 bytes and a little; four more for the rest.
    letter.to_string().repeat(42) + "A="
}

/// The body of a usual key of the organisation `org`.
#[must_use]
pub fn key(org: &str) -> Value {
    json!({
        "org_id": org, "rate": 1000, "per": 60, "quota_max": -1,
        "access_rights": {"test": {"api_id": "test", "api_name": "Test", "versions": ["v1"]}},
    })
}

/// A server of its own for one test.
pub struct TestServer {
    /// Where it listens: `http://127.0.0.1:PORT`.
    pub base: String,
    /// Its clock, which only the test moves.
    pub clock: Clock,
    /// What its functions do to the store.
    pub watch: Watch,
    /// Its tables, unwatched.
    pub client: Client,
    /// The prefix of its tables.
    pub prefix: String,
    /// What it answered, as far as documents describe it.
    pub answered: Mutex<Answered>,
    http: reqwest::Client,
    /// The server stops when this is dropped, and its tables go.
    _stop: oneshot::Sender<()>,
}

/// A client with the retries and time limits of production, which reaches its store through `http`.
#[must_use]
pub fn patient_client(http: impl HttpClient + 'static) -> Client {
    Client::from_conf(metered(patient(embedded::config(http))).build())
}

impl TestServer {
    /// Starts one with the default settings.
    pub async fn start() -> Self {
        Self::with(&[]).await
    }

    /// Starts one with these settings on top of the defaults.
    pub async fn with(settings: &[(&str, &str)]) -> Self {
        Self::on(Embedded::new(Database::memory().unwrap()), Clock::manual(START), settings).await
    }

    /// Starts one on a database and with a clock that others may share.
    ///
    /// # Panics
    /// When a setting is wrong.
    pub async fn on(database: Embedded, clock: Clock, settings: &[(&str, &str)]) -> Self {
        // Most tests fail to authenticate more often than anybody should.
        let limits = ClientLimits { admin_failures: u32::MAX, ..ClientLimits::default() };
        Self::within(limits, database, clock, settings).await
    }

    /// Starts one with the default settings that lets its clients take no more than this.
    pub async fn limited(limits: ClientLimits) -> Self {
        Self::within(limits, Embedded::new(Database::memory().unwrap()), Clock::manual(START), &[]).await
    }

    async fn within(limits: ClientLimits, database: Embedded, clock: Clock, settings: &[(&str, &str)]) -> Self {
        let mut env = HashMap::from([
            (ADMIN_SECRET.name.to_owned(), ADMIN.to_owned()),
            (ID_SECRET.name.to_owned(), test_secret('I')),
            (SEAL_SECRETS.name.to_owned(), format!("v1:{}", test_secret('S'))),
        ]);
        // A test that is about session tokens sets all of it.
        if !settings.iter().any(|(name, _)| name.starts_with("LATCHKEY_SESSION_")) {
            env.insert(SESSION_JWT_SECRET.name.to_owned(), SESSION_SECRET.to_owned());
        }
        env.extend(settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        let get = |name: &str| env.get(name).cloned();
        let prefix = Settings::read(get).unwrap().table_prefix;

        let client = embedded::client(database.clone());
        tables::create(&client, &TableNames::with_prefix(&prefix)).await.unwrap();
        let watch = Watch::new(database, &prefix);
        let store = |function, settings: &Settings| Store::new(patient_client(watch.of(function)), settings);
        let server = Server::new(get, store, &clock, limits).unwrap();

        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let (stop, stopped) = oneshot::channel();
        tokio::spawn(server.serve(listener, async { drop(stopped.await) }));
        let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        Self { base, clock, watch, client, prefix, answered: Mutex::default(), http, _stop: stop }
    }

    /// Sends a request as the administrator.
    pub async fn admin(&self, method: &str, path: &str, body: impl Into<Body>) -> Reply {
        self.send(method, path, &[("X-Tyk-Authorization", ADMIN)], body).await
    }

    /// Sends a request with just these headers. The answer must be as the OpenAPI documents describe it.
    ///
    /// # Panics
    /// When it is not.
    pub async fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: impl Into<Body>) -> Reply {
        let body = body.into();
        let sent = body.bytes().to_vec();
        let reply = send(&self.http, &format!("{}{path}", self.base), method, headers, body).await;
        if let Some(operation) = described::check(method, path, &sent, &reply) {
            self.answered.lock().unwrap().insert((operation, reply.status));
        }
        reply
    }

    /// Sends a request with this bearer token.
    pub async fn bearer(&self, token: &str, method: &str, path: &str, body: impl Into<Body>) -> Reply {
        self.send(method, path, &[("Authorization", &format!("Bearer {token}"))], body).await
    }

    /// Makes a usual key of `org` with a random token, which is returned.
    pub async fn create_key(&self, org: &str) -> String {
        self.admin("POST", "/tyk/keys/create", key(org)).await.expect(200).text_of("key")
    }

    /// Every item of `table`.
    ///
    /// # Panics
    /// When the table cannot be read.
    pub async fn items(&self, table: Table) -> Vec<HashMap<String, AttributeValue>> {
        let mut items = Vec::new();
        let mut from = None;
        loop {
            let scan = self.client.scan().table_name(table.full_name(&self.prefix)).set_exclusive_start_key(from);
            let page = scan.send().await.unwrap();
            items.extend(page.items.unwrap_or_default());
            from = page.last_evaluated_key;
            if from.is_none() {
                return items;
            }
        }
    }

    /// All tables, in a form that can be compared.
    ///
    /// # Panics
    /// When a table cannot be read.
    pub async fn everything(&self) -> Vec<String> {
        let mut rows = Vec::new();
        for table in Table::ALL {
            for item in self.items(table).await {
                let mut attributes: Vec<_> = item.iter().map(|(name, value)| format!("{name}={value:?}")).collect();
                attributes.sort();
                rows.push(format!("{table:?} {}", attributes.join(" ")));
            }
        }
        rows.sort();
        rows
    }
}

/// Numbers that a test would take years to reach.
impl TestServer {
    /// Changes the number `attribute` of every item of `table` that has one.
    ///
    /// # Panics
    /// When the table cannot be read or written.
    pub async fn edit(&self, table: Table, attribute: &str, change: impl Fn(i128) -> i128) {
        for mut item in self.items(table).await {
            let Some(number) = item.get(attribute).and_then(|value| value.as_n().ok()).cloned() else { continue };
            let changed = change(number.parse().unwrap()).to_string();
            item.insert(attribute.to_owned(), AttributeValue::N(changed));
            let put = self.client.put_item().table_name(table.full_name(&self.prefix)).set_item(Some(item));
            put.send().await.unwrap();
        }
    }
}

impl Drop for TestServer {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            self.watch.assert_allowed();
        }
    }
}
