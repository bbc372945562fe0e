//! Rate, quota and spend: what may still be used, and until when. Pure arithmetic, no store, no clock.

pub mod money;
mod scope;
pub mod spend;
mod window;

use std::collections::BTreeMap;

pub use money::Money;
pub use scope::LimitScope;
pub use spend::Spend;
pub use window::{BIG, Window};

/// All the limits of a key, or of an organisation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Requests per short window.
    pub rate: Window,
    /// Requests per long window.
    pub quota: Window,
    /// Money per month; `None` where there is no limit and nothing was ever spent.
    pub spend: Option<Spend>,
    /// Limits of one API or one endpoint, which take the place of rate and quota.
    pub scoped: BTreeMap<LimitScope, ScopedLimits>,
}

impl Default for Limits {
    /// No limit at all.
    fn default() -> Self {
        Self { rate: Window::UNLIMITED, quota: Window::UNLIMITED, spend: None, scoped: BTreeMap::new() }
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
