//! Counts the attempts at a change that other changes may come before.

use std::time::Duration;

use crate::store::StoreError;

/// How often a change is attempted.
const CHANGES: u32 = 32;
/// How often a check is attempted: its caller waits, and calls again soon.
const CHECKS: u32 = 5;

/// How many attempts are left. Whoever loses calls one of its methods before the next attempt, and
/// gives up if it fails.
///
/// This is a counter rather than a function that takes an async closure, because the compiler
/// cannot see that the future of such a function is `Send`, as handlers must be.
pub(in crate::store) struct Retry {
    made: u32,
    most: u32,
}

impl Retry {
    pub(in crate::store) fn of_change() -> Self {
        Self { made: 0, most: CHANGES }
    }

    pub(in crate::store) fn of_check() -> Self {
        Self { made: 0, most: CHECKS }
    }

    /// Allows another attempt without a pause, because more is known now than before the last one.
    ///
    /// # Errors
    /// [`StoreError::Contended`] after the last attempt.
    pub(in crate::store) fn at_once(&mut self) -> Result<(), StoreError> {
        self.made += 1;
        if self.made < self.most { Ok(()) } else { Err(StoreError::Contended) }
    }

    /// Allows another attempt after a pause, because another change came first.
    ///
    /// # Errors
    /// [`StoreError::Contended`] after the last attempt.
    pub(in crate::store) async fn after_pause(&mut self) -> Result<(), StoreError> {
        let pause = pause(self.made);
        self.at_once()?;
        tokio::time::sleep(pause).await;
        Ok(())
    }
}

/// Up to 4 ms after the first attempt and twice as long after each of the next, up to a quarter of
/// a second. It is random, so that two who met once do not meet again.
fn pause(attempt: u32) -> Duration {
    let most = 4_u64 << attempt.min(6);
    Duration::from_millis(fastrand::u64(0..=most))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn it_gives_up_after_the_last_attempt() {
        for (mut retry, attempts) in [(Retry::of_change(), 32), (Retry::of_check(), 5)] {
            let mut made = 1;
            while made < attempts {
                retry.at_once().unwrap();
                made += 1;
            }
            assert!(matches!(retry.after_pause().await, Err(StoreError::Contended)));
            assert!(matches!(retry.at_once(), Err(StoreError::Contended)), "nor does it start again");
        }
    }

    #[test]
    fn pauses_grow_up_to_a_quarter_of_a_second() {
        let longest = |attempt| (0..2000).map(|_| pause(attempt)).max().unwrap();
        assert!(longest(0) <= Duration::from_millis(4));
        assert!(longest(u32::MAX) <= Duration::from_millis(256));
        assert!(longest(u32::MAX) > longest(0));
    }
}
