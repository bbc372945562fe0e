//! Work on the database, off the threads that serve connections: one task at a time, short ones
//! before long ones.

use std::collections::VecDeque;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

/// After this many short tasks a long one has its turn, so that lists complete under any load.
const SHORT_IN_A_ROW: u32 = 32;
/// The most results that are returned together.
const MOST_AT_ONCE: usize = 16;

/// How long a task takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Length {
    Short,
    Long,
}

/// The tasks that wait for the one thread that runs them. The database takes one call at a time in
/// any case; the queue decides which. The results of short tasks that wait together are returned
/// together.
#[derive(Clone)]
pub(crate) struct WorkQueue {
    pending: Arc<Mutex<PendingWork>>,
    settle: Arc<dyn Fn() -> bool + Send + Sync>,
}

/// Does something, and leaves its result to be returned; `None` if nobody waits for it.
type Work = Box<dyn FnOnce() -> Option<Return> + Send>;
type Return = Box<dyn FnOnce() + Send>;

#[derive(Default)]
struct PendingWork {
    short: VecDeque<Work>,
    long: VecDeque<Work>,
    short_in_a_row: u32,
    /// Whether a thread is at work and will return for more.
    at_work: bool,
}

impl WorkQueue {
    /// A queue that calls `settle` after each task, or several short ones, and drops their results
    /// if that is false.
    pub(crate) fn new(settle: impl Fn() -> bool + Send + Sync + 'static) -> Self {
        Self { pending: Arc::default(), settle: Arc::new(settle) }
    }

    /// Runs `work` when its turn comes; returns its result, or `None` if it panicked or was not
    /// settled. If nobody waits for the result by then, it is not run.
    pub(crate) fn run<T: Send + 'static>(
        &self,
        length: Length,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> impl Future<Output = Option<T>> + Send + 'static {
        let (done, result) = oneshot::channel();
        self.add(
            length,
            Box::new(move || {
                let result = if done.is_closed() { None } else { Some(work()) };
                result.map(|result| -> Return { Box::new(move || drop(done.send(result))) })
            }),
        );
        async { result.await.ok() }
    }

    fn add(&self, length: Length, work: Work) {
        let mut pending = self.pending();
        match length {
            Length::Short => pending.short.push_back(work),
            Length::Long => pending.long.push_back(work),
        }
        if !std::mem::replace(&mut pending.at_work, true) {
            let queue = self.clone();
            tokio::task::spawn_blocking(move || queue.work());
        }
    }

    fn work(&self) {
        loop {
            let batch = self.pending().next();
            if batch.is_empty() {
                return;
            }
            // A panic drops its channel, which ends the wait for its result; the others still have
            // their turn.
            let results = batch.into_iter().filter_map(|work| catch_unwind(AssertUnwindSafe(work)).ok().flatten());
            let results: Vec<_> = results.collect();
            if (self.settle)() {
                results.into_iter().for_each(|give| give());
            }
        }
    }

    fn pending(&self) -> MutexGuard<'_, PendingWork> {
        self.pending.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl PendingWork {
    /// What is done next: the short tasks that wait, or a long one; nothing when none is left.
    fn next(&mut self) -> Vec<Work> {
        let mut batch = Vec::new();
        while self.short_in_a_row < SHORT_IN_A_ROW || self.long.is_empty() {
            if batch.len() == MOST_AT_ONCE {
                return batch;
            }
            let Some(work) = self.short.pop_front() else { break };
            self.short_in_a_row += 1;
            batch.push(work);
        }
        if batch.is_empty() {
            self.short_in_a_row = 0;
            batch.extend(self.long.pop_front());
        }
        self.at_work = !batch.is_empty();
        batch
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    /// Keeps the thread of a queue busy until a message arrives.
    async fn busy(queue: &WorkQueue) -> mpsc::Sender<()> {
        let (go, wait) = mpsc::channel();
        let (begun, is_begun) = oneshot::channel();
        drop(tokio::spawn(queue.run(Length::Long, move || {
            begun.send(()).unwrap();
            wait.recv().unwrap();
        })));
        is_begun.await.unwrap();
        go
    }

    /// Adds work to a queue with a busy thread; returns the order in which it is then done.
    async fn order(lengths: impl IntoIterator<Item = Length>) -> Vec<usize> {
        let queue = WorkQueue::new(|| true);
        let go = busy(&queue).await;
        let done = Arc::new(Mutex::new(Vec::new()));
        let mut all = Vec::new();
        for (at, length) in lengths.into_iter().enumerate() {
            let done = done.clone();
            all.push(queue.run(length, move || done.lock().unwrap().push(at)));
        }
        go.send(()).unwrap();
        for work in all {
            work.await.unwrap();
        }
        let done = done.lock().unwrap();
        done.clone()
    }

    #[tokio::test]
    async fn short_work_goes_ahead_of_long_work_and_each_kind_keeps_its_order() {
        use Length::{Long, Short};
        assert_eq!(order([Long, Long, Short, Long, Short]).await, [2, 4, 0, 1, 3]);
    }

    #[tokio::test]
    async fn long_work_has_its_turn_however_much_short_work_there_is() {
        let short = SHORT_IN_A_ROW as usize * 3;
        let order = order(std::iter::once(Length::Long).chain(std::iter::repeat_n(Length::Short, short))).await;
        assert_eq!(order.iter().position(|at| *at == 0), Some(SHORT_IN_A_ROW as usize));
    }

    #[tokio::test]
    async fn work_that_nobody_waits_for_is_not_begun() {
        let queue = WorkQueue::new(|| true);
        let go = busy(&queue).await;
        let begun = Arc::new(Mutex::new(false));
        let left = begun.clone();
        drop(queue.run(Length::Short, move || *left.lock().unwrap() = true));
        go.send(()).unwrap();
        queue.run(Length::Short, || ()).await.unwrap();
        assert!(!*begun.lock().unwrap());
    }

    #[tokio::test]
    async fn work_that_panics_stops_no_other() {
        let queue = WorkQueue::new(|| true);
        let panics = queue.run(Length::Short, || panic!("as it should"));
        assert_eq!(panics.await, None::<()>);
        assert_eq!(queue.run(Length::Long, || 1).await, Some(1));
    }

    #[tokio::test]
    async fn results_that_wait_together_are_settled_together_and_seen_only_then() {
        let (events, seen) = mpsc::channel();
        let settled = events.clone();
        let queue = WorkQueue::new(move || settled.send("settled").is_ok());
        let go = busy(&queue).await;
        let (one, other) = (events.clone(), events.clone());
        let one = queue.run(Length::Short, move || one.send("one").unwrap());
        let other = queue.run(Length::Short, move || other.send("other").unwrap());
        go.send(()).unwrap();
        one.await.unwrap();
        events.send("seen").unwrap();
        other.await.unwrap();
        assert_eq!(seen.try_iter().collect::<Vec<_>>(), ["settled", "one", "other", "settled", "seen"]);
    }

    #[tokio::test]
    async fn results_that_are_not_settled_are_never_seen() {
        let queue = WorkQueue::new(|| false);
        assert_eq!(queue.run(Length::Short, || 1).await, None);
        assert_eq!(queue.run(Length::Long, || 1).await, None);
    }
}
