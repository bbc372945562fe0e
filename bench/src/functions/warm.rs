//! Events of a function that is warm: what each costs, and what the function occupies.

use std::time::Instant;

use crate::Failure;
use crate::process;
use crate::sample::Sample;

use super::running::Running;
use super::stage::Stage;
use super::subject::Subject;

/// Events before anything is measured.
const WARM_UP: usize = 100;
/// Events in one batch, which gives one figure.
const BATCH: usize = 100;

/// Figures of one warm function.
pub(crate) struct Warm {
    pub(crate) subject: Subject,
    /// Microseconds of one event, store and Runtime API included.
    pub(crate) wall: Sample,
    /// CPU microseconds of one event, the function's own.
    pub(crate) cpu: Sample,
    pub(crate) size_mb: f64,
    pub(crate) resident_mb: f64,
}

/// Sends each function batches of events, one event after the other, the functions in turn.
pub(crate) async fn measure(stage: &Stage, batches: usize) -> Result<Vec<Warm>, Failure> {
    let mut functions = Vec::new();
    for subject in Subject::all() {
        let running = Running::start(stage, subject, &[]).await?;
        invoke(&running, WARM_UP).await?;
        functions.push((subject, running, Vec::new(), Vec::new()));
    }
    for _ in 0..batches {
        for (_, running, walls, cpus) in &mut functions {
            let (began, before) = (Instant::now(), process::cpu(running.pid()?)?);
            invoke(running, BATCH).await?;
            walls.push(began.elapsed().as_secs_f64() * 1e6 / BATCH as f64);
            cpus.push((process::cpu(running.pid()?)? - before).as_secs_f64() * 1e6 / BATCH as f64);
        }
    }
    let summary = |(subject, running, walls, cpus): (Subject, Running, _, _)| {
        Ok(Warm {
            subject,
            wall: Sample::of(walls),
            cpu: Sample::of(cpus),
            size_mb: stage.size_mb(subject.function)?,
            resident_mb: process::peak_resident_mb(running.pid()?)?,
        })
    };
    functions.into_iter().map(summary).collect()
}

async fn invoke(running: &Running, events: usize) -> Result<(), Failure> {
    for _ in 0..events {
        running.invoke().await?;
    }
    Ok(())
}
