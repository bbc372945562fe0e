//! `latchkey` as a client for operators: what each command does to a running server, and how it ends.

mod failures;
mod keys;
mod orgs;
mod policies;
mod rotation;
mod usage;
mod verify;

use std::io::Write;
use std::process::Stdio;

use tempfile::{NamedTempFile, TempDir};
use tokio::io::AsyncWriteExt;
use tokio::process::Command;

use crate::process::{Ended, Process, latchkey, run};

/// An operator with the admin secret of a server.
pub(crate) struct Operator {
    pub(crate) server: Process,
    pub(crate) folder: TempDir,
}

impl Operator {
    /// A server of its own.
    pub(crate) async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self { server: Process::start(folder.path()).await, folder }
    }

    /// A command of the operator, who has set where the service and the secret are.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = latchkey(arguments);
        command.env("LATCHKEY_URL", format!("http://{}", self.server.address));
        command.env("LATCHKEY_SECRET_FILE", self.folder.path().join("admin-secret"));
        command
    }

    /// Runs a command that must end with this code, and must not print the admin secret.
    pub(crate) async fn ends(&self, code: i32, arguments: &[&str]) -> Ended {
        self.check(code, run(&mut self.command(arguments)).await)
    }

    /// Runs a command that must succeed: what it prints.
    pub(crate) async fn done(&self, arguments: &[&str]) -> String {
        self.ends(0, arguments).await.stdout
    }

    /// Runs a command that reads this from standard input, and must end with this code.
    pub(crate) async fn reading(&self, input: &str, code: i32, arguments: &[&str]) -> Ended {
        let mut child = self.command(arguments).stdin(Stdio::piped()).spawn().unwrap();
        // One that reads nothing may have ended.
        let _ended = child.stdin.take().unwrap().write_all(input.as_bytes()).await;
        let output = child.wait_with_output().await.unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        self.check(code, Ended { status: output.status, stdout: text(output.stdout), stderr: text(output.stderr) })
    }

    /// Makes a key and returns its token.
    pub(crate) async fn create(&self, options: &[&str]) -> String {
        let printed = self.done(&[&["keys", "create", "--org", "acme"], options].concat()).await;
        printed.trim().to_owned()
    }

    /// The id of the key with this token.
    pub(crate) async fn id_of(&self, token: &str) -> String {
        let question = serde_json::json!({"key": token, "api": "orders", "cost": 0});
        self.server.bearer("POST", "/v1/keys/verify", &self.server.secret, question).await.expect(200).text_of("key_id")
    }

    /// The code of a verify call that counts nothing.
    pub(crate) async fn code_of(&self, token: &str) -> String {
        let question = serde_json::json!({"key": token, "api": "orders", "cost": 0});
        self.server.bearer("POST", "/v1/keys/verify", &self.server.secret, question).await.expect(200).text_of("code")
    }

    #[track_caller]
    fn check(&self, code: i32, ended: Ended) -> Ended {
        assert_eq!(ended.status.code(), Some(code), "{}{}", ended.stdout, ended.stderr);
        for printed in [&ended.stdout, &ended.stderr] {
            assert!(!printed.contains(&self.server.secret), "{printed}");
        }
        ended
    }
}

/// A file with this text.
pub(crate) fn file(text: &str) -> NamedTempFile {
    let mut file = NamedTempFile::new().unwrap();
    file.write_all(text.as_bytes()).unwrap();
    file
}
