//! The functions that are measured, each without TLS and with it.

use super::events::{HELLO, MEASURED};

/// How a function reaches its store.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Link {
    /// HTTP.
    Plain,
    /// HTTPS, as in the cloud.
    Tls,
}

/// A function to measure.
#[derive(Clone, Copy)]
pub(crate) struct Subject {
    pub(crate) function: &'static str,
    pub(crate) link: Link,
}

impl Subject {
    /// All of them, the yardstick first; that one has no store.
    pub(crate) fn all() -> Vec<Self> {
        let functions = || MEASURED.into_iter().filter(|function| *function != HELLO);
        let with = |link| functions().map(move |function| Self { function, link });
        [Self { function: HELLO, link: Link::Plain }]
            .into_iter()
            .chain(with(Link::Plain))
            .chain(with(Link::Tls))
            .collect()
    }

    /// How tables name its link.
    pub(crate) fn link_name(self) -> &'static str {
        match (self.function, self.link) {
            (HELLO, _) => "none",
            (_, Link::Plain) => "plain",
            (_, Link::Tls) => "TLS",
        }
    }
}
