//! The time limit of a request, which includes all store calls, retries and pages.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::time::{Instant, timeout_at};

use crate::store::StoreError;

/// How long a request may take when the platform sets no limit.
const BUDGET: Duration = Duration::from_secs(10);
/// The part of Lambda's time that is reserved for sending the response.
const MARGIN: Duration = Duration::from_millis(500);
/// The longest time that Lambda allows a function.
const LONGEST: Duration = Duration::from_secs(900);

/// When work for a request ends, done or not.
#[derive(Clone, Copy, Debug)]
pub struct Deadline(Instant);

impl Deadline {
    /// The deadline of a request that arrives now.
    #[must_use]
    pub fn from_now() -> Self {
        Self(Instant::now() + BUDGET)
    }

    /// Half a second before Lambda ends the invocation, at `millis` since 1970.
    #[must_use]
    pub fn of_invocation(millis: u64) -> Self {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let left = Duration::from_millis(millis).saturating_sub(now).saturating_sub(MARGIN);
        Self(Instant::now() + left.min(LONGEST))
    }

    /// Runs `work`, and drops it at the deadline. What it has sent to the store by then may still
    /// take effect.
    ///
    /// # Errors
    /// Those of `work`, or [`StoreError::OutOfTime`].
    pub async fn bound<T, E: From<StoreError>>(self, work: impl Future<Output = Result<T, E>>) -> Result<T, E> {
        timeout_at(self.0, work).await.unwrap_or_else(|_| Err(StoreError::OutOfTime.into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn left(deadline: Deadline) -> Duration {
        deadline.0.saturating_duration_since(Instant::now())
    }

    #[test]
    fn half_a_second_of_the_invocation_is_left_to_answer() {
        let now = u64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis()).unwrap();
        let left_of = |millis: u64| left(Deadline::of_invocation(now + millis)).as_millis();
        assert!((2000..=2500).contains(&left_of(3000)), "{}", left_of(3000));
        assert_eq!(left_of(400), 0);
        assert_eq!(left(Deadline::of_invocation(0)), Duration::ZERO);
        assert!(left(Deadline::of_invocation(u64::MAX)) <= LONGEST);
    }

    #[tokio::test]
    async fn work_that_goes_on_past_the_deadline_fails_as_the_store_does() {
        let never = async {
            std::future::pending::<()>().await;
            Ok::<_, StoreError>(())
        };
        let late = Deadline::of_invocation(0).bound(never).await;
        assert!(matches!(late, Err(StoreError::OutOfTime)), "{late:?}");
        let done = Deadline::of_invocation(0).bound(async { Ok::<_, StoreError>(1) }).await;
        assert_eq!(done.unwrap(), 1);
    }
}
