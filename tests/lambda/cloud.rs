//! What stands in for AWS: a DynamoDB on a loopback port, and processes with the environment that Lambda gives.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::sync::Mutex;
use std::time::Duration;

use aws_sdk_dynamodb::Client;
use dynoxide::Database;
use latchkey::dynamodb;
use latchkey::embedded::{self, Embedded};
use latchkey_functions::table::FUNCTIONS;
use latchkey_harness::{ADMIN, Answer, Reply, RuntimeApi, SESSION_SECRET, SecretsManager, test_secret};
use latchkey_shared::runtime::function::Function;
use latchkey_shared::secrets::Secret;
use latchkey_shared::store::{TableNames, tables};
use serde_json::Value;
use tempfile::{NamedTempFile, TempDir};
use tokio::net::TcpListener;
use tokio::process::{Child, Command};
use tokio::sync::oneshot;
use tokio::time::timeout;

use crate::event::Event;
use crate::failing::{self, Failing};
use crate::slow_store::{self, Slow};

/// Long enough for a busy machine; nothing waits this long unless it is broken.
const PATIENCE: Duration = Duration::from_secs(60);

/// The secret key of the processes' AWS credentials.
const AWS_SECRET: &str = "aws-secret-key-of-the-tests";

/// A store, and all processes that a test starts on it.
pub(crate) struct Cloud {
    /// The store, for the test itself.
    pub(crate) client: Client,
    /// Where it is.
    pub(crate) endpoint: String,
    logs: TempDir,
    secrets: Mutex<Vec<String>>,
}

impl Cloud {
    /// Starts an empty store with all tables.
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let served = dynamodb::serve(Database::memory().unwrap(), listener, &TableNames::with_prefix("latchkey-"))
            .await
            .unwrap();
        Self::at(served.endpoint, served.client)
    }

    /// Starts one that fails now and then, once the test says so.
    pub(crate) async fn start_failing() -> (Self, Failing) {
        let database = Embedded::new(Database::memory().unwrap());
        let client = embedded::client(database.clone());
        tables::create(&client, &TableNames::with_prefix("latchkey-")).await.unwrap();
        let (endpoint, failing) = failing::serve(database).await;
        (Self::at(endpoint, client), failing)
    }

    /// Starts one that answers as the test says.
    pub(crate) async fn start_slow() -> (Self, Slow) {
        let database = Embedded::new(Database::memory().unwrap());
        let client = embedded::client(database.clone());
        tables::create(&client, &TableNames::with_prefix("latchkey-")).await.unwrap();
        let (endpoint, slow) = slow_store::serve(database).await;
        (Self::at(endpoint, client), slow)
    }

    fn at(endpoint: String, client: Client) -> Self {
        let secrets = [ADMIN, &test_secret('I'), &test_secret('S'), SESSION_SECRET, AWS_SECRET].map(str::to_owned);
        Self { client, endpoint, logs: tempfile::tempdir().unwrap(), secrets: Mutex::new(secrets.into()) }
    }

    /// Starts the function `name` with just the secrets that it declares.
    pub(crate) async fn function(&self, name: &str) -> Process {
        self.function_with(name, &[]).await
    }

    /// Starts the function `name` with settings on top.
    pub(crate) async fn function_with(&self, name: &str, settings: &[(&str, &str)]) -> Process {
        self.start_function(name, "", settings).await
    }

    /// Starts the function `name`, which reads its secrets from `manager`.
    pub(crate) async fn function_of(&self, manager: &SecretsManager, name: &str) -> Process {
        let settings = manager.settings(function(name).secrets);
        let settings: Vec<_> = settings.iter().map(|(name, value)| (*name, value.as_str())).collect();
        self.function_with(name, &settings).await
    }

    /// Starts the function `name` without the setting `missing`.
    pub(crate) async fn function_without(&self, name: &str, missing: &str) -> Process {
        self.start_function(name, missing, &[]).await
    }

    async fn start_function(&self, name: &str, missing: &str, settings: &[(&str, &str)]) -> Process {
        let api = RuntimeApi::start().await;
        let log = NamedTempFile::new_in(&self.logs).unwrap().into_temp_path().keep().unwrap();
        let mut command = self.command(function(name), &log);
        command.env("AWS_LAMBDA_RUNTIME_API", api.address.to_string());
        command.env_remove(missing).envs(settings.iter().copied());
        Process { child: command.spawn().unwrap(), api, log }
    }

    /// Starts the function `name` without the setting `missing` or with wrong ones, and waits until it gives up:
    /// how, and what it wrote.
    pub(crate) async fn refused(&self, name: &str, missing: &str, wrong: &[(&str, &str)]) -> (ExitStatus, String) {
        let log = NamedTempFile::new_in(&self.logs).unwrap().into_temp_path().keep().unwrap();
        let mut command = self.command(function(name), &log);
        // Nothing answers at port 1: whoever gets that far has taken the settings.
        command.env("AWS_LAMBDA_RUNTIME_API", "127.0.0.1:1").env_remove(missing).envs(wrong.iter().copied());
        let status = timeout(PATIENCE, command.spawn().unwrap().wait()).await.expect("it goes on running").unwrap();
        (status, fs::read_to_string(log).unwrap())
    }

    /// From now on no process may write this.
    pub(crate) fn keep_secret(&self, secret: &str) {
        assert!(secret.len() > 7, "{secret:?} may well occur by chance");
        self.secrets.lock().unwrap().push(secret.to_owned());
    }

    /// All that processes have written so far.
    pub(crate) fn logs(&self) -> String {
        fs::read_dir(&self.logs).unwrap().map(|log| fs::read_to_string(log.unwrap().path()).unwrap()).collect()
    }

    /// The line of each request so far.
    pub(crate) fn requests(&self) -> Vec<Value> {
        requests(&self.logs())
    }

    fn command(&self, function: &Function, log: &Path) -> Command {
        // Cargo builds every binary of the package before its tests, all into one folder.
        let binary = Path::new(env!("CARGO_BIN_EXE_unrouted")).with_file_name(function.name);
        let log = File::options().append(true).open(log).unwrap();
        let mut command = Command::new(binary);
        command
            .env_clear()
            .env("AWS_LAMBDA_FUNCTION_NAME", function.name)
            .env("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST")
            .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256")
            .env("AWS_LAMBDA_LOG_GROUP_NAME", format!("/aws/lambda/{}", function.name))
            .env("AWS_LAMBDA_LOG_STREAM_NAME", "2026/01/15/[$LATEST]0")
            .env("AWS_REGION", "eu-west-1")
            .env("AWS_ACCESS_KEY_ID", "AKIDOFTHETESTS")
            .env("AWS_SECRET_ACCESS_KEY", AWS_SECRET)
            .env("AWS_ENDPOINT_URL_DYNAMODB", &self.endpoint)
            .envs(function.secrets.iter().map(|secret| setting(*secret)))
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .kill_on_drop(true);
        command
    }
}

