//! The use of limits that are currently lifted: kept so that it still counts if a limit returns in
//! time.

use std::collections::{BTreeMap, BTreeSet};

use super::{LimitScope, Limits, ScopedWindows, Window, WindowKind};
use crate::clock::Millis;

/// The windows that were running when their limits were lifted. None of them applies.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Parked {
    /// Those of the key's own limits.
    pub own: ScopedWindows,
    /// Those of single APIs and endpoints, only where there is a window.
    pub scoped: BTreeMap<LimitScope, ScopedWindows>,
}

/// One limit and its parked window.
#[derive(Clone, Copy)]
struct Carried {
    /// The limit that applies; `None` when the scope has none.
    live: Option<Window>,
    parked: Option<Window>,
}

/// Replaces the limits of scopes in `old` with `new` and carries over all use that still counts:
/// into the limits that apply, or into parked windows where there is none.
#[must_use]
pub fn carry_scoped(
    new: &BTreeMap<LimitScope, ScopedWindows>,
    old: &Limits,
    now: Millis,
) -> (BTreeMap<LimitScope, ScopedWindows>, BTreeMap<LimitScope, ScopedWindows>) {
    let (mut live, mut parked) = (BTreeMap::new(), BTreeMap::new());
    let scopes: BTreeSet<_> = new.keys().chain(old.scoped.keys()).chain(old.parked.scoped.keys()).collect();
    for scope in scopes {
        let of = |scopes: &BTreeMap<_, ScopedWindows>| scopes.get(scope).copied().unwrap_or_default();
        let (wanted, was, parked_was) = (of(new), of(&old.scoped), of(&old.parked.scoped));
        let (mut here, mut aside) = (ScopedWindows::default(), ScopedWindows::default());
        for kind in WindowKind::ALL {
            let carried = carry(wanted[kind], was[kind], parked_was[kind], now);
            (here[kind], aside[kind]) = (carried.live, carried.parked);
        }
        for (windows, scopes) in [(here, &mut live), (aside, &mut parked)] {
            if windows != ScopedWindows::default() {
                let _new = scopes.insert(scope.clone(), windows);
            }
        }
    }
    (live, parked)
}

/// The limits `new`, which are fresh, with all use of `old` that still counts at `now`.
#[must_use]
pub fn carried(new: &Limits, old: &Limits, now: Millis) -> Limits {
    let (mut windows, mut own) = (new.windows, ScopedWindows::default());
    for kind in WindowKind::ALL {
        let carried = carry(Some(new.windows[kind]), Some(old.windows[kind]), old.parked.own[kind], now);
        windows[kind] = carried.live.unwrap_or_default();
        own[kind] = carried.parked;
    }
    let (scoped, parked) = carry_scoped(&new.scoped, old, now);
    Limits { windows, spend: new.spend, scoped, parked: Parked { own, scoped: parked } }
}

fn carry(new: Option<Window>, old: Option<Window>, parked: Option<Window>, now: Millis) -> Carried {
    let was = old.filter(|old| !old.is_unlimited()).or(parked);
    match new.filter(|new| !new.is_unlimited()) {
        Some(new) => Carried { live: Some(was.map_or(new, |was| new.carrying(&was, now))), parked: None },
        None => Carried { live: new, parked: was.filter(|was| was.is_in_use(now)) },
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::limits::PerKind;

    fn limits(rate: Option<Window>, quota: Option<Window>) -> BTreeMap<LimitScope, ScopedWindows> {
        let windows = PerKind::from_fn(|kind| if kind == WindowKind::Rate { rate } else { quota });
        rate.map(|_| (LimitScope::api("a"), windows)).into_iter().collect()
    }

    fn edit(old: &Limits, new: &BTreeMap<LimitScope, ScopedWindows>, now: Millis) -> Limits {
        let (scoped, parked) = carry_scoped(new, old, now);
        Limits { scoped, parked: Parked { scoped: parked, ..Parked::default() }, ..Limits::default() }
    }

    #[test]
    fn a_window_that_ended_while_it_was_parked_is_forgotten() {
        let running = Window { left: 1, end: 100, max: 5, period: 100 };
        let used = Limits { scoped: limits(Some(running), Some(running)), ..Limits::default() };
        let lifted = edit(&used, &limits(None, None), 50);
        assert_eq!(lifted.parked.scoped.len(), 1);
        assert_eq!(edit(&lifted, &limits(None, None), 100), Limits::default());
        let fresh = limits(Some(Window::fresh(5, 100)), None);
        assert_eq!(edit(&lifted, &fresh, 100).scoped, fresh);
    }

    proptest! {
        #[test]
        fn a_limit_that_comes_back_finds_its_use(
            used in 1_i64..10, maxima in (1_i64..10, 1_i64..10), vanishes in any::<bool>(), edits in 0..3,
        ) {
            let window = |max: i64| Window { left: max - used, end: 100, max, period: 100 };
            let (old, new) = (window(maxima.0), window(maxima.1));
            let mut now = Limits { scoped: limits(Some(old), Some(old)), ..Limits::default() };
            let lifted = if vanishes { limits(None, None) } else { limits(Some(Window::UNLIMITED), None) };
            for _ in 0..=edits {
                now = edit(&now, &lifted, 50);
                prop_assert_eq!(&now.scoped, &lifted, "what is parked never holds");
            }
            let back = limits(Some(Window::fresh(maxima.1, 100)), Some(Window::fresh(maxima.1, 100)));
            let now = edit(&now, &back, 50);
            prop_assert_eq!(now.scoped, limits(Some(new), Some(new)));
            prop_assert!(now.parked.scoped.is_empty());
        }
    }
}
