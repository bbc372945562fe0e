//! A process of the service: every endpoint on a port of its own, with the client and the settings of a function. Its
//! clock follows what is written to its standard input.

use std::net::SocketAddr;
use std::process::Stdio;
use std::time::Duration;

use latchkey::client_limits::ClientLimits;
use latchkey::server::Server;
use latchkey_shared::aws::{self, Aws};
use latchkey_shared::clock::{Clock, Millis};
use latchkey_shared::settings::Settings;
use latchkey_shared::store::Store;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::process::{Child, ChildStdin, Command};

/// Set in a process that is a worker: when its clock starts (ms).
const NOW: &str = "LATCHKEY_HISTORIES_NOW";

/// Whether this process is a worker.
pub(crate) fn is_one() -> bool {
    std::env::var_os(NOW).is_some()
}

/// Serves until its standard input ends.
pub(crate) async fn serve() {
    let get = |name: &str| std::env::var(name).ok();
    let clock = Clock::manual(get(NOW).unwrap().parse().unwrap());
    let aws = Aws::load(&Settings::read(get).unwrap(), aws::environment()).await.unwrap();
    let server =
        Server::new(get, |_, settings| Store::connect(&aws, settings), &clock, ClientLimits::default()).unwrap();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    println!("{}", listener.local_addr().unwrap());
    tokio::spawn(server.serve(listener, std::future::pending()));
    let mut lines = BufReader::new(tokio::io::stdin()).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        let now: Millis = line.parse().unwrap();
        clock.advance(now - clock.now());
    }
}

/// A worker that runs; it is killed when this is dropped.
pub(crate) struct Worker {
    pub(crate) address: SocketAddr,
    child: Child,
    clock: ChildStdin,
}

impl Worker {
    /// Starts one on the store at `endpoint`.
    pub(crate) async fn start(endpoint: &str, now: Millis, settings: &[(&str, String)]) -> Self {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command
            .env_clear()
            .env(NOW, now.to_string())
            .env("AWS_REGION", "eu-west-1")
            .env("AWS_ACCESS_KEY_ID", "AKIDOFTHETESTS")
            .env("AWS_SECRET_ACCESS_KEY", "aws-secret-key-of-the-tests")
            .env("AWS_ENDPOINT_URL_DYNAMODB", endpoint)
            .envs(settings.iter().map(|(name, value)| (*name, value)))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true);
        let mut child = command.spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let address = lines.next_line().await.unwrap().expect("a worker ended at its start").parse().unwrap();
        let clock = child.stdin.take().unwrap();
        Self { address, child, clock }
    }

    /// Sets its clock.
    pub(crate) async fn set_clock(&mut self, now: Millis) {
        // A worker that was just killed does not hear it.
        let _heard = self.clock.write_all(format!("{now}\n").as_bytes()).await;
    }

    /// Kills it with all that it is doing.
    pub(crate) async fn kill(mut self) {
        self.child.start_kill().unwrap();
        let _ended = tokio::time::timeout(Duration::from_secs(10), self.child.wait()).await.unwrap();
    }
}
