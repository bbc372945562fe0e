//! Limits and their counters as attributes of an item.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::types::AttributeValue;

use super::attributes::{self, Item, Path, n, name};
use crate::limits::{LimitScope, Limits, Parked, PerKind, ScopedWindows, Spend, Window, WindowKind};
use crate::store::StoreError;

/// A window's attributes: units left, end, maximum, period.
pub(in crate::store) type WindowNames = [&'static str; 4];
const RATE: WindowNames = ["rl", "re", "rm", "rp"];
const QUOTA: WindowNames = ["ql", "qe", "qm", "qp"];
/// The item's own windows whose limits are lifted.
const PARKED_RATE: WindowNames = ["prl", "pre", "prm", "prp"];
const PARKED_QUOTA: WindowNames = ["pql", "pqe", "pqm", "pqp"];
/// What may be spent: billionths left, end of the month, maximum.
pub(in crate::store) const SPEND: [&str; 3] = ["sl", "se", "sm"];

/// The attributes of a window in force, of the item itself or of one of its scopes.
pub(in crate::store) fn names(kind: WindowKind) -> WindowNames {
    match kind {
        WindowKind::Rate => RATE,
        WindowKind::Quota => QUOTA,
    }
}

/// The attributes of a parked window of the item itself. In a scope, parked windows have the names
/// of those in force.
pub(in crate::store) fn parked_names(kind: WindowKind) -> WindowNames {
    match kind {
        WindowKind::Rate => PARKED_RATE,
        WindowKind::Quota => PARKED_QUOTA,
    }
}

/// Where an item has a window: its own, or that of one of its scopes.
#[derive(Clone, Copy)]
pub(in crate::store) enum WindowPlace<'a> {
    /// With the limits in force.
    Live(Option<&'a LimitScope>),
    /// With those that are lifted.
    Parked(Option<&'a LimitScope>),
}

impl<'a> WindowPlace<'a> {
    /// The paths of a window there: units left, end, maximum, period.
    pub(in crate::store) fn paths(self, kind: WindowKind) -> [Path<'a>; 4] {
        match self {
            Self::Live(None) => names(kind).map(Path::from),
            Self::Parked(None) => parked_names(kind).map(Path::from),
            Self::Live(Some(scope)) => names(kind).map(|name| [name::SCOPED, scope.as_str(), name].into()),
            Self::Parked(Some(scope)) => names(kind).map(|name| [name::PARKED_SCOPED, scope.as_str(), name].into()),
        }
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

/// Reads limits and counters, which a tombstone has too.
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

/// The attributes of a window.
pub(in crate::store) fn window(names: WindowNames, window: &Window) -> [(String, AttributeValue); 4] {
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

/// Reads the limit on money and what was spent, which a tombstone has too; `None` if there is no
/// limit and nothing was spent.
pub(in crate::store) fn spend_of(item: &Item) -> Result<Option<Spend>, StoreError> {
    let [left, end, max] = SPEND;
    let Some(left) = attributes::optional_amount(item, left)? else { return Ok(None) };
    let most = attributes::optional_amount(item, max)?.ok_or(StoreError::Damaged(max))?;
    Ok(Some(Spend { left, end: attributes::number(item, end)?, max: most }))
}

pub(in crate::store) fn scoped(scopes: &BTreeMap<LimitScope, ScopedWindows>) -> AttributeValue {
    let scopes = scopes.iter().map(|(scope, windows)| {
        let windows = windows.iter().filter_map(|(kind, held)| Some(window(names(kind), held.as_ref()?)));
        (scope.as_str().to_owned(), AttributeValue::M(windows.flatten().collect()))
    });
    AttributeValue::M(scopes.collect())
}

pub(in crate::store) fn parked_scoped(parked: &BTreeMap<LimitScope, ScopedWindows>) -> Option<AttributeValue> {
    (!parked.is_empty()).then(|| scoped(parked))
}
