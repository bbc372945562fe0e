//! The local server as its user starts it.

use std::path::Path;
use std::process::Stdio;

use latchkey_shared::settings::ADMIN_SECRET;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

use super::target::Target;
use crate::Failure;

const SECRET: &str = "secret-of-the-bench";

/// Where the server keeps its keys.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kept {
    /// `--memory`.
    InMemory,
    /// `--data`, every change on disk before it is answered.
    InFile,
}

impl Kept {
    pub(crate) const ALL: [Self; 2] = [Self::InMemory, Self::InFile];

    /// How tables name it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::InMemory => "memory",
            Self::InFile => "file",
        }
    }
}

/// A running server, which ends when this is dropped.
pub(crate) struct Latchkey {
    pub(crate) target: Target,
    pub(crate) pid: u32,
    _process: Child,
    _folder: TempDir,
}

impl Latchkey {
    /// Starts the server whose binary lies in `built`, with an empty store.
    pub(crate) async fn start(built: &Path, kept: Kept) -> Result<Self, Failure> {
        // Beside the binaries, since the machine's folder for temporary files may not be on a disk.
        let folder = tempfile::tempdir_in(built)?;
        let mut command = Command::new(built.join("latchkey"));
        command.args(["--listen", "127.0.0.1:0"]).env_clear().env(ADMIN_SECRET.name, SECRET);
        match kept {
            Kept::InMemory => command.arg("--memory"),
            Kept::InFile => command.arg("--data").arg(folder.path()),
        };
        let mut process = command.stdout(Stdio::piped()).stderr(Stdio::null()).kill_on_drop(true).spawn()?;
        let mut greeting = BufReader::new(process.stdout.take().ok_or("no greeting")?).lines();
        let first = greeting.next_line().await?.unwrap_or_default();
        let host = first.rsplit_once("http://").ok_or("no address in the greeting")?.1.to_owned();
        // Whatever else it prints is read, so that it never waits for a reader.
        tokio::spawn(async move { while let Ok(Some(_)) = greeting.next_line().await {} });
        let pid = process.id().ok_or("it ended")?;
        let target = Target { host, secret: SECRET.to_owned(), processes: vec![pid] };
        Ok(Self { target, pid, _process: process, _folder: folder })
    }
}
