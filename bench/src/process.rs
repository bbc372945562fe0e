//! What a running process has used, as Linux accounts for it.

use std::fs;
use std::time::Duration;

use crate::Failure;

/// The CPU time that a process has used, in all of its threads.
pub(crate) fn cpu(pid: u32) -> Result<Duration, Failure> {
    let mut nanoseconds = 0;
    for thread in fs::read_dir(format!("/proc/{pid}/task"))? {
        // A thread may end between the listing and the reading.
        let Ok(statistics) = fs::read_to_string(thread?.path().join("schedstat")) else { continue };
        nanoseconds += statistics.split_whitespace().next().ok_or("no schedstat")?.parse::<u64>()?;
    }
    Ok(Duration::from_nanos(nanoseconds))
}

/// Whether all of its threads wait for something.
pub(crate) fn sleeps(pid: u32) -> Result<bool, Failure> {
    for thread in fs::read_dir(format!("/proc/{pid}/task"))? {
        let Ok(status) = fs::read_to_string(thread?.path().join("status")) else { continue };
        if !status.lines().any(|line| line.starts_with("State:\tS")) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The memory that is resident now, in MB.
pub(crate) fn resident_mb(pid: u32) -> Result<f64, Failure> {
    status_mb(pid, "VmRSS:")
}

/// The most memory that was ever resident, in MB.
pub(crate) fn peak_resident_mb(pid: u32) -> Result<f64, Failure> {
    status_mb(pid, "VmHWM:")
}

fn status_mb(pid: u32, field: &str) -> Result<f64, Failure> {
    let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix(field)).ok_or("not in /proc")?;
    let kilobytes: f64 = line.trim_end_matches("kB").trim().parse()?;
    Ok(kilobytes * 1024.0 / 1e6)
}
