//! A `latchkey` process: started on a port of its own, spoken to, signalled; killed when it is dropped.

use std::net::SocketAddr;
use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use latchkey_harness::{Body, Reply, send};
use rustix::process::{Pid, kill_process};
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::process::{Child, Command};
use tokio::task::JoinHandle;
use tokio::time::timeout;

pub(crate) use rustix::process::Signal;

/// Longer than anything here takes, so that what hangs fails.
const PATIENCE: Duration = Duration::from_secs(20);

/// A server that listens.
pub(crate) struct Process {
    /// Where it listens.
    pub(crate) address: SocketAddr,
    /// Its admin secret, found where its greeting says.
    pub(crate) secret: String,
    /// What its greeting says for a shell to find that.
    pub(crate) secret_command: String,
    child: Child,
    stdout: JoinHandle<String>,
    stderr: JoinHandle<String>,
    http: reqwest::Client,
}

/// What is left of a process that ended.
pub(crate) struct Ended {
    /// How it ended.
    pub(crate) status: ExitStatus,
    /// All that it printed.
    pub(crate) stdout: String,
    /// All that it logged.
    pub(crate) stderr: String,
}

/// `latchkey` with these arguments and an empty environment.
pub(crate) fn latchkey(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_latchkey"));
    command.args(arguments).env_clear().kill_on_drop(true);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// `latchkey` on a free port and this data folder.
pub(crate) fn latchkey_on(folder: &Path) -> Command {
    let mut command = latchkey(&["--listen", "127.0.0.1:0"]);
    command.arg("--data").arg(folder);
    command
}

/// Runs a command that is expected to end by itself.
pub(crate) async fn run(command: &mut Command) -> Ended {
    let output = timeout(PATIENCE, command.output()).await.expect("it goes on and on").unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Ended { status: output.status, stdout: text(output.stdout), stderr: text(output.stderr) }
}

impl Process {
    /// Starts a server on this data folder with the default settings.
    pub(crate) async fn start(folder: &Path) -> Self {
        Self::spawn(latchkey_on(folder)).await
    }

    /// Starts a server and waits until it listens.
    pub(crate) async fn spawn(mut command: Command) -> Self {
        let mut child = command.spawn().unwrap();
        let stderr = collect(child.stderr.take().unwrap(), String::new());
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut greeting = String::new();
        while !greeting.contains("secret:") {
            let more = timeout(PATIENCE, stdout.read_line(&mut greeting)).await.expect("it never greets").unwrap();
            if more == 0 {
                panic!("it did not start: {}", stderr.await.unwrap());
            }
        }
        let (address, told) = (after(&greeting, "on http://"), after(&greeting, "secret:"));
        let secret = match told.strip_prefix("$(cat ") {
            Some(file) => found(&command, file.trim_end_matches(')')),
            None => variable(&command, told.trim_start_matches('$')).trim().to_owned(),
        };
        let secret_command = told.to_owned();
        let address = address.parse().unwrap();
        let http = reqwest::Client::builder().timeout(PATIENCE).build().unwrap();
        Self { address, secret, secret_command, child, stdout: collect(stdout, greeting), stderr, http }
    }

    /// Sends a request as the administrator.
    pub(crate) async fn admin(&self, method: &str, path: &str, body: impl Into<Body>) -> Reply {
        self.send(method, path, &self.secret, body).await
    }

    /// Sends a request with this bearer token.
    pub(crate) async fn bearer(&self, method: &str, path: &str, token: &str, body: impl Into<Body>) -> Reply {
        let url = format!("http://{}{path}", self.address);
        send(&self.http, &url, method, &[("Authorization", &format!("Bearer {token}"))], body).await
    }

    /// Sends a request with this admin secret.
    pub(crate) async fn send(&self, method: &str, path: &str, secret: &str, body: impl Into<Body>) -> Reply {
        let url = format!("http://{}{path}", self.address);
        send(&self.http, &url, method, &[("X-Tyk-Authorization", secret)], body).await
    }

    /// Sends a request to a server that may be killed meanwhile: the body of its answer, if all of it came.
    pub(crate) async fn try_admin(&self, method: reqwest::Method, path: &str, body: String) -> Option<String> {
        let request = self.http.request(method, format!("http://{}{path}", self.address));
        let response = request.header("X-Tyk-Authorization", &self.secret).body(body).send().await.ok()?;
        let status = response.status();
        let text = response.text().await.ok()?;
        assert!(status.is_success(), "{status}: {text}");
        Some(text)
    }

    /// Opens a connection to write bytes to that no HTTP client would.
    pub(crate) async fn connect(&self) -> Connection {
        Connection(TcpStream::connect(self.address).await.unwrap())
    }

    /// Waits until nobody can connect any more.
    pub(crate) async fn no_longer_listens(&self) {
        let refused = async {
            while TcpStream::connect(self.address).await.is_ok() {
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        };
        timeout(PATIENCE, refused).await.expect("it goes on listening");
    }

    /// Sends the process a signal.
    pub(crate) fn signal(&self, signal: Signal) {
        send_signal(&self.child, signal);
    }

    /// Waits until the process has ended.
    pub(crate) async fn ended(mut self) -> Ended {
        let status = timeout(PATIENCE, self.child.wait()).await.expect("it does not stop").unwrap();
        Ended { status, stdout: self.stdout.await.unwrap(), stderr: self.stderr.await.unwrap() }
    }

    /// Stops the process as a service manager does.
    pub(crate) async fn stop(self) -> Ended {
        self.signal(Signal::TERM);
        let ended = self.ended().await;
        assert_eq!(ended.status.code(), Some(0), "{}", ended.stderr);
        ended
    }
}

/// Sends a child process a signal.
pub(crate) fn send_signal(child: &Child, signal: Signal) {
    let pid = child.id().and_then(|id| Pid::from_raw(id.try_into().unwrap()));
    kill_process(pid.expect("it ended before the signal"), signal).unwrap();
}

/// A connection without a client's good manners.
pub(crate) struct Connection(TcpStream);

impl Connection {
    /// Writes bytes; the server may have hung up.
    pub(crate) async fn write(&mut self, bytes: impl AsRef<[u8]>) {
        let _refused = self.0.write_all(bytes.as_ref()).await;
    }

    /// Reads up to this text, which the server is to send.
    pub(crate) async fn read_up_to(&mut self, end: &str) {
        let mut seen = Vec::new();
        while !seen.ends_with(end.as_bytes()) {
            seen.push(timeout(PATIENCE, self.0.read_u8()).await.expect("no answer").unwrap());
        }
    }

    /// Reads all that the server still sends.
    pub(crate) async fn read_to_end(&mut self) -> String {
        let mut bytes = Vec::new();
        let _reset = timeout(PATIENCE, self.0.read_to_end(&mut bytes)).await.expect("no end of the answer");
        String::from_utf8(bytes).unwrap()
    }

    /// Says that nothing more will come, and reads all that the server still sends.
    pub(crate) async fn finish(&mut self) -> String {
        let _reset = self.0.shutdown().await;
        self.read_to_end().await
    }
}

fn collect(mut stream: impl AsyncRead + Unpin + Send + 'static, mut text: String) -> JoinHandle<String> {
    tokio::spawn(async move {
        stream.read_to_string(&mut text).await.unwrap();
        text
    })
}

/// What stands after `label` in its line.
fn after<'a>(text: &'a str, label: &str) -> &'a str {
    let (_, rest) = text.split_once(label).unwrap_or_else(|| panic!("no {label:?} in {text}"));
    rest.lines().next().unwrap_or_default().trim()
}

/// The secret in a file that a greeting names, quoted or not.
fn found(command: &Command, file: &str) -> String {
    let file = file.trim_matches('\'').replace(r"'\''", "'");
    let folder = command.as_std().get_current_dir().unwrap_or(Path::new(""));
    std::fs::read_to_string(folder.join(file)).unwrap().trim().to_owned()
}

fn variable(command: &Command, name: &str) -> String {
    let mut variables = command.as_std().get_envs();
    let (_, value) = variables.find(|(variable, _)| *variable == name).unwrap();
    value.unwrap().to_str().unwrap().to_owned()
}
