//! Puts new limits in the place of others while what was used stays used.
//!
//! Checks take units at any moment, so counters move relative to what they are when the update
//! happens. Where that is not possible, the update happens only if the counters are as they were
//! read.

use super::conditions::Condition;
use super::update::Update;
use crate::clock::Millis;
use crate::limits::{Limits, Spend, Window, WindowKind, carry_scoped};
use crate::store::items::attributes::{n, name};
use crate::store::items::limits::{SPEND, WindowNames, names, parked_names, parked_scoped, scoped, spend, window};

/// Starts every window afresh, and parks none. The month goes on.
pub(in crate::store) fn restart(update: &mut Update, limits: &Limits) {
    for (kind, limit) in limits.windows.iter() {
        update.set_all(window(names(kind), limit));
        update.remove_all(parked_names(kind));
    }
    update.set(name::SCOPED, scoped(&limits.scoped));
    update.remove(name::PARKED_SCOPED);
}

/// Replaces all windows. What was used stays used, even while a limit is lifted. The month goes on.
pub(in crate::store) fn replace_windows(update: &mut Update, new: &Limits, old: &Limits, now: Millis) {
    for kind in WindowKind::ALL {
        if let (Some(new), Some(was)) = (new.window(kind, None), old.window(kind, None)) {
            replace_window(update, kind, new, was, old.parked(kind, None), now);
        }
    }
    let (carried, parked) = carry_scoped(&new.scoped, old, now);
    if carried != old.scoped {
        // One expression cannot move many nested counters.
        update.require(Condition::equals(name::SCOPED, scoped(&old.scoped)));
        update.set(name::SCOPED, scoped(&carried));
    }
    if parked != old.parked.scoped {
        // Units may be given back to a parked window at this moment.
        update.require(match parked_scoped(&old.parked.scoped) {
            Some(old) => Condition::equals(name::PARKED_SCOPED, old),
            None => Condition::absent(name::PARKED_SCOPED),
        });
        update.set_or_remove(name::PARKED_SCOPED, parked_scoped(&parked));
    }
}

fn replace_window(
    update: &mut Update,
    kind: WindowKind,
    new: &Window,
    old: &Window,
    parked: Option<&Window>,
    now: Millis,
) {
    match (old.is_unlimited(), new.is_unlimited()) {
        (true, true) => {
            if parked.is_some_and(|parked| parked.is_over(now)) {
                update.remove_all(parked_names(kind));
            }
        }
        (false, true) => lift(update, kind, old, now),
        (false, false) => {
            if old.has_ended(now) {
                // Unless a check begins the next window at this moment.
                let [_, end, ..] = names(kind);
                update.require(Condition::equals(end, n(old.end)));
            }
            carry(update, kind, new, old, names(kind), now);
        }
        (true, false) => {
            carry(update, kind, new, parked.unwrap_or(old), parked_names(kind), now);
            if parked.is_some() {
                update.remove_all(parked_names(kind));
            }
        }
    }
}

/// Lifts a limit, and parks the use of its running window as it is when the update happens.
fn lift(update: &mut Update, kind: WindowKind, old: &Window, now: Millis) {
    if old.is_in_use(now) {
        for (parked, live) in parked_names(kind).into_iter().zip(names(kind)) {
            update.copy(parked, live);
        }
    } else {
        // Unless a check takes the first unit at this moment.
        let [left, end, ..] = names(kind);
        update.require(Condition::equals(left, n(old.left)));
        update.require(Condition::equals(end, n(old.end)));
    }
    update.set_all(window(names(kind), &Window::UNLIMITED));
}

/// Sets a limit in force, with the use of the window `old`, which has the names `from`.
fn carry(update: &mut Update, kind: WindowKind, new: &Window, old: &Window, from: WindowNames, now: Millis) {
    let Some((add, new_end)) = new.carry_from(old, now) else {
        return update.set_all(window(names(kind), new));
    };
    let ([left, end, max, period], [old_left, old_end, ..]) = (names(kind), from);
    update.set_sum(left, old_left, add);
    update.set(max, n(new.max));
    update.set(period, n(new.period));
    match new_end {
        Some(new_end) => update.set(end, n(new_end)),
        None if old_end == end => {}
        None => update.copy(end, old_end),
    }
}

