//! How the time of a request and the memory grow with the number of keys.

use std::path::Path;
use std::time::Duration;

use serde_json::Value;

use super::latchkey::{Kept, Latchkey};
use super::load::{CONNECTIONS, Load};
use super::operation::{Keys, Operation};
use super::own::{Sent, Until, send};
use super::pattern::{Numbers, Pattern};
use super::target::Target;
use crate::sample::Sample;
use crate::{Failure, process};

/// Requests of each kind at each number of keys, unless they take too long.
const REQUESTS: usize = 200;
/// How long that is.
const TOO_LONG: Duration = Duration::from_secs(5);

/// Figures at one number of keys.
pub(crate) struct Stage {
    pub(crate) keys: usize,
    /// Milliseconds of each kind of request, in the order of [`KINDS`].
    pub(crate) milliseconds: Vec<Sample>,
    pub(crate) resident_mb: f64,
}

/// The kinds of requests that are measured.
pub(crate) const KINDS: [&str; 5] = ["get", "verify", "create", "first page of a list", "usage of the organisation"];

/// Measures one request after the other at each of these numbers of keys. All keys belong to one organisation, and
/// each was used once, so that its use has something to show.
pub(crate) async fn measure(built: &Path, numbers: &[usize]) -> Result<Vec<Stage>, Failure> {
    let server = Latchkey::start(built, Kept::InMemory).await?;
    let (target, mut there, mut used, mut stages) = (&server.target, 0, 0, Vec::new());
    for keys in numbers.iter().copied() {
        for operation in [Operation::Upsert, Operation::Verify] {
            let mut pattern = operation.pattern(target, &named(keys));
            pattern.numbers = Numbers::rising_from(there);
            Load::of(&send(&target.host, &pattern, CONNECTIONS, Until::Sent(keys - there)).await?)
                .faultless(operation.name())?;
        }
        used += keys - there;
        there = keys;
        let mut milliseconds = Vec::new();
        for operation in [Operation::Get, Operation::Verify, Operation::Create, Operation::List] {
            let sent = one_by_one(target, &operation.pattern(target, &named(keys))).await?;
            if operation == Operation::Verify {
                used += sent.milliseconds.len();
            }
            milliseconds.push(Sample::of(sent.milliseconds));
        }
        milliseconds.push(usage(target, used).await?);
        stages.push(Stage { keys, milliseconds, resident_mb: process::resident_mb(server.pid)? });
    }
    Ok(stages)
}

fn named(count: usize) -> Keys {
    Keys { prefix: "grown".to_owned(), count }
}

async fn one_by_one(target: &Target, pattern: &Pattern) -> Result<Sent, Failure> {
    let sent = send(&target.host, pattern, 1, Until::Either(REQUESTS, TOO_LONG)).await?;
    Load::of(&sent).faultless(&pattern.path)?;
    Ok(sent)
}

/// Milliseconds of the organisation's usage, which must be what was used.
async fn usage(target: &Target, used: usize) -> Result<Sample, Failure> {
    let pattern = Pattern {
        method: "GET",
        path: "/v1/usage?org=default".to_owned(),
        header: ("authorization", format!("Bearer {}", target.secret)),
        body: String::new(),
        expected: "total",
        numbers: Numbers::rising_from(0),
    };
    let sent = one_by_one(target, &pattern).await?;
    let shown: Value = serde_json::from_str(&sent.last)?;
    if shown["total"]["requests"] == used {
        Ok(Sample::of(sent.milliseconds))
    } else {
        Err(format!("{used} requests were admitted, the usage shows {}", sent.last).into())
    }
}
