//! Rate, quota and spend: what may still be used, and until when. Pure arithmetic, no store, no clock.

pub mod money;
mod parked;
mod scope;
pub mod spend;
mod window;

use std::collections::BTreeMap;

pub use money::Money;
pub use parked::{Parked, ParkedWindows, carry_scoped};
pub use scope::LimitScope;
pub use spend::Spend;
pub use window::{BIG, CLOCK_TOLERANCE, Window};

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
    /// The use of limits that are lifted for now.
    pub parked: Parked,
}

/// The two kinds of windows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WindowKind {
    /// Of the rate.
    Rate,
    /// Of the quota.
    Quota,
}

impl WindowKind {
    /// Both, in the order in which they refuse.
    pub const ALL: [Self; 2] = [Self::Rate, Self::Quota];
}

impl Limits {
    /// The window that holds for calls within `scope`: the scope's own where it has one, else the record's.
    #[must_use]
    pub fn holding(&self, kind: WindowKind, scope: Option<&LimitScope>) -> &Window {
        scope.and_then(|scope| self.window(kind, Some(scope))).unwrap_or(match kind {
            WindowKind::Rate => &self.rate,
            WindowKind::Quota => &self.quota,
        })
    }

    /// The window of this very scope, or the record's own.
    #[must_use]
    pub fn window(&self, kind: WindowKind, scope: Option<&LimitScope>) -> Option<&Window> {
        match (kind, scope) {
            (WindowKind::Rate, None) => Some(&self.rate),
            (WindowKind::Quota, None) => Some(&self.quota),
            (WindowKind::Rate, Some(scope)) => self.scoped.get(scope).map(|scoped| &scoped.rate),
            (WindowKind::Quota, Some(scope)) => self.scoped.get(scope)?.quota.as_ref(),
        }
    }

    /// The window of this very scope, or the record's own, that is parked.
    #[must_use]
    pub fn parked(&self, kind: WindowKind, scope: Option<&LimitScope>) -> Option<&Window> {
        let windows = scope.map_or(Some(&self.parked.own), |scope| self.parked.scoped.get(scope))?;
        match kind {
            WindowKind::Rate => windows.rate.as_ref(),
            WindowKind::Quota => windows.quota.as_ref(),
        }
    }
}

impl Default for Limits {
    /// No limit at all.
    fn default() -> Self {
        Self {
            rate: Window::UNLIMITED,
            quota: Window::UNLIMITED,
            spend: None,
            scoped: BTreeMap::new(),
            parked: Parked::default(),
        }
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