/// Replaces the limit on money. What was spent this month stays spent.
pub(in crate::store) fn replace_spend(update: &mut Update, new: Option<Spend>, old: Option<Spend>) {
    let [left, _, max] = SPEND;
    let limit = new.unwrap_or(Spend::UNLIMITED).max;
    match (old, new) {
        (Some(old), _) if old.max != limit => {
            update.add(left, limit - old.max);
            update.set(max, n(limit));
        }
        (None, Some(new)) => {
            // Unless something is spent for the first time at this moment.
            update.require(Condition::absent(left));
            update.set_all(spend(&new));
        }
        (Some(_), _) | (None, None) => {}
    }
}

#[cfg(test)]
mod tests {
    use crate::limits::carried;
    use proptest::prelude::*;

    use super::*;
    use crate::limits::{BIG, LimitScope, PerKind};
    use crate::store::items::limits;
    use crate::store::write::applied::applied;
    use crate::store::write::readable::readable;

    const NOW: Millis = 1_000_000;

    /// A window of `max` units per 1000 ms that ends at `end`, of which `used` are used.
    fn window(max: i64, used: i64, end: Millis) -> Window {
        Window { left: max - used, end, max, period: 1000 }
    }

    fn replaced(kind: WindowKind, new: Window, old: Window, parked: Option<Window>) -> String {
        let mut update = Update::default();
        replace_window(&mut update, kind, &new, &old, parked.as_ref(), NOW);
        readable(update)
    }

    #[test]
    fn a_running_window_moves_by_the_difference_of_the_limits() {
        let new = Window::fresh(7, 2000);
        let expected = "SET rl = rl + 2, rm = 7, rp = 2000";
        assert_eq!(replaced(WindowKind::Rate, new, window(5, 1, NOW + 1), None), expected);
    }

    #[test]
    fn a_window_that_has_ended_starts_afresh_unless_a_check_begins_the_next() {
        let expected = "SET ql = 7, qe = 0, qm = 7, qp = 2000 IF qe = 999999";
        assert_eq!(replaced(WindowKind::Quota, Window::fresh(7, 2000), window(5, 1, NOW - 1), None), expected);
    }

    #[test]
    fn the_use_of_a_lifted_limit_is_parked_as_it_is_at_that_moment() {
        let unlimited = format!("rl = {BIG}, re = {BIG}, rm = {BIG}, rp = {BIG}");
        let in_use = replaced(WindowKind::Rate, Window::UNLIMITED, window(5, 1, NOW + 1), None);
        assert_eq!(in_use, format!("SET prl = rl, pre = re, prm = rm, prp = rp, {unlimited}"));
        let unused = replaced(WindowKind::Rate, Window::UNLIMITED, window(5, 0, 0), None);
        assert_eq!(unused, format!("SET {unlimited} IF rl = 5 AND re = 0"));
    }

    #[test]
    fn a_limit_that_comes_back_takes_its_parked_use() {
        let back = replaced(WindowKind::Rate, Window::fresh(7, 1000), Window::UNLIMITED, Some(window(5, 1, NOW + 1)));
        assert_eq!(back, "SET rl = prl + 2, rm = 7, rp = 1000, re = pre REMOVE prl, pre, prm, prp");
        let over = replaced(WindowKind::Rate, Window::UNLIMITED, Window::UNLIMITED, Some(window(5, 1, NOW - 1)));
        assert_eq!(over, "REMOVE prl, pre, prm, prp");
    }

    #[test]
    fn what_was_spent_stays_spent_under_another_limit() {
        let replaced = |new, old| {
            let mut update = Update::default();
            replace_spend(&mut update, new, old);
            readable(update)
        };
        let old = Spend { left: 3, end: 9, max: 10 };
        assert_eq!(replaced(Some(Spend::limited(15)), Some(old)), "SET sl = sl + 5, sm = 15");
        assert_eq!(replaced(Some(Spend::limited(10)), Some(old)), "");
        assert_eq!(
            replaced(Some(Spend::limited(15)), None),
            "SET sl = 15, se = 0, sm = 15 IF attribute_not_exists(sl)"
        );
        assert_eq!(replaced(None, None), "");
    }

