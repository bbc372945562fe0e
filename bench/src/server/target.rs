//! The servers that get load: Latchkey, and one to compare it with.

use std::time::Duration;

use super::latchkey::Kept;
use crate::options::text;
use crate::{Failure, process};

/// A server that answers Tyk's key API.
#[derive(Clone)]
pub(crate) struct Target {
    /// Host and port.
    pub(crate) host: String,
    /// What an administrator presents.
    pub(crate) secret: String,
    /// The processes that do its work, if they are known.
    pub(crate) processes: Vec<u32>,
}

impl Target {
    /// The server to compare with, if the environment names one: `REFERENCE`, or `REFERENCE_DURABLE` to compare
    /// with keys in a file.
    ///
    /// # Errors
    /// When its secret is missing, or its processes are not numbers.
    pub(crate) fn reference(kept: Kept) -> Result<Option<Self>, Failure> {
        let name = match kept {
            Kept::InMemory => "REFERENCE",
            Kept::InFile => "REFERENCE_DURABLE",
        };
        let Some(url) = text(name) else { return Ok(None) };
        let secret = text("REFERENCE_SECRET").ok_or("REFERENCE_SECRET is missing")?;
        let processes = text("REFERENCE_PROCESSES").unwrap_or_default();
        let processes = processes.split(',').filter(|pid| !pid.is_empty()).map(str::parse).collect::<Result<_, _>>()?;
        let host = url.trim_start_matches("http://").trim_end_matches('/').to_owned();
        Ok(Some(Self { host, secret, processes }))
    }

    /// The CPU time that it has used.
    pub(crate) fn cpu(&self) -> Result<Duration, Failure> {
        self.processes.iter().map(|pid| process::cpu(*pid)).sum()
    }
}
