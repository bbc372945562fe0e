//! Instructions of a start and of an event, counted by valgrind's callgrind.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use serde::{Deserialize, Serialize};
use tokio::process::Command;

use super::running::Running;
use super::stage::Stage;
use super::subject::Subject;
use crate::Failure;

/// How often a start is repeated when the machine disturbed it.
const ATTEMPTS: usize = 10;

/// Instructions of one function.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Instructions {
    pub(crate) function: String,
    pub(crate) store: String,
    /// Until the function waits for its first event with its connection open.
    pub(crate) start: u64,
    pub(crate) first_event: u64,
    /// A later event.
    pub(crate) event: u64,
}

/// Where valgrind is, if it is installed.
pub(crate) fn valgrind() -> Option<PathBuf> {
    crate::tools::find("valgrind")
}

/// Counts the instructions of every function, in runs of `events` and of twice as many.
pub(crate) async fn count(stage: &Stage, valgrind: &Path, events: u64) -> Result<Vec<Instructions>, Failure> {
    let mut counted = Vec::new();
    for subject in Subject::all() {
        let run = async |events| run(stage, valgrind, subject, events).await;
        let (start, first) = (run(0).await?, run(1).await?);
        // Both have the start and the first event, so the difference has neither.
        let (short, long) = (run(1 + events).await?, run(1 + 2 * events).await?);
        counted.push(Instructions {
            function: subject.function.to_owned(),
            store: subject.link_name().to_owned(),
            start,
            first_event: first.saturating_sub(start),
            event: long.saturating_sub(short) / events,
        });
    }
    Ok(counted)
}

/// The instructions of a process that starts and answers so many events.
async fn run(stage: &Stage, valgrind: &Path, subject: Subject, events: u64) -> Result<u64, Failure> {
    let log = stage.scratch("callgrind.log");
    let wrapper: [OsString; 4] = [
        valgrind.into(),
        "--tool=callgrind".into(),
        "--callgrind-out-file=/dev/null".into(),
        format!("--log-file={}", log.display()).into(),
    ];
    let mut running = undisturbed(stage, subject, &wrapper).await?;
    for _ in 0..events {
        running.invoke().await?;
    }
    running.settle().await?;
    // On this signal, unlike a kill, callgrind says what it counted.
    let pid = running.pid()?.to_string();
    Command::new("kill").args(["-TERM", &pid]).stdin(Stdio::null()).status().await?;
    running.process.wait().await?;
    counted(&fs::read_to_string(log)?)
}

/// A function that has opened one connection. Valgrind is slow, so on a busy machine a handshake may take longer than
/// a function waits for it; the function then opens another connection, which would be counted, too.
async fn undisturbed(stage: &Stage, subject: Subject, wrapper: &[OsString]) -> Result<Running, Failure> {
    for _ in 0..ATTEMPTS {
        let before = stage.store.connections();
        let running = Running::start(stage, subject, wrapper).await?;
        running.settle().await?;
        if stage.store.connections() <= before + 1 {
            return Ok(running);
        }
    }
    Err(format!("{} cannot connect in time under valgrind: the machine is too busy", subject.function).into())
}

/// The count in callgrind's log: `==PID== Collected : COUNT`.
fn counted(log: &str) -> Result<u64, Failure> {
    let count =
        log.lines().rev().find_map(|line| line.split("Collected : ").nth(1)).ok_or("callgrind counted nothing")?;
    Ok(count.trim().parse()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_count_is_read_from_callgrinds_log() {
        let log = "==7== Callgrind, a call-graph generating profiler\n==7== Events    : Ir\n==7== Collected : 567123\n==7== \n";
        assert_eq!(counted(log).unwrap(), 567_123);
    }

    #[test]
    fn a_log_without_a_count_is_an_error() {
        assert!(counted("==7== Process terminating with default action of signal 9 (SIGKILL)").is_err());
    }
}
