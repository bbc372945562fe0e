//! The benchmark's own client: as many connections as wanted, and every answer checked.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use super::client::Client;
use super::pattern::Pattern;
use crate::Failure;
use crate::sample::milliseconds;

/// When to stop.
#[derive(Clone, Copy)]
pub(crate) enum Until {
    /// After so long.
    Over(Duration),
    /// After so many requests.
    Sent(usize),
    /// After so many requests or so long, whichever comes first.
    Either(usize, Duration),
}

impl Until {
    fn is_over(self, place: usize, elapsed: Duration) -> bool {
        match self {
            Self::Over(span) => elapsed >= span,
            Self::Sent(most) => place >= most,
            Self::Either(most, span) => place >= most || elapsed >= span,
        }
    }
}

/// What was sent.
#[derive(Default)]
pub(crate) struct Sent {
    /// From each request to its answer, sorted.
    pub(crate) milliseconds: Vec<f64>,
    pub(crate) seconds: f64,
    pub(crate) errors: u64,
    pub(crate) example: String,
    /// The last answer.
    pub(crate) last: String,
}

/// Sends requests over so many connections.
pub(crate) async fn send(host: &str, pattern: &Pattern, connections: usize, until: Until) -> Result<Sent, Failure> {
    let (next, pattern, began) = (Arc::new(AtomicUsize::new(0)), Arc::new(pattern.clone()), Instant::now());
    let mut tasks = JoinSet::new();
    for _ in 0..connections {
        let mut client = Client::connect(host).await?;
        let (next, pattern) = (next.clone(), pattern.clone());
        tasks.spawn(async move {
            let mut sent = Sent::default();
            loop {
                let place = next.fetch_add(1, Ordering::Relaxed);
                if until.is_over(place, began.elapsed()) {
                    return Ok::<_, Failure>(sent);
                }
                sent.one(&mut client, &pattern, place).await?;
            }
        });
    }
    let mut all = Sent::default();
    while let Some(sent) = tasks.join_next().await {
        all.merge(sent??);
    }
    all.seconds = began.elapsed().as_secs_f64();
    all.milliseconds.sort_by(f64::total_cmp);
    Ok(all)
}

impl Sent {
    async fn one(&mut self, client: &mut Client, pattern: &Pattern, place: usize) -> Result<(), Failure> {
        let request = pattern.request(place);
        let began = Instant::now();
        let (status, body) = client.send(&request).await?;
        self.milliseconds.push(milliseconds(began.elapsed()));
        if status != 200 || !body.contains(pattern.expected) {
            self.errors += 1;
            self.example = format!("{status} {body}");
        }
        body.clone_into(&mut self.last);
        Ok(())
    }

    fn merge(&mut self, other: Self) {
        self.milliseconds.extend(other.milliseconds);
        self.errors += other.errors;
        if self.example.is_empty() {
            self.example = other.example;
        }
        self.last = other.last;
    }
}
