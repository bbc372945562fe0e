//! Functions as Lambda runs them: from the start of the process to its first question for an event, and what an event costs
//! from then on, compared with a function that does nothing.

use std::fs;
use std::process::Stdio;
use std::time::Instant;

use dynoxide::Database;
use latchkey::dynamodb;
use latchkey_harness::{ADMIN, RuntimeApi, test_secret};
use latchkey_shared::settings::{ADMIN_SECRET, ID_SECRET, SEAL_SECRETS};
use tokio::net::TcpListener;
use tokio::process::{Child, Command};

use crate::{Binaries, Failure, median};

/// What all others are compared with.
const HELLO: &str = "hello";
/// The functions on the hot paths, each with what it is sent.
const MEASURED: [&str; 4] = [HELLO, "gate-verify", "tyk-get-key", "tyk-create-key"];
/// Starts of each, in turn.
const STARTS: usize = 40;
/// Events sent to each, one after the other.
const EVENTS: u32 = 2000;

/// Prints a table of the functions on the hot paths.
#[expect(clippy::print_stdout, reason = "this is what the command prints")]
pub(crate) async fn measure(binaries: &Binaries) -> Result<(), Failure> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let store = dynamodb::serve(Database::memory()?, listener, "latchkey-").await?.endpoint;
    // The sample events read a key that another sample event makes.
    let mut upsert = Running::start(binaries, "tyk-upsert-key", &store).await?;
    upsert.invoke(&event("tyk-upsert-key")?).await?;

    let mut starts = vec![Vec::new(); MEASURED.len()];
    for _ in 0..STARTS {
        for (name, starts) in MEASURED.iter().zip(&mut starts) {
            let before = Instant::now();
            let _running = Running::start(binaries, name, &store).await?;
            starts.push(before.elapsed().as_secs_f64() * 1000.0);
        }
    }
    println!("function          size MB  start ms  x hello  CPU us an event  x hello  resident MB");
    let (mut hello_start, mut hello_cpu) = (0.0, 0.0);
    for (name, starts) in MEASURED.iter().zip(starts) {
        let size = fs::metadata(binaries.path(name))?.len() as f64 / 1e6;
        let (start, (cpu, resident)) = (median(starts), warm(binaries, name, &store).await?);
        if *name == HELLO {
            (hello_start, hello_cpu) = (start, cpu);
        }
        let (starts, cpus) = (start / hello_start, cpu / hello_cpu);
        println!("{name:<16} {size:>8.1} {start:>9.2} {starts:>8.2} {cpu:>16.0} {cpus:>8.2} {resident:>12.1}");
    }
    Ok(())
}

/// CPU microseconds of one event, and the most memory that was resident, in MB.
async fn warm(binaries: &Binaries, name: &str, store: &str) -> Result<(f64, f64), Failure> {
    let mut running = Running::start(binaries, name, store).await?;
    let event = if name == HELLO { event("gate-verify")? } else { event(name)? };
    for _ in 0..100 {
        running.invoke(&event).await?;
    }
    let before = running.cpu_seconds()?;
    for _ in 0..EVENTS {
        running.invoke(&event).await?;
    }
    let cpu = (running.cpu_seconds()? - before) * 1e6 / f64::from(EVENTS);
    Ok((cpu, running.resident_mb()?))
}

/// The sample event of a function.
fn event(name: &str) -> Result<String, Failure> {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../events");
    Ok(fs::read_to_string(format!("{file}/{name}.json"))?.replace("REPLACE-ME", ADMIN))
}

/// A function that is ready for events.
struct Running {
    process: Child,
    api: RuntimeApi,
}

impl Running {
    async fn start(binaries: &Binaries, name: &str, store: &str) -> Result<Self, Failure> {
        let mut api = RuntimeApi::start().await;
        let process = Command::new(binaries.path(name))
            .env_clear()
            .env("AWS_LAMBDA_RUNTIME_API", api.address.to_string())
            .env("AWS_LAMBDA_FUNCTION_NAME", name)
            .env("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST")
            .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256")
            .env("AWS_LAMBDA_LOG_GROUP_NAME", name)
            .env("AWS_LAMBDA_LOG_STREAM_NAME", name)
            .env("AWS_REGION", "eu-west-1")
            .env("AWS_ACCESS_KEY_ID", "bench")
            .env("AWS_SECRET_ACCESS_KEY", "bench")
            .env("LATCHKEY_DYNAMODB_ENDPOINT", store)
            .env(ADMIN_SECRET.name, ADMIN)
            .env(ID_SECRET.name, test_secret('I'))
            .env(SEAL_SECRETS.name, format!("v1:{}", test_secret('S')))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()?;
        api.ready().await;
        Ok(Self { process, api })
    }

    async fn invoke(&mut self, event: &str) -> Result<(), Failure> {
        let answer = self.api.invoke(event.to_owned()).await??;
        let answer: serde_json::Value = serde_json::from_str(&answer)?;
        if answer["statusCode"] == 200 { Ok(()) } else { Err(format!("not as expected: {answer}").into()) }
    }

    /// What the process has run so far. It has one thread, so what Linux tells of that is all.
    fn cpu_seconds(&self) -> Result<f64, Failure> {
        let told = fs::read_to_string(self.file("schedstat")?)?;
        let nanoseconds: u64 = told.split_whitespace().next().ok_or("no schedstat")?.parse()?;
        Ok(nanoseconds as f64 / 1e9)
    }

    fn resident_mb(&self) -> Result<f64, Failure> {
        let status = fs::read_to_string(self.file("status")?)?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).ok_or("no VmHWM")?;
        let kilobytes: f64 = line.trim_end_matches("kB").trim().parse()?;
        Ok(kilobytes / 1000.0)
    }

    fn file(&self, name: &str) -> Result<String, Failure> {
        Ok(format!("/proc/{}/{name}", self.process.id().ok_or("it ended")?))
    }
}
