//! Load on a server: many requests over several connections, by `wrk` or by a client of our own.

use std::path::PathBuf;
use std::time::Duration;

use super::pattern::Pattern;
use super::{own, wrk};
use crate::Failure;
use crate::sample::quantile;

/// Connections at once, unless contention is measured.
pub(crate) const CONNECTIONS: usize = 16;

/// What sends the load.
pub(crate) enum Tool {
    /// `wrk`, which takes less of the machine.
    Wrk(PathBuf),
    /// The benchmark itself.
    Own,
}

impl Tool {
    /// `wrk` if it is installed.
    pub(crate) fn installed() -> Self {
        crate::tools::find("wrk").map_or(Self::Own, Self::Wrk)
    }

    /// How the document names it.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Wrk(_) => "`wrk`",
            Self::Own => "the benchmark's own client, since `wrk` is not installed",
        }
    }

    /// Sends requests to `host` for as long as `span`, which is whole seconds.
    pub(crate) async fn load(&self, host: &str, pattern: &Pattern, span: Duration) -> Result<Load, Failure> {
        match self {
            Self::Wrk(wrk) => wrk::load(wrk, host, pattern, span).await,
            Self::Own => Ok(Load::of(&own::send(host, pattern, CONNECTIONS, own::Until::Over(span)).await?)),
        }
    }
}

/// What many requests came to.
#[derive(Debug, PartialEq, serde::Deserialize)]
pub(crate) struct Load {
    pub(crate) requests: u64,
    pub(crate) seconds: f64,
    pub(crate) p50_ms: f64,
    pub(crate) p99_ms: f64,
    /// Connections that failed, requests without an answer, and answers that were not as expected.
    pub(crate) errors: u64,
    /// An answer that was not as expected; empty if there was none.
    pub(crate) example: String,
}

impl Load {
    /// What the benchmark's own client did.
    pub(crate) fn of(sent: &own::Sent) -> Self {
        Self {
            requests: sent.milliseconds.len() as u64,
            seconds: sent.seconds,
            p50_ms: quantile(&sent.milliseconds, 0.5),
            p99_ms: quantile(&sent.milliseconds, 0.99),
            errors: sent.errors,
            example: sent.example.clone(),
        }
    }

    /// Requests a second.
    pub(crate) fn rate(&self) -> f64 {
        self.requests as f64 / self.seconds
    }

    /// Fails if any answer was not as expected.
    pub(crate) fn faultless(self, what: &str) -> Result<Self, Failure> {
        if self.errors == 0 && self.requests > 0 {
            return Ok(self);
        }
        Err(format!("{what}: {} of {} went wrong: {}", self.errors, self.requests, self.example).into())
    }
}
