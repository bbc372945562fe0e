//! The machine of a run, and what else it was doing.

use std::fs;
use std::process::Command;
use std::time::Duration;

use crate::Failure;

/// The processor, memory and system, in one line.
pub(crate) fn description() -> Result<String, Failure> {
    let processor = fs::read_to_string("/proc/cpuinfo")?;
    let model = processor.lines().find_map(|line| line.strip_prefix("model name")?.split(": ").nth(1));
    let model = model.unwrap_or(std::env::consts::ARCH);
    let memory = fs::read_to_string("/proc/meminfo")?;
    let kilobytes = memory.lines().find_map(|line| line.strip_prefix("MemTotal:")?.trim().strip_suffix(" kB"));
    let gigabytes = kilobytes.ok_or("no MemTotal")?.parse::<f64>()? * 1024.0 / 1e9;
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease")?;
    let processors = std::thread::available_parallelism()?;
    Ok(format!("{processors} × {}, {gigabytes:.1} GB, Linux {}", model.trim(), kernel.trim()))
}

/// The commit that is measured, and the date.
pub(crate) fn commit() -> Result<String, Failure> {
    let commit = output("git", &["rev-parse", "--short=10", "HEAD"])?;
    let changes = output("git", &["status", "--porcelain", "--untracked-files=no", "--", ".", ":!docs"])?;
    let changed = if changes.is_empty() { "" } else { " with uncommitted changes" };
    Ok(format!("{commit}{changed}, {}", output("date", &["--utc", "+%F"])?))
}

/// The compiler that is installed.
pub(crate) fn compiler() -> Result<String, Failure> {
    output("rustc", &["--version"])
}

/// The load average of the last minute.
pub(crate) fn load() -> Result<String, Failure> {
    let load = fs::read_to_string("/proc/loadavg")?;
    Ok(load.split(' ').next().unwrap_or_default().to_owned())
}

/// The share of the machine's CPU time that others use, watched for two seconds in which the benchmark rests.
pub(crate) async fn busy() -> Result<f64, Failure> {
    let (idle, all) = ticks()?;
    tokio::time::sleep(Duration::from_secs(2)).await;
    let (idle_then, all_then) = ticks()?;
    Ok(1.0 - (idle_then - idle) / (all_then - all).max(1.0))
}

/// The ticks since boot in which the processors were idle, and all ticks.
fn ticks() -> Result<(f64, f64), Failure> {
    let statistics = fs::read_to_string("/proc/stat")?;
    let line = statistics.lines().next().unwrap_or_default();
    // user nice system idle iowait irq softirq steal; guests are part of the first two.
    let ticks: Vec<f64> = line.split_whitespace().skip(1).take(8).filter_map(|tick| tick.parse().ok()).collect();
    let idle = ticks.iter().skip(3).take(2).sum();
    Ok((idle, ticks.iter().sum()))
}

fn output(command: &str, arguments: &[&str]) -> Result<String, Failure> {
    let output = Command::new(command).args(arguments).current_dir(env!("CARGO_MANIFEST_DIR")).output()?;
    if !output.status.success() {
        return Err(format!("{command} {}: {}", arguments.join(" "), String::from_utf8_lossy(&output.stderr)).into());
    }
    Ok(String::from_utf8(output.stdout)?.trim().to_owned())
}
