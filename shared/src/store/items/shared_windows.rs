//! Windows that several keys of an organisation share, as an item. It counts what was used; each
//! key brings its own maximum and period.

use std::collections::BTreeMap;

use super::attributes::{self, Item};
use crate::clock::Millis;
use crate::limits::{BIG, CLOCK_TOLERANCE, LimitScope, Limits, PerKind, Window, WindowKind};
use crate::store::StoreError;

/// A window's attributes: units used, begin, end. The begin shows whether a wrong clock began it,
/// whatever its period.
pub(in crate::store) const USED: &str = "u";
pub(in crate::store) const BEGIN: &str = "b";
pub(in crate::store) const END: &str = "e";

/// What was used of the windows that keys share.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SharedWindows(pub(in crate::store) BTreeMap<String, SharedWindow>);

/// What was used of one of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::store) struct SharedWindow {
    pub(in crate::store) used: i64,
    pub(in crate::store) begin: Millis,
    pub(in crate::store) end: Millis,
}

impl SharedWindows {
    /// Bytes of memory that they take up, roughly.
    pub(in crate::store) fn size(&self) -> usize {
        let windows = self.0.keys().map(|name| size_of::<(String, SharedWindow)>() + name.len());
        size_of::<Self>() + windows.sum::<usize>()
    }

    pub(in crate::store) fn read(item: &Item) -> Result<Self, StoreError> {
        let windows = item.iter().filter_map(|(name, value)| Some((name, value.as_m().ok()?)));
        let windows = windows.map(|(name, window)| {
            let [used, begin, end] = [USED, BEGIN, END].map(|attribute| attributes::number(window, attribute));
            Ok((name.clone(), SharedWindow { used: used?, begin: begin?, end: end? }))
        });
        Ok(Self(windows.collect::<Result<_, StoreError>>()?))
    }

    /// Shows in `limits`, those of a key that shares these windows, what is left of them.
    pub fn show_in(&self, limits: &mut Limits, now: Millis) {
        limits.windows = PerKind::from_fn(|kind| self.shown(kind, None, &limits.windows[kind], now));
        for (scope, windows) in &mut limits.scoped {
            *windows = PerKind::from_fn(|kind| windows[kind].map(|limit| self.shown(kind, Some(scope), &limit, now)));
        }
    }

    /// The window as one of a key whose limit is `limit`.
    fn shown(&self, kind: WindowKind, scope: Option<&LimitScope>, limit: &Window, now: Millis) -> Window {
        let fresh = Window::fresh(limit.max, limit.period);
        let running = self.0.get(&window_name(kind, scope)).filter(|window| window.is_running(now));
        let Some(window) = running.filter(|_| !limit.is_unlimited()) else { return fresh };
        // The period is that of the key that began the window.
        let period = if window.end >= BIG { BIG } else { window.end - window.begin };
        Window { left: limit.max - window.used, end: window.end, max: limit.max, period }
    }
}

impl SharedWindow {
    /// Whether the window was begun, by a clock that was not wrong, and is not over at `now`.
    pub(in crate::store) fn is_running(&self, now: Millis) -> bool {
        self.end > now && self.begin <= now.saturating_add(CLOCK_TOLERANCE)
    }
}

/// The attribute that holds a window: of the key's own limit, or of one scope.
pub(in crate::store) fn window_name(kind: WindowKind, scope: Option<&LimitScope>) -> String {
    let kind = kind.name();
    scope.map_or_else(|| kind.to_owned(), |scope| format!("{kind} {}", scope.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Millis = 1_000_000_000;
    const LIMIT: Window = Window { left: 5, end: 0, max: 5, period: 1000 };

    fn windows(used: i64, begin: Millis, end: Millis) -> SharedWindows {
        SharedWindows([("rate".to_owned(), SharedWindow { used, begin, end })].into())
    }

    #[test]
    fn a_key_shows_what_the_shared_windows_leave_of_its_own_limits() {
        let mut limits = Limits::default();
        limits.windows[WindowKind::Rate] = LIMIT;
        windows(3, NOW - 5, NOW + 995).show_in(&mut limits, NOW);
        let shown = Window { left: 2, end: NOW + 995, max: 5, period: 1000 };
        assert_eq!((limits.windows[WindowKind::Rate], limits.windows[WindowKind::Quota]), (shown, Window::UNLIMITED));
    }
}
