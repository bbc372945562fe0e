//! Rate, quota and spend: what may still be used, and until when. Pure arithmetic, no store, no clock.

mod scope;
mod window;

use std::collections::BTreeMap;

pub use scope::LimitScope;
pub use window::{BIG, Window};

/// All the limits of a key, or of an organisation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Requests per short window.
    pub rate: Window,
    /// Requests per long window.
    pub quota: Window,
    /// Limits of one API or one endpoint, which take the place of the two above.
    pub scoped: BTreeMap<LimitScope, ScopedLimits>,
}

impl Default for Limits {
    /// No limit at all.
    fn default() -> Self {
        Self { rate: Window::UNLIMITED, quota: Window::UNLIMITED, scoped: BTreeMap::new() }
    }
}

/// The limits that hold within one [`LimitScope`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ScopedLimits {
    /// Takes the place of the key's rate.
    pub rate: Window,
    /// Takes the place of the key's quota; an endpoint leaves the quota as it is.
    pub quota: Option<Window>,
}
