//! Starts, in turn: from `exec` to the first question for an event, and to the first answer.

use crate::Failure;
use crate::process;
use crate::sample::{Sample, milliseconds};

use super::running::Running;
use super::stage::Stage;
use super::subject::Subject;

/// Figures of one function's starts, in milliseconds.
pub(crate) struct Starts {
    pub(crate) subject: Subject,
    /// From `exec` to the first `/next`.
    pub(crate) ready: Sample,
    pub(crate) ready_cpu: Sample,
    /// From there to the answer to an event that was waiting already.
    pub(crate) first_event: Sample,
    /// From `exec` to that answer.
    pub(crate) answered: Sample,
    pub(crate) answered_cpu: Sample,
}

/// Starts each function `repetitions` times, one after the other in turn, so that whatever else the machine does
/// meets all alike.
pub(crate) async fn measure(stage: &Stage, repetitions: usize) -> Result<Vec<Starts>, Failure> {
    let mut functions: Vec<_> = Subject::all().into_iter().map(|subject| (subject, Vec::new())).collect();
    for _ in 0..repetitions {
        for (subject, starts) in &mut functions {
            starts.push(Start::measure(stage, *subject).await?);
        }
    }
    Ok(functions.into_iter().map(|(subject, starts)| summary(subject, &starts)).collect())
}

/// One start, in milliseconds.
struct Start {
    ready: f64,
    ready_cpu: f64,
    answered: f64,
    answered_cpu: f64,
}

impl Start {
    async fn measure(stage: &Stage, subject: Subject) -> Result<Self, Failure> {
        let running = Running::start(stage, subject, &[]).await?;
        running.invoke().await?;
        Ok(Self {
            ready: milliseconds(running.ready),
            ready_cpu: milliseconds(running.ready_cpu),
            answered: milliseconds(running.began.elapsed()),
            answered_cpu: milliseconds(process::cpu(running.pid()?)?),
        })
    }
}

fn summary(subject: Subject, starts: &[Start]) -> Starts {
    let sample = |figure: fn(&Start) -> f64| Sample::of(starts.iter().map(figure).collect());
    Starts {
        subject,
        ready: sample(|start| start.ready),
        ready_cpu: sample(|start| start.ready_cpu),
        first_event: sample(|start| start.answered - start.ready),
        answered: sample(|start| start.answered),
        answered_cpu: sample(|start| start.answered_cpu),
    }
}
