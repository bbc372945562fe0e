//! How many requests of each kind a server answers in a second.

use std::path::Path;
use std::time::Duration;

use super::latchkey::{Kept, Latchkey};
use super::load::{Load, Tool};
use super::operation::{Keys, Operation};
use super::target::Target;
use crate::Failure;
use crate::options::Options;
use crate::sample::Sample;

/// Figures of one operation on one server.
pub(crate) struct Throughput {
    /// Requests a second.
    pub(crate) rate: Sample,
    pub(crate) p50_ms: Sample,
    pub(crate) p99_ms: Sample,
    /// CPU microseconds of one request; zero where the server's processes are not known.
    pub(crate) cpu_us: Sample,
    pub(crate) errors: u64,
}

/// Figures of one operation.
pub(crate) struct Row {
    pub(crate) kept: Kept,
    pub(crate) operation: Operation,
    pub(crate) latchkey: Throughput,
    pub(crate) reference: Option<Throughput>,
}

/// Measures every operation in memory and in a file: Latchkey and the reference in turn, and all again.
pub(crate) async fn measure(built: &Path, tool: &Tool, options: &Options) -> Result<Vec<Row>, Failure> {
    let mut rows = Vec::new();
    for kept in Kept::ALL {
        let server = Latchkey::start(built, kept).await?;
        let mut latchkey = Contender::new(server.target.clone());
        let mut reference = Target::reference(kept)?.map(Contender::new);
        for repetition in 0..options.repetitions {
            latchkey.begin(repetition);
            reference.iter_mut().for_each(|reference| reference.begin(repetition));
            for operation in Operation::ALL {
                let load = latchkey.measure(tool, operation, options.span).await?;
                load.faultless(operation.name())?;
                if let Some(reference) = reference.as_mut().filter(|_| !operation.is_our_own()) {
                    reference.measure(tool, operation, options.span).await?;
                }
            }
        }
        rows.extend(Operation::ALL.into_iter().map(|operation| Row {
            kept,
            operation,
            latchkey: latchkey.throughput(operation),
            reference: reference.as_ref().filter(|_| !operation.is_our_own()).map(|of| of.throughput(operation)),
        }));
    }
    Ok(rows)
}

/// A server, the keys that it has, and what was measured of it.
struct Contender {
    target: Target,
    keys: Keys,
    measured: Vec<Measured>,
}

struct Measured {
    operation: Operation,
    rate: f64,
    p50_ms: f64,
    p99_ms: f64,
    cpu_us: f64,
    errors: u64,
}

impl Contender {
    fn new(target: Target) -> Self {
        Self { target, keys: Keys { prefix: String::new(), count: 0 }, measured: Vec::new() }
    }

    /// Begins a repetition, with keys of its own.
    fn begin(&mut self, repetition: usize) {
        self.keys = Keys { prefix: format!("r{repetition}x"), count: 0 };
    }

    async fn measure(&mut self, tool: &Tool, operation: Operation, span: Duration) -> Result<Load, Failure> {
        // Every key is deleted once, so there must be more than can be deleted in one span.
        let span = if operation == Operation::Upsert { span * 2 } else { span };
        let before = self.target.cpu()?;
        let load = tool.load(&self.target.host, &operation.pattern(&self.target, &self.keys), span).await?;
        let cpu = (self.target.cpu()? - before).as_secs_f64();
        if operation == Operation::Upsert {
            // The last requests were under way when the time was over: whether those keys are there is not known.
            self.keys.count = load.requests as usize * 9 / 10;
        }
        self.measured.push(Measured {
            operation,
            rate: load.rate(),
            p50_ms: load.p50_ms,
            p99_ms: load.p99_ms,
            cpu_us: cpu * 1e6 / load.requests.max(1) as f64,
            errors: load.errors,
        });
        Ok(load)
    }

    fn throughput(&self, operation: Operation) -> Throughput {
        let measured = || self.measured.iter().filter(|measured| measured.operation == operation);
        let sample = |figure: fn(&Measured) -> f64| Sample::of(measured().map(figure).collect());
        Throughput {
            rate: sample(|of| of.rate),
            p50_ms: sample(|of| of.p50_ms),
            p99_ms: sample(|of| of.p99_ms),
            cpu_us: sample(|of| of.cpu_us),
            errors: measured().map(|of| of.errors).sum(),
        }
    }
}
