//! Puts new limits in the place of others while what was used stays used.
//!
//! Checks take units at any moment, so counters move relative to what they are when the update happens. Where that is
//! not possible, the update happens only if the counters are as they were read.

use super::conditions::Condition;
use super::update::Update;
use crate::clock::Millis;
use crate::limits::{Limits, Parked, Spend, Window, WindowKind, carry_scoped};
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

/// The limits `new` with all use of `old` that still counts, as far as it is known before the update.
pub(in crate::store) fn carried(new: &Limits, old: &Limits, now: Millis) -> Limits {
    let mut parked = Parked::default();
    for kind in WindowKind::ALL {
        let was = old.window(kind, None).filter(|was| !was.is_unlimited()).or(old.parked(kind, None)).copied();
        let lifted = new.window(kind, None).is_some_and(Window::is_unlimited);
        parked.own[kind] = was.filter(|was| lifted && was.is_in_use(now));
    }
    let (scoped, aside) = carry_scoped(&new.scoped, old, now);
    parked.scoped = aside;
    Limits { scoped, parked, ..new.clone() }
}