impl Drop for Cloud {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            let logs = self.logs();
            let secrets = self.secrets.lock().unwrap();
            assert!(!secrets.iter().any(|secret| logs.contains(secret)), "a secret or a token was written: {logs}");
        }
    }
}

/// A running function.
pub(crate) struct Process {
    child: Child,
    api: RuntimeApi,
    log: PathBuf,
}

impl Process {
    /// Sends an event and waits for the answer.
    pub(crate) async fn call(&mut self, event: &Event) -> Reply {
        self.call_json(event.to_json()).await
    }

    /// Sends an event that is JSON already.
    pub(crate) async fn call_json(&mut self, event: Value) -> Reply {
        match self.ask(event).await {
            Ok(answer) => reply(&answer),
            Err(error) => panic!("{error}: {}", fs::read_to_string(&self.log).unwrap()),
        }
    }

    /// Waits until it has asked for its first event.
    pub(crate) async fn ready(&mut self) {
        self.api.ready().await;
    }

    /// Sends any event and waits for what the function answers: a value, or an error.
    pub(crate) async fn ask(&mut self, event: Value) -> Result<Value, String> {
        self.answered(self.api.invoke(event.to_string())).await
    }

    /// The same for an event whose deadline is so long after the function takes it.
    pub(crate) async fn ask_for(&mut self, time: Duration, event: Value) -> Result<Value, String> {
        self.answered(self.api.invoke_for(time, event.to_string())).await
    }

    async fn answered(&mut self, answer: oneshot::Receiver<Answer>) -> Result<Value, String> {
        let answer = async {
            tokio::select! {
                answer = answer => answer.unwrap(),
                exit = self.child.wait() => Err(format!("ended with {}", exit.unwrap())),
            }
        };
        let answer = timeout(PATIENCE, answer).await.unwrap_or_else(|_| Err("no answer".into()));
        answer.map(|answer| serde_json::from_str(&answer).unwrap())
    }

    /// The line of each request that it has answered so far.
    pub(crate) fn requests(&self) -> Vec<Value> {
        requests(&fs::read_to_string(&self.log).unwrap())
    }

    /// Sends an event and does not wait for the answer.
    pub(crate) fn give_up(&self, event: &Event) {
        drop(self.api.invoke(event.to_json().to_string()));
    }
}

/// The lines of requests in a log.
fn requests(log: &str) -> Vec<Value> {
    let lines = log.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("no JSON: {line}")));
    lines.filter(|line: &Value| line["message"] == "request").collect()
}

/// The function named so.
pub(crate) fn function(name: &str) -> &'static Function {
    FUNCTIONS.into_iter().find(|function| function.name == name).unwrap()
}

/// The setting that gives a function this secret.
pub(crate) fn setting(secret: Secret) -> (&'static str, String) {
    let text = match secret {
        Secret::Admin => ADMIN.to_owned(),
        Secret::Id => test_secret('I'),
        Secret::Session => SESSION_SECRET.to_owned(),
        Secret::Seal => format!("v1:{}", test_secret('S')),
    };
    (secret.setting().name, text)
}

/// What API Gateway makes of a function's answer.
pub(crate) fn reply(answer: &Value) -> Reply {
    assert_ne!(answer["isBase64Encoded"], true, "{answer}");
    let headers = answer["headers"].as_object().unwrap().iter();
    let headers = headers.map(|(name, value)| (name.parse().unwrap(), value.as_str().unwrap().parse().unwrap()));
    Reply {
        status: answer["statusCode"].as_u64().unwrap().try_into().unwrap(),
        headers: headers.collect(),
        text: answer["body"].as_str().unwrap_or_default().to_owned(),
    }
}

/// Serves `app` on a port of its own, at the endpoint that is returned.
pub(crate) async fn serve(app: axum::Router) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, app).await });
    endpoint
}
