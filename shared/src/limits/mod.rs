//! Rate, quota and spend: how much is left, and until when. Pure arithmetic, no store, no clock.

mod kind;
mod limit_scope;
pub mod money;
mod parked;
pub mod spend;
mod window;

use std::collections::BTreeMap;

pub use kind::{LimitKind, PerKind, WindowKind};
pub use limit_scope::LimitScope;
pub use money::Money;
pub use parked::{Parked, carried, carry_scoped};
pub use spend::Spend;
pub use window::{BIG, CLOCK_TOLERANCE, Window};

/// All the limits of a key, or of an organisation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Requests per window, by the kind of window.
    pub windows: PerKind<Window>,
    /// Money per month; `None` when there is no limit and nothing was ever spent.
    pub spend: Option<Spend>,
    /// Limits of single APIs and endpoints, whose windows replace those of the key.
    pub scoped: BTreeMap<LimitScope, ScopedWindows>,
    /// The use of limits that are currently lifted.
    pub parked: Parked,
}

impl Limits {
    /// The window that applies to calls within `scope`: the scope's own if it has one, or else the
    /// key's.
    #[must_use]
    pub fn holding(&self, kind: WindowKind, scope: Option<&LimitScope>) -> &Window {
        scope.and_then(|scope| self.window(kind, Some(scope))).unwrap_or(&self.windows[kind])
    }

    /// The window of exactly this scope, or the key's own.
    #[must_use]
    pub fn window(&self, kind: WindowKind, scope: Option<&LimitScope>) -> Option<&Window> {
        match scope {
            None => Some(&self.windows[kind]),
            Some(scope) => self.scoped.get(scope)?[kind].as_ref(),
        }
    }

    /// The same limits, of which nothing is used.
    #[must_use]
    pub fn fresh(&self) -> Self {
        let fresh = |window: Window| Window::fresh(window.max, window.period);
        let scoped = self.scoped.iter().map(|(scope, windows)| (scope.clone(), windows.map(|of| of.map(fresh))));
        Self {
            windows: self.windows.map(fresh),
            spend: self.spend,
            scoped: scoped.collect(),
            parked: Parked::default(),
        }
    }

    /// The parked window of exactly this scope, or the key's own.
    #[must_use]
    pub fn parked(&self, kind: WindowKind, scope: Option<&LimitScope>) -> Option<&Window> {
        scope.map_or(Some(&self.parked.own), |scope| self.parked.scoped.get(scope))?[kind].as_ref()
    }
}

impl Default for Limits {
    /// No limit at all.
    fn default() -> Self {
        Self { windows: PerKind::default(), spend: None, scoped: BTreeMap::new(), parked: Parked::default() }
    }
}

/// The windows of one [`LimitScope`]. For a kind without one, the window outside of the scope
/// applies.
pub type ScopedWindows = PerKind<Option<Window>>;
