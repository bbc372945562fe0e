//! Many callers of one key, and of one organisation with limits of its own.

use std::path::Path;

use super::latchkey::{Kept, Latchkey};
use super::load::{CONNECTIONS, Load};
use super::operation::{Keys, Operation, RATE};
use super::own::{Until, send};
use super::pattern::{Numbers, Pattern};
use super::target::Target;
use crate::Failure;
use crate::options::Options;
use crate::sample::Sample;

/// Callers at once.
pub(crate) const CALLERS: [usize; 3] = [1, 16, 64];
/// Keys of the organisation.
const KEYS: usize = 1000;

/// Figures of so many callers of the same thing.
pub(crate) struct Contention {
    pub(crate) on: &'static str,
    pub(crate) callers: usize,
    /// Decisions a second.
    pub(crate) rate: Sample,
    pub(crate) p50_ms: Sample,
    pub(crate) p99_ms: Sample,
}

/// Measures decisions about one key, about many keys, and about as many while their organisation has limits.
pub(crate) async fn measure(built: &Path, options: &Options) -> Result<Vec<Contention>, Failure> {
    let server = Latchkey::start(built, Kept::InMemory).await?;
    let target = &server.target;
    let keys = |count| Keys { prefix: "contended".to_owned(), count };
    let upsert = Operation::Upsert.pattern(target, &keys(KEYS));
    Load::of(&send(&target.host, &upsert, CONNECTIONS, Until::Sent(KEYS)).await?).faultless("named upsert")?;
    let mut measured = Vec::new();
    for (on, count) in [("one key", 1), ("many keys", KEYS), ("one organisation", KEYS)] {
        if on == "one organisation" {
            limit_organisation(target).await?;
        }
        for callers in CALLERS {
            let pattern = Operation::Verify.pattern(target, &keys(count));
            measured.push(decisions(target, &pattern, options, on, callers).await?);
        }
    }
    Ok(measured)
}

async fn decisions(
    target: &Target,
    pattern: &Pattern,
    options: &Options,
    on: &'static str,
    callers: usize,
) -> Result<Contention, Failure> {
    let mut loads = Vec::new();
    for _ in 0..options.repetitions {
        let sent = send(&target.host, pattern, callers, Until::Over(options.span)).await?;
        loads.push(Load::of(&sent).faultless(on)?);
    }
    let sample = |figure: fn(&Load) -> f64| Sample::of(loads.iter().map(figure).collect());
    Ok(Contention {
        on,
        callers,
        rate: sample(Load::rate),
        p50_ms: sample(|load| load.p50_ms),
        p99_ms: sample(|load| load.p99_ms),
    })
}

/// Gives the organisation of all keys a rate that every call counts against.
async fn limit_organisation(target: &Target) -> Result<(), Failure> {
    let pattern = Pattern {
        method: "POST",
        path: "/tyk/org/keys/default".to_owned(),
        header: ("x-tyk-authorization", target.secret.clone()),
        body: format!(r#"{{"org_id":"default","allowance":{RATE},"rate":{RATE},"per":1,"quota_max":-1}}"#),
        expected: r#""status":"ok""#,
        numbers: Numbers::rising_from(0),
    };
    Load::of(&send(&target.host, &pattern, 1, Until::Sent(1)).await?).faultless("limits of an organisation").map(drop)
}
