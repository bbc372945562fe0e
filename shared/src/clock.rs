//! The source of the time: the system's clock, or one that a test moves.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use jiff::Timestamp;

/// Milliseconds since 1970-01-01T00:00:00Z.
pub type Millis = i64;

/// A source of the current time.
#[derive(Clone, Debug, Default)]
pub enum Clock {
    /// The machine's clock.
    #[default]
    System,
    /// A clock that stands still until a test moves it.
    Manual(Arc<AtomicI64>),
}

impl Clock {
    /// A clock that stands at `now` until [`Clock::advance`] moves it.
    #[must_use]
    pub fn manual(now: Millis) -> Self {
        Self::Manual(Arc::new(AtomicI64::new(now)))
    }

    /// The current time in milliseconds.
    #[must_use]
    pub fn now(&self) -> Millis {
        match self {
            Self::System => Timestamp::now().as_millisecond(),
            Self::Manual(at) => at.load(Ordering::SeqCst),
        }
    }

    /// The current time, as precise as the source has it.
    #[must_use]
    pub fn timestamp(&self) -> Timestamp {
        match self {
            Self::System => Timestamp::now(),
            Self::Manual(at) => Timestamp::from_millisecond(at.load(Ordering::SeqCst)).unwrap_or(Timestamp::MAX),
        }
    }

    /// Moves a manual clock forward; has no effect on the system's clock.
    pub fn advance(&self, by: Millis) {
        if let Self::Manual(at) = self {
            at.fetch_add(by, Ordering::SeqCst);
        }
    }
}
