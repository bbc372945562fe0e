//! What the environment says of a run, as `make bench NAME=value` sets it.

use std::env;
use std::time::Duration;

use crate::Failure;

/// How much is measured.
pub(crate) struct Options {
    /// A run to try the benchmark with: few repetitions, and nothing published.
    pub(crate) quick: bool,
    /// The one part to measure, if not all.
    pub(crate) only: Option<String>,
    /// Starts of each function.
    pub(crate) starts: usize,
    /// Batches of warm events of each function.
    pub(crate) batches: usize,
    /// Events of the shorter run in which instructions are counted; the longer one has twice as many.
    pub(crate) counted: u64,
    /// How often each operation of the local server is measured.
    pub(crate) repetitions: usize,
    /// How long each time.
    pub(crate) span: Duration,
    /// Numbers of keys at which growth is measured, rising.
    pub(crate) keys: Vec<usize>,
}

impl Options {
    /// Reads `QUICK`, `ONLY` and `KEYS`.
    ///
    /// # Errors
    /// When `KEYS` is not a number.
    pub(crate) fn from_environment() -> Result<Self, Failure> {
        let mut options = if is_set("QUICK") { Self::quick() } else { Self::full() };
        if let Some(most) = text("KEYS") {
            let most = most.replace('_', "").parse().map_err(|error| format!("KEYS: {error}"))?;
            options.keys.retain(|keys| *keys < most);
            options.keys.push(most);
        }
        options.only = text("ONLY");
        Ok(options)
    }

    /// A run to publish.
    pub(crate) fn full() -> Self {
        Self {
            quick: false,
            only: None,
            starts: 40,
            batches: 20,
            counted: 100,
            repetitions: 3,
            span: Duration::from_secs(3),
            keys: vec![1_000, 10_000, 100_000],
        }
    }

    fn quick() -> Self {
        Self {
            quick: true,
            only: None,
            starts: 5,
            batches: 3,
            counted: 10,
            repetitions: 1,
            span: Duration::from_secs(1),
            keys: vec![1_000, 10_000],
        }
    }
}

/// The value of a variable, unless it is empty.
pub(crate) fn text(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}

/// Whether a variable is set to anything but nothing or 0.
pub(crate) fn is_set(name: &str) -> bool {
    text(name).is_some_and(|value| value != "0")
}
