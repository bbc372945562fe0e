//! Load by `wrk`, with a script that checks every answer.

use std::path::Path;
use std::time::Duration;

use tokio::process::Command;

use super::load::{CONNECTIONS, Load};
use super::pattern::{Pattern, STRIDE};
use crate::Failure;

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/server/wrk.lua");

/// Sends requests to `host` for as long as `span`, which is whole seconds.
pub(crate) async fn load(wrk: &Path, host: &str, pattern: &Pattern, span: Duration) -> Result<Load, Failure> {
    let output = Command::new(wrk)
        .args(["--threads", "1", "--connections", &CONNECTIONS.to_string()])
        .args(["--duration", &format!("{}s", span.as_secs()), "--script", SCRIPT, &format!("http://{host}")])
        .env("METHOD", pattern.method)
        .env("TARGET", &pattern.path)
        .env("NAME", pattern.header.0)
        .env("VALUE", &pattern.header.1)
        .env("BODY", &pattern.body)
        .env("EXPECTED", pattern.expected)
        .env("FIRST", pattern.numbers.first.to_string())
        .env("WITHIN", pattern.numbers.within.to_string())
        .env("STRIDE", STRIDE.to_string())
        .output()
        .await?;
    if !output.status.success() {
        return Err(format!("wrk: {}", String::from_utf8_lossy(&output.stderr)).into());
    }
    summary(&String::from_utf8(output.stdout)?)
}

/// The line that the script adds to what wrk prints.
fn summary(printed: &str) -> Result<Load, Failure> {
    let line = printed.lines().rev().find(|line| line.starts_with('{')).ok_or("wrk printed no summary")?;
    Ok(serde_json::from_str(line)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_summary_is_the_last_line() {
        let printed = "Running 3s test @ http://127.0.0.1:8080\n\n\
             {\"requests\":3,\"seconds\":1.5,\"p50_ms\":0.25,\"p99_ms\":2.0,\"errors\":1,\"example\":\"404 'no'\"}\n";
        let load = summary(printed).unwrap();
        assert_eq!((load.rate(), load.errors, load.example.as_str()), (2.0, 1, "404 'no'"));
        assert!(load.faultless("get").is_err());
    }

    #[test]
    fn output_without_a_summary_is_an_error() {
        assert!(summary("unable to connect").is_err());
    }
}
