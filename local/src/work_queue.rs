//! Work on the database, off the threads that serve connections: one task at a time, short ones
//! before long ones.

use std::collections::VecDeque;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

/// After this many short tasks a long one has its turn, so that lists complete under any load.
const SHORT_IN_A_ROW: u32 = 32;

/// How long a task takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Length {
    Short,
    Long,
}

/// The tasks that wait for the one thread that runs them. The database takes one call at a time in
/// any case; the queue decides which.
#[derive(Clone, Default)]
pub(crate) struct WorkQueue(Arc<Mutex<PendingWork>>);

type Work = Box<dyn FnOnce() + Send>;

#[derive(Default)]
struct PendingWork {
    short: VecDeque<Work>,
    long: VecDeque<Work>,
    short_in_a_row: u32,
    /// Whether a thread is at work and will return for more.
    at_work: bool,
}

impl WorkQueue {
    /// Runs `work` when its turn comes; returns its result, or `None` if it panicked. If nobody
    /// waits for the result by then, it is not run.
    pub(crate) fn run<T: Send + 'static>(
        &self,
        length: Length,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> impl Future<Output = Option<T>> + Send + 'static {
        let (done, result) = oneshot::channel();
        self.add(
            length,
            Box::new(move || {
                if !done.is_closed() {
                    let _nobody_waits = done.send(work());
                }
            }),
        );
        async { result.await.ok() }
    }

    fn add(&self, length: Length, work: Work) {
        let mut waiting = self.waiting();
        match length {
            Length::Short => waiting.short.push_back(work),
            Length::Long => waiting.long.push_back(work),
        }
        if !std::mem::replace(&mut waiting.at_work, true) {
            let queue = self.clone();
            tokio::task::spawn_blocking(move || queue.work());
        }
    }

    fn work(&self) {
        loop {
            let next = self.waiting().next();
            let Some(work) = next else { return };
            // A panic drops its channel, which ends the wait for its result; the others still have
            // their turn.
            let _panicked = catch_unwind(AssertUnwindSafe(work));
        }
    }

    fn waiting(&self) -> MutexGuard<'_, PendingWork> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl PendingWork {
    fn next(&mut self) -> Option<Work> {
        let long_is_due = self.short_in_a_row >= SHORT_IN_A_ROW && !self.long.is_empty();
        let short = if long_is_due { None } else { self.short.pop_front() };
        self.short_in_a_row = if short.is_some() { self.short_in_a_row + 1 } else { 0 };
        let next = short.or_else(|| self.long.pop_front());
        self.at_work = next.is_some();
        next
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
        let queue = WorkQueue::default();
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
        let queue = WorkQueue::default();
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
        let queue = WorkQueue::default();
        let panics = queue.run(Length::Short, || panic!("as it should"));
        assert_eq!(panics.await, None::<()>);
        assert_eq!(queue.run(Length::Long, || 1).await, Some(1));
    }
}
