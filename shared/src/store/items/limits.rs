//! Limits and counters as attributes of an item: written, read, and replaced while what was used stays used.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::types::AttributeValue;

use super::attributes::{self, Item, n, name};
use crate::clock::Millis;
use crate::limits::{LimitScope, Limits, Parked, PerKind, ScopedWindows, Spend, Window, WindowKind, carry_scoped};
use crate::store::StoreError;
use crate::store::write::transaction::Changes;

/// A window's attributes: units left, end, maximum, period.
pub(in crate::store) type WindowNames = [&'static str; 4];
const RATE: WindowNames = ["rl", "re", "rm", "rp"];
const QUOTA: WindowNames = ["ql", "qe", "qm", "qp"];
/// The record's own windows whose limits are lifted for now.
const PARKED_RATE: WindowNames = ["prl", "pre", "prm", "prp"];
const PARKED_QUOTA: WindowNames = ["pql", "pqe", "pqm", "pqp"];
/// What may be spent: billionths left, end of the month, maximum.
pub(in crate::store) const SPEND: [&str; 3] = ["sl", "se", "sm"];

/// The attributes of a window that holds, in the record or in one of its scopes.
pub(in crate::store) fn names(kind: WindowKind) -> WindowNames {
    match kind {
        WindowKind::Rate => RATE,
        WindowKind::Quota => QUOTA,
    }
}

/// The attributes of a parked window of the record itself. Those of a scope are named as if they held.
pub(in crate::store) fn parked_names(kind: WindowKind) -> WindowNames {
    match kind {
        WindowKind::Rate => PARKED_RATE,
        WindowKind::Quota => PARKED_QUOTA,
    }
}

/// The attributes of `limits`.
pub(in crate::store) fn attributes(limits: &Limits) -> Item {
    let mut item = Item::from([(name::SCOPED.into(), scoped(&limits.scoped))]);
    for kind in WindowKind::ALL {
        item.extend(limits.window(kind, None).into_iter().flat_map(|held| window(names(kind), held)));
        item.extend(limits.parked(kind, None).into_iter().flat_map(|parked| window(parked_names(kind), parked)));
    }
    item.extend(limits.spend.iter().flat_map(spend));
    item.extend(parked_scoped(&limits.parked.scoped).map(|parked| (name::PARKED_SCOPED.into(), parked)));
    item
}

/// Reads the limits and counters of a record, which a tombstone has too.
pub(in crate::store) fn limits(item: &Item) -> Result<Limits, StoreError> {
    let scoped = item.get(name::SCOPED).and_then(|map| map.as_m().ok()).ok_or(StoreError::Damaged(name::SCOPED))?;
    let scoped = scoped.iter().map(|(scope, windows)| {
        let windows = windows.as_m().map_err(|_| StoreError::Damaged(name::SCOPED))?;
        let windows = PerKind::try_from_fn(|kind| match kind {
            // Every scope has a rate.
            WindowKind::Rate => read_window(windows, names(kind)).map(Some),
            WindowKind::Quota => read_optional(windows, names(kind)),
        });
        Ok((LimitScope::from_stored(scope), windows?))
    });
    Ok(Limits {
        windows: PerKind::try_from_fn(|kind| read_window(item, names(kind)))?,
        spend: spend_of(item)?,
        scoped: scoped.collect::<Result<_, StoreError>>()?,
        parked: parked(item)?,
    })
}

fn parked(item: &Item) -> Result<Parked, StoreError> {
    let own = PerKind::try_from_fn(|kind| read_optional(item, parked_names(kind)))?;
    let Some(scoped) = item.get(name::PARKED_SCOPED) else { return Ok(Parked { own, ..Parked::default() }) };
    let damaged = |_| StoreError::Damaged(name::PARKED_SCOPED);
    let scoped = scoped.as_m().map_err(damaged)?.iter().map(|(scope, windows)| {
        let windows = windows.as_m().map_err(damaged)?;
        let windows = PerKind::try_from_fn(|kind| read_optional(windows, names(kind)))?;
        Ok((LimitScope::from_stored(scope), windows))
    });
    Ok(Parked { own, scoped: scoped.collect::<Result<_, StoreError>>()? })
}

/// Every window but the month's begins afresh, and nothing stays parked.
pub(in crate::store) fn restart(changes: &mut Changes, limits: &Limits) {
    for (kind, limit) in limits.windows.iter() {
        window(names(kind), limit).into_iter().for_each(|(name, value)| changes.set(&name, value));
    }
    changes.set(name::SCOPED, scoped(&limits.scoped));
    WindowKind::ALL.into_iter().flat_map(parked_names).for_each(|name| changes.remove(name));
    changes.remove(name::PARKED_SCOPED);
}

/// Sets all windows but the month's to `new` in place of `old`. What was used stays used, also while a limit is lifted.
pub(in crate::store) fn replace_windows(changes: &mut Changes, new: &Limits, old: &Limits, now: Millis) {
    for kind in WindowKind::ALL {
        if let (Some(wanted), Some(was)) = (new.window(kind, None), old.window(kind, None)) {
            replace_window(changes, kind, wanted, was, old.parked(kind, None), now);
        }
    }
    let (carried, parked) = carry_scoped(&new.scoped, old, now);
    if carried != old.scoped {
        // One expression cannot move many nested counters, so this one waits for a moment of quiet.
        changes.expect(name::SCOPED, scoped(&old.scoped));
        changes.set(name::SCOPED, scoped(&carried));
    }
    if parked != old.parked.scoped {
        // Units may be given back to a parked window at this moment.
        match parked_scoped(&old.parked.scoped) {
            Some(old) => changes.expect(name::PARKED_SCOPED, old),
            None => changes.expect_absent(name::PARKED_SCOPED),
        }
        match parked_scoped(&parked) {
            Some(parked) => changes.set(name::PARKED_SCOPED, parked),
            None => changes.remove(name::PARKED_SCOPED),
        }
    }
}

fn replace_window(
    changes: &mut Changes,
    kind: WindowKind,
    new: &Window,
    old: &Window,
    parked: Option<&Window>,
    now: Millis,
) {
    match (old.is_unlimited(), new.is_unlimited()) {
        (true, true) => {
            if parked.is_some_and(|parked| parked.is_over(now)) {
                parked_names(kind).into_iter().for_each(|name| changes.remove(name));
            }
        }
        (false, true) => lift(changes, kind, old, now),
        (false, false) => {
            if old.has_ended(now) {
                // Unless a check begins the next window at this moment.
                let [_, end, ..] = names(kind);
                changes.expect(end, n(old.end));
            }
            carry(changes, kind, new, old, names(kind), now);
        }
        (true, false) => {
            let from = parked.unwrap_or(old);
            carry(changes, kind, new, from, parked_names(kind), now);
            if parked.is_some() {
                parked_names(kind).into_iter().for_each(|name| changes.remove(name));
            }
        }
    }
}

/// Lifts a limit. The use of its running window is parked as it is at that very moment.
fn lift(changes: &mut Changes, kind: WindowKind, old: &Window, now: Millis) {
    if old.is_in_use(now) {
        for (parked, held) in parked_names(kind).into_iter().zip(names(kind)) {
            changes.copy(parked, held);
        }
    } else {
        // Unless a check takes the first unit at this moment.
        let [left, end, ..] = names(kind);
        changes.expect(left, n(old.left));
        changes.expect(end, n(old.end));
    }
    window(names(kind), &Window::UNLIMITED).into_iter().for_each(|(name, value)| changes.set(&name, value));
}

/// Sets a limit whose use stands in `old`, under the names `from`. Counters move relatively, so that a check at the same
/// moment is not undone; and once, since the change is conditional on the revision that it raises.
fn carry(changes: &mut Changes, kind: WindowKind, new: &Window, old: &Window, from: WindowNames, now: Millis) {
    let Some((add, new_end)) = new.carry_from(old, now) else {
        window(names(kind), new).into_iter().for_each(|(name, value)| changes.set(&name, value));
        return;
    };
    let [left, end, max, period] = names(kind);
    changes.set_sum(left, from[0], add);
    changes.set(max, n(new.max));
    changes.set(period, n(new.period));
    match new_end {
        Some(new_end) => changes.set(end, n(new_end)),
        None if from[1] == end => {}
        None => changes.copy(end, from[1]),
    }
}

/// Another limit on money: what was spent this month stays spent. Not applied twice, since the change of which it is a part
/// is conditional on the revision that it raises.
pub(in crate::store) fn replace_spend(changes: &mut Changes, new: Option<Spend>, old: Option<Spend>) {
    let [left, _, max] = SPEND;
    let limit = new.unwrap_or(Spend::UNLIMITED).max;
    match (old, new) {
        (Some(old), _) if old.max != limit => {
            changes.add(left, limit - old.max);
            changes.set(max, n(limit));
        }
        (None, Some(new)) => {
            // Unless something is spent for the first time at this moment.
            changes.expect_absent(left);
            spend(&new).into_iter().for_each(|(name, value)| changes.set(&name, value));
        }
        (Some(_), _) | (None, None) => {}
    }
}

/// The limits `new` with all use of `old` that still counts, as far as it is known: what replacing them comes to.
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

/// The attributes of a window.
fn window(names: WindowNames, window: &Window) -> [(String, AttributeValue); 4] {
    let [left, end, max, period] = names.map(str::to_owned);
    [(left, n(window.left)), (end, n(window.end)), (max, n(window.max)), (period, n(window.period))]
}

fn read_window(item: &Item, [left, end, max, period]: WindowNames) -> Result<Window, StoreError> {
    Ok(Window {
        left: attributes::number(item, left)?,
        end: attributes::number(item, end)?,
        max: attributes::number(item, max)?,
        period: attributes::number(item, period)?,
    })
}

fn read_optional(item: &Item, names: WindowNames) -> Result<Option<Window>, StoreError> {
    item.contains_key(names[0]).then(|| read_window(item, names)).transpose()
}

/// The attributes of what may be spent.
pub(in crate::store) fn spend(spend: &Spend) -> [(String, AttributeValue); 3] {
    let [left, end, max] = SPEND.map(str::to_owned);
    [(left, n(spend.left)), (end, n(spend.end)), (max, n(spend.max))]
}

/// Reads what may be spent and was, which a tombstone has too; `None` for no limit and nothing spent.
pub(in crate::store) fn spend_of(item: &Item) -> Result<Option<Spend>, StoreError> {
    let [left, end, max] = SPEND;
    let Some(left) = attributes::optional_amount(item, left)? else { return Ok(None) };
    let most = attributes::optional_amount(item, max)?.ok_or(StoreError::Damaged(max))?;
    Ok(Some(Spend { left, end: attributes::number(item, end)?, max: most }))
}

fn scoped(scopes: &BTreeMap<LimitScope, ScopedWindows>) -> AttributeValue {
    let scopes = scopes.iter().map(|(scope, windows)| {
        let windows = windows.iter().filter_map(|(kind, held)| Some(window(names(kind), held.as_ref()?)));
        (scope.as_str().to_owned(), AttributeValue::M(windows.flatten().collect()))
    });
    AttributeValue::M(scopes.collect())
}

fn parked_scoped(parked: &BTreeMap<LimitScope, ScopedWindows>) -> Option<AttributeValue> {
    (!parked.is_empty()).then(|| scoped(parked))
}
