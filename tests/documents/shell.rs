//! Runs the shell blocks of a document against a server of its own.

use std::ffi::OsString;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::time::timeout;

use crate::alike::{alike, documents};
use crate::markdown::{Block, blocks};

/// Where the documents say that the server is.
const ADDRESS: &str = "http://localhost:8080";
/// Longer than any document takes.
const PATIENCE: Duration = Duration::from_secs(120);
/// What the shell prints before each block, and its number.
const MARK: &str = "\u{1}block ";

/// What is wrong in a document first: the file, the line and the problem. `None` where nothing is.
pub(crate) async fn run(name: &str, document: &str) -> Option<String> {
    let blocks = blocks(document);
    let broken = blocks.iter().find(|block| block.info == "json" && documents(&block.text).is_none());
    if let Some(block) = broken {
        return Some(format!("{name}:{}: is not JSON", block.line));
    }
    if let Some(block) = blocks.iter().find(|block| is_unmarked(block.info)) {
        return Some(format!("{name}:{}: is neither `sh` nor `sh no-run`", block.line));
    }
    let runnable: Vec<_> = (0..blocks.len()).filter(|at| blocks[*at].info == "sh").collect();
    if runnable.is_empty() {
        return None;
    }
    let folder = tempfile::tempdir().unwrap();
    let (_server, address) = serve(folder.path(), document).await;
    let script = runnable.iter().map(|at| format!("printf '{MARK}{at}\\n'\n{}\n", blocks[*at].text));
    let script = format!("set -euo pipefail\n{}", script.collect::<String>()).replace(ADDRESS, &address);
    let mut bash = Command::new("bash");
    bash.arg("-c").arg(script).current_dir(folder.path()).kill_on_drop(true).stdin(Stdio::null());
    bash.env("PATH", path_with_latchkey());
    let output = timeout(PATIENCE, bash.output()).await.expect("a document goes on and on").unwrap();
    let (printed, errors) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    let printed: Vec<_> = printed.split(MARK).skip(1).map(|part| part.split_once('\n').unwrap().1).collect();
    for (at, printed) in runnable.iter().zip(&printed) {
        let shown = blocks.get(at + 1).filter(|next| matches!(next.info, "json" | "text"));
        let shown = shown.map_or("", |shown| &shown.text);
        if !alike(shown, printed) {
            return Some(format!("{name}:{}: printed\n{printed}instead of\n{shown}{errors}", blocks[*at].line));
        }
    }
    let last: &Block<'_> = &blocks[runnable[printed.len().max(1) - 1]];
    (!output.status.success()).then(|| format!("{name}:{}: failed: {errors}", last.line))
}

/// Where the shell finds programs: `latchkey` among them, as when it is installed.
fn path_with_latchkey() -> OsString {
    let folder = Path::new(env!("CARGO_BIN_EXE_latchkey")).parent().unwrap().to_owned();
    let others = std::env::var_os("PATH").unwrap_or_default();
    std::env::join_paths(std::iter::once(folder).chain(std::env::split_paths(&others))).unwrap()
}

/// Whether a fence has a shell's name by which no block is run.
fn is_unmarked(info: &str) -> bool {
    let language = info.split_whitespace().next().unwrap_or_default();
    ["sh", "bash", "zsh", "shell", "console"].contains(&language) && !["sh", "sh no-run"].contains(&info)
}

/// A server with its data in `folder`, and its address. It has the settings that a comment in the document names:
/// `<!-- settings: NAME=value … -->`.
async fn serve(folder: &Path, document: &str) -> (Child, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_latchkey"));
    command.args(["--listen", "127.0.0.1:0"]).current_dir(folder).env_clear().kill_on_drop(true);
    let settings = document.split("<!-- settings:").nth(1).and_then(|rest| rest.split("-->").next());
    command.envs(settings.into_iter().flat_map(str::split_whitespace).filter_map(|setting| setting.split_once('=')));
    let mut server = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(server.stdout.take().unwrap()).lines();
    let greeting = timeout(PATIENCE, lines.next_line()).await.expect("no greeting").unwrap().expect("it did not start");
    let address = greeting.split_once(" on ").unwrap().1.trim().to_owned();
    tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
    (server, address)
}