    prop_compose! {
        fn any_window()(
            unlimited in any::<bool>(), max in 1_i64..20, used in 0_i64..25, began in 0_i64..3000, fresh in any::<bool>(),
        ) -> Window {
            match (unlimited, fresh) {
                (true, _) => Window::UNLIMITED,
                (false, true) => Window::fresh(max, 1000),
                (false, false) => window(max, used, NOW - 2000 + began),
            }
        }
    }

    prop_compose! {
        /// Limits as a caller sets them: nothing is used.
        fn wanted()(own in (any_window(), any_window()), scoped in prop::option::of(any_window())) -> Limits {
            let fresh = |window: Window| Window::fresh(window.max, window.period);
            let scoped = scoped.map(|rate| (LimitScope::api("a"), per_kind(Some(fresh(rate)), None)));
            let windows = per_kind(fresh(own.0), fresh(own.1));
            Limits { windows, scoped: scoped.into_iter().collect(), ..Limits::default() }
        }
    }

    fn per_kind<T: Clone>(rate: T, quota: T) -> PerKind<T> {
        PerKind::from_fn(|kind| if kind == WindowKind::Rate { rate.clone() } else { quota.clone() })
    }

    prop_compose! {
        /// Limits as the store may have them: some windows are in use, and some limits were lifted.
        fn stored()(
            own in (any_window(), any_window()), scoped in prop::option::of(any_window()), lifted in wanted(),
            lift in any::<bool>(),
        ) -> Limits {
            let scoped = scoped.map(|rate| (LimitScope::api("a"), per_kind(Some(rate), None)));
            let windows = per_kind(own.0, own.1);
            let used = Limits { windows, scoped: scoped.into_iter().collect(), ..Limits::default() };
            if lift { carried_windows(&lifted, &used) } else { used }
        }
    }

    /// The limits `new` with the use of `old`.
    fn carried_windows(new: &Limits, old: &Limits) -> Limits {
        let mut carried = carried(new, old, NOW);
        for kind in WindowKind::ALL {
            let was = old.window(kind, None).filter(|was| !was.is_unlimited()).or(old.parked(kind, None));
            carried.windows[kind] = was.map_or(new.windows[kind], |was| new.windows[kind].carrying(was, NOW));
        }
        carried
    }

    proptest! {
        #[test]
        fn replaced_limits_have_all_use_that_still_counts(old in stored(), new in wanted()) {
            let mut update = Update::default();
            replace_windows(&mut update, &new, &old, NOW);
            let item = limits::attributes(&old);
            let replaced = if update.is_empty() { Some(item) } else { applied(update, &item) };
            let replaced = limits::limits(&replaced.expect("nothing came between")).unwrap();
            prop_assert_eq!(replaced, carried_windows(&new, &old));
        }

        #[test]
        fn a_check_that_comes_first_is_never_undone(old in stored(), new in wanted(), kind in 0..2_usize) {
            let (kind, mut meanwhile) = (WindowKind::ALL[kind], old.clone());
            let window = &mut meanwhile.windows[kind];
            prop_assume!(!window.is_unlimited() && window.admits(1, NOW));
            if window.is_over(NOW) {
                *window = Window { left: window.max, end: NOW + window.period, ..*window };
            }
            window.left -= 1;
            let mut update = Update::default();
            replace_windows(&mut update, &new, &old, NOW);
            // Either it does not happen, or the unit is used in its result too.
            if let Some(item) = applied(update, &limits::attributes(&meanwhile)) {
                prop_assert_eq!(limits::limits(&item).unwrap(), carried_windows(&new, &meanwhile));
            }
        }

        #[test]
        fn restarted_limits_have_no_use(old in stored(), new in wanted()) {
            let mut update = Update::default();
            restart(&mut update, &new);
            let item = applied(update, &limits::attributes(&old)).unwrap();
            prop_assert_eq!(limits::limits(&item).unwrap(), new);
        }
    }
}
