//! One function as Lambda runs it: a process, and the API from which it takes its events.

use std::ffi::OsString;
use std::process::Stdio;
use std::time::{Duration, Instant};

use latchkey_harness::{ADMIN, RuntimeApi, test_secret};
use latchkey_shared::settings::{ADMIN_SECRET, ID_SECRET, SEAL_SECRETS};
use tokio::process::{Child, Command};

use super::events;
use super::stage::Stage;
use super::subject::{Link, Subject};
use crate::{Failure, process};

/// A function that waits for events.
pub(crate) struct Running {
    pub(crate) process: Child,
    api: RuntimeApi,
    function: &'static str,
    event: String,
    /// Just before `exec`.
    pub(crate) began: Instant,
    /// From then until it asked for its first event.
    pub(crate) ready: Duration,
    /// The CPU time that it had used by then.
    pub(crate) ready_cpu: Duration,
}

impl Running {
    /// Starts a function, under the command `wrapper` if that is not empty.
    pub(crate) async fn start(stage: &Stage, subject: Subject, wrapper: &[OsString]) -> Result<Self, Failure> {
        let mut api = RuntimeApi::start().await;
        let event = events::event(subject.function)?;
        let mut command = command(stage, subject, wrapper);
        command.env("AWS_LAMBDA_RUNTIME_API", api.address.to_string());
        let began = Instant::now();
        let mut process = command.spawn()?;
        tokio::select! {
            () = api.ready() => {}
            ended = process.wait() => return Err(format!("{} ended at its start: {}", subject.function, ended?).into()),
        }
        let ready = began.elapsed();
        let ready_cpu = process::cpu(process.id().ok_or("it ended")?)?;
        Ok(Self { process, api, function: subject.function, event, began, ready, ready_cpu })
    }

    /// Sends the function its event and checks the answer.
    pub(crate) async fn invoke(&self) -> Result<(), Failure> {
        let answer = self.api.invoke(self.event.clone()).await??;
        events::check(self.function, &answer)
    }

    pub(crate) fn pid(&self) -> Result<u32, Failure> {
        Ok(self.process.id().ok_or("it ended")?)
    }

    /// Waits until the function waits, with its connection open: it sleeps and uses no CPU for a while.
    pub(crate) async fn settle(&self) -> Result<(), Failure> {
        let (mut looks, mut before) = (0, Duration::ZERO);
        while looks < 4 {
            tokio::time::sleep(Duration::from_millis(75)).await;
            let now = process::cpu(self.pid()?)?;
            looks = if now == before && process::sleeps(self.pid()?)? { looks + 1 } else { 0 };
            before = now;
        }
        Ok(())
    }
}

fn command(stage: &Stage, subject: Subject, wrapper: &[OsString]) -> Command {
    let binary = stage.binary(subject.function).into_os_string();
    let mut words = wrapper.iter().chain([&binary]);
    let mut command = Command::new(words.next().unwrap_or(&binary));
    command
        .args(words)
        .env_clear()
        .env("AWS_LAMBDA_FUNCTION_NAME", subject.function)
        .env("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST")
        .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256")
        .env("AWS_LAMBDA_LOG_GROUP_NAME", subject.function)
        .env("AWS_LAMBDA_LOG_STREAM_NAME", subject.function)
        .env("AWS_REGION", "eu-west-1")
        .env("AWS_ACCESS_KEY_ID", "bench")
        .env("AWS_SECRET_ACCESS_KEY", "bench")
        .env(ADMIN_SECRET.name, ADMIN)
        .env(ID_SECRET.name, test_secret('I'))
        .env(SEAL_SECRETS.name, format!("v1:{}", test_secret('S')))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true);
    match subject.link {
        Link::Plain => command.env("AWS_ENDPOINT_URL_DYNAMODB", &stage.store.plain),
        Link::Tls => command
            .env("AWS_ENDPOINT_URL_DYNAMODB", &stage.store.tls)
            .env("LATCHKEY_TLS_ROOTS", "system")
            .env("SSL_CERT_FILE", &stage.store.roots),
    };
    command
}
