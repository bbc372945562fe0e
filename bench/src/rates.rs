//! How many requests the local server answers in a second, with its keys in memory and in a file.

use std::process::Stdio;
use std::time::{Duration, Instant};

use latchkey_shared::settings::ADMIN_SECRET;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::task::JoinSet;

use crate::client::{Client, request};
use crate::{Binaries, Failure, median};

/// Connections at once.
const CONNECTIONS: usize = 16;
/// How long each kind of request is measured.
const SPAN: Duration = Duration::from_secs(5);
/// Keys that lists are measured with.
const KEYS: [usize; 2] = [1_000, 20_000];
const SECRET: &str = "secret-of-the-bench";
const KEY: &str = r#"{"org_id":"default","rate":1000000,"per":1,"quota_max":-1,"access_rights":{"test":{"api_id":"test","versions":["Default"]}}}"#;

/// Prints a table of rates, and how long the first page of a list takes.
#[expect(clippy::print_stdout, reason = "this is what the command prints")]
pub(crate) async fn measure(binaries: &Binaries) -> Result<(), Failure> {
    println!("\nlocal server      create/s     get/s  verify/s  delete/s   p99 ms of verify");
    for kept in ["memory", "file"] {
        let server = Server::start(binaries, kept).await?;
        let made = server.storm(SPAN, None, |_| request("POST", "/tyk/keys/create", &admin(), KEY)).await?;
        let tokens: Vec<String> = made.answers.iter().filter_map(|answer| token(answer)).collect();
        let of = |n: usize| tokens.get(n % tokens.len()).map_or("", String::as_str);
        let get = server.storm(SPAN, None, |n| request("GET", &format!("/tyk/keys/{}", of(n)), &admin(), "")).await?;
        let ask = |n| request("POST", "/v1/keys/verify", &bearer(), &format!(r#"{{"key":"{}","api":"test"}}"#, of(n)));
        let verify = server.storm(SPAN, None, ask).await?;
        let delete = |n| request("DELETE", &format!("/tyk/keys/{}", of(n)), &admin(), "");
        let delete = server.storm(SPAN, Some(tokens.len()), delete).await?;
        let rates = [&made, &get, &verify, &delete].map(|storm| storm.rate);
        let [create, get, ask, delete] = rates;
        let p99 = verify.p99_ms;
        println!("{kept:<16} {create:>9.0} {get:>9.0} {ask:>9.0} {delete:>9.0} {p99:>18.2}");
    }
    let server = Server::start(binaries, "memory").await?;
    let mut there = 0;
    for keys in KEYS {
        server.storm(Duration::MAX, Some(keys - there), |_| request("POST", "/tyk/keys/create", &admin(), KEY)).await?;
        there = keys;
        println!("first page of a list of {keys} keys: {:.2} ms", server.first_page().await?);
    }
    Ok(())
}

fn admin() -> String {
    format!("x-tyk-authorization: {SECRET}")
}

fn bearer() -> String {
    format!("authorization: Bearer {SECRET}")
}

fn token(answer: &str) -> Option<String> {
    serde_json::from_str::<serde_json::Value>(answer).ok()?["key"].as_str().map(str::to_owned)
}

/// What many requests at once came to.
struct Storm {
    rate: f64,
    p99_ms: f64,
    answers: Vec<String>,
}

/// A running local server.
struct Server {
    host: String,
    _process: Child,
    _folder: tempfile::TempDir,
}

impl Server {
    async fn start(binaries: &Binaries, kept: &str) -> Result<Self, Failure> {
        let folder = tempfile::tempdir()?;
        let mut command = Command::new(binaries.path("latchkey"));
        command.args(["--listen", "127.0.0.1:0"]).env_clear().env(ADMIN_SECRET.name, SECRET);
        match kept {
            "memory" => command.arg("--memory"),
            _ => command.arg("--data").arg(folder.path()),
        };
        let mut process = command.stdout(Stdio::piped()).stderr(Stdio::null()).kill_on_drop(true).spawn()?;
        let mut greeting = BufReader::new(process.stdout.take().ok_or("no greeting")?).lines();
        let first = greeting.next_line().await?.unwrap_or_default();
        let host = first.rsplit("http://").next().unwrap_or_default().to_owned();
        // What it prints further is read, so that it never waits for a reader.
        tokio::spawn(async move { while let Ok(Some(_)) = greeting.next_line().await {} });
        Ok(Self { host, _process: process, _folder: folder })
    }

    /// Sends requests over several connections for a time, or until there were `most`; all must be answered 200.
    async fn storm(
        &self,
        span: Duration,
        most: Option<usize>,
        request: impl Fn(usize) -> Vec<u8>,
    ) -> Result<Storm, Failure> {
        let per_connection = most.map_or(usize::MAX, |most| most.div_ceil(CONNECTIONS));
        // Prepared, so that the time goes into the server; each connection repeats its own.
        let prepared = most.map_or(1024, |_| per_connection);
        let began = Instant::now();
        let mut connections = JoinSet::new();
        for connection in 0..CONNECTIONS {
            let requests: Vec<_> = (0..prepared).map(|n| request(connection + n * CONNECTIONS)).collect();
            let host = self.host.clone();
            connections.spawn(async move {
                let (mut client, mut times, mut answers) = (Client::connect(&host).await?, Vec::new(), Vec::new());
                for request in requests.iter().cycle().take(per_connection) {
                    let sent = Instant::now();
                    if sent.duration_since(began) > span {
                        break;
                    }
                    let (status, body) = client.send(request).await?;
                    times.push(sent.elapsed().as_secs_f64() * 1000.0);
                    // A request for one more than there are may meet one that is gone.
                    if status != 200 && !(status == 404 && most.is_some()) {
                        return Err(Failure::from(format!("{status}: {body}")));
                    }
                    answers.push(body.to_owned());
                }
                Ok((times, answers))
            });
        }
        let (mut times, mut answers) = (Vec::new(), Vec::new());
        while let Some(done) = connections.join_next().await {
            let (of_one, answered) = done??;
            times.extend(of_one);
            answers.extend(answered);
        }
        let rate = times.len() as f64 / began.elapsed().as_secs_f64();
        times.sort_by(f64::total_cmp);
        let p99_ms = times.get(times.len() * 99 / 100).copied().unwrap_or_default();
        Ok(Storm { rate, p99_ms, answers })
    }

    /// Milliseconds of the first page of all keys, a hundred of them.
    async fn first_page(&self) -> Result<f64, Failure> {
        let mut client = Client::connect(&self.host).await?;
        let page = request("GET", "/tyk/keys?limit=100", &admin(), "");
        let mut times = Vec::new();
        for _ in 0..50 {
            let sent = Instant::now();
            let (status, body) = client.send(&page).await?;
            if status != 200 {
                return Err(format!("{status}: {body}").into());
            }
            times.push(sent.elapsed().as_secs_f64() * 1000.0);
        }
        Ok(median(times))
    }
}
