//! A configuration and its limits as attributes of an item, the same in `Keys` and in `Organizations`.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::{Map, Value};

use super::StoreError;
use super::attributes::{self, Item, b, n, name, s};
use super::transaction::Changes;
use crate::clock::Millis;
use crate::keys::{Access, Config, Sealed};
use crate::limits::{LimitScope, Limits, ScopedLimits, Spend, Window};

/// What `off` says of an inactive record.
const INACTIVE: &str = "inactive";
/// What `off` says of a tombstone.
pub(super) const DELETED: &str = "deleted";

/// A window's attributes: units left, end, maximum, period.
pub(super) type WindowNames = [&'static str; 4];
pub(super) const RATE: WindowNames = ["rl", "re", "rm", "rp"];
pub(super) const QUOTA: WindowNames = ["ql", "qe", "qm", "qp"];
/// What may be spent: billionths left, end of the month, maximum.
pub(super) const SPEND: [&str; 3] = ["sl", "se", "sm"];

/// Whether counters go on or start again when a configuration is replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counters {
    /// Every window starts afresh.
    Reset,
    /// What was used stays used.
    RunOn,
}

/// The attributes of a new record: revision 1, fresh counters, nothing used.
pub(super) fn new_item(config: &Config) -> Item {
    let mut item = Item::from([
        (name::REVISION.into(), n(1)),
        (name::USABLE_UNTIL.into(), n(config.usable_until)),
        (name::SCOPED.into(), scoped(&config.limits.scoped)),
        (name::USED.into(), AttributeValue::M(Item::new())),
    ]);
    item.extend(window(RATE, &config.limits.rate));
    item.extend(window(QUOTA, &config.limits.quota));
    item.extend(config.limits.spend.iter().flat_map(spend));
    item.extend(optional(config).into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))));
    item
}

/// Whether the item is a tombstone.
pub(super) fn is_deleted(item: &Item) -> bool {
    item.get(name::OFF).and_then(|off| off.as_s().ok()).is_some_and(|off| off == DELETED)
}

/// Reads a record that is no tombstone. Its access rights are shared with `known` where they are the same.
pub(super) fn config(item: &Item, known: Option<&Access>) -> Result<Config, StoreError> {
    Ok(Config {
        inactive: item.contains_key(name::OFF),
        unmet_policies: item.contains_key(name::UNMET_POLICIES),
        usable_until: attributes::number(item, name::USABLE_UNTIL)?,
        kept_until: attributes::optional_number(item, name::KEPT_UNTIL)?,
        any_api: item.contains_key(name::ANY_API),
        access: access(item, known)?,
        limits: limits(item)?,
        document: json(item, name::DOCUMENT)?,
        secrets: attributes::bytes(item, name::SECRETS).map(Sealed::from_bytes),
    })
}

/// Reads the limits and counters of a record, which a tombstone has too.
pub(super) fn limits(item: &Item) -> Result<Limits, StoreError> {
    let scoped = item.get(name::SCOPED).and_then(|map| map.as_m().ok()).ok_or(StoreError::Damaged(name::SCOPED))?;
    let scoped = scoped.iter().map(|(scope, windows)| {
        let windows = windows.as_m().map_err(|_| StoreError::Damaged(name::SCOPED))?;
        let quota = windows.contains_key(QUOTA[0]).then(|| read_window(windows, QUOTA)).transpose()?;
        Ok((LimitScope::from_stored(scope), ScopedLimits { rate: read_window(windows, RATE)?, quota }))
    });
    Ok(Limits {
        rate: read_window(item, RATE)?,
        quota: read_window(item, QUOTA)?,
        spend: spend_of(item)?,
        scoped: scoped.collect::<Result<_, StoreError>>()?,
    })
}

/// Reads what was used in each hour.
pub(super) fn used(item: &Item) -> Result<BTreeMap<i64, i64>, StoreError> {
    let damaged = || StoreError::Damaged(name::USED);
    let hours = item.get(name::USED).and_then(|map| map.as_m().ok()).ok_or_else(damaged)?;
    let used = hours.iter().map(|(hour, used)| {
        let used = used.as_n().map_err(|_| damaged())?;
        Ok((hour.parse().map_err(|_| damaged())?, used.parse().map_err(|_| damaged())?))
    });
    used.collect()
}

/// Sets a record to `new` in place of `old`. Where counters run on, what was used stays used; they move relatively, so
/// that a check at the same moment is not undone. What was spent stays spent either way.
pub(super) fn replace(changes: &mut Changes, new: &Config, old: &Limits, counters: Counters, now: Millis) {
    set_config(changes, new);
    replace_spend(changes, new.limits.spend, old.spend);
    if counters == Counters::Reset {
        restart(changes, &new.limits);
        return;
    }
    replace_window(changes, RATE, &new.limits.rate, &old.rate, now);
    replace_window(changes, QUOTA, &new.limits.quota, &old.quota, now);
    let carried = carry_scoped(&new.limits.scoped, &old.scoped, now);
    if carried != old.scoped {
        // One expression cannot move many nested counters, so this one waits for a moment of quiet.
        changes.expect(name::SCOPED, scoped(&old.scoped));
        changes.set(name::SCOPED, scoped(&carried));
    }
}

/// Sets a tombstone to `new`: nothing of its former life counts any more.
pub(super) fn revive(changes: &mut Changes, new: &Config) {
    set_config(changes, new);
    restart(changes, &new.limits);
    match &new.limits.spend {
        Some(limit) => spend(limit).into_iter().for_each(|(name, value)| changes.set(&name, value)),
        None => SPEND.into_iter().for_each(|name| changes.remove(name)),
    }
}

/// Sets all but the limits.
fn set_config(changes: &mut Changes, new: &Config) {
    changes.set(name::USABLE_UNTIL, n(new.usable_until));
    for (name, value) in optional(new) {
        match value {
            Some(value) => changes.set(name, value),
            None => changes.remove(name),
        }
    }
}

/// Every window but the month's begins afresh.
fn restart(changes: &mut Changes, limits: &Limits) {
    for (name, value) in window(RATE, &limits.rate).into_iter().chain(window(QUOTA, &limits.quota)) {
        changes.set(&name, value);
    }
    changes.set(name::SCOPED, scoped(&limits.scoped));
}

/// Turns a record into a tombstone: configuration and secrets go, counters and usage stay.
pub(super) fn bury(changes: &mut Changes) {
    changes.set(name::OFF, s(DELETED));
    let set = [name::UNMET_POLICIES, name::USABLE_UNTIL, name::KEPT_UNTIL, name::ANY_API];
    for name in set.into_iter().chain([name::ACCESS, name::DOCUMENT, name::SECRETS, name::TOKEN]) {
        changes.remove(name);
    }
}

/// The attributes that are there only where they say something.
fn optional(config: &Config) -> [(&'static str, Option<AttributeValue>); 7] {
    let object = |map: &Map<String, Value>| (!map.is_empty()).then(|| s(Value::Object(map.clone()).to_string()));
    [
        (name::OFF, config.inactive.then(|| s(INACTIVE))),
        (name::UNMET_POLICIES, config.unmet_policies.then_some(AttributeValue::Bool(true))),
        (name::KEPT_UNTIL, config.kept_until.map(n)),
        (name::ANY_API, config.any_api.then_some(AttributeValue::Bool(true))),
        (name::ACCESS, (!config.access.is_empty()).then(|| s(config.access.text()))),
        (name::DOCUMENT, object(&config.document)),
        (name::SECRETS, config.secrets.as_ref().map(|sealed| b(sealed.as_bytes()))),
    ]
}

fn access(item: &Item, known: Option<&Access>) -> Result<Access, StoreError> {
    let Some(text) = item.get(name::ACCESS) else { return Ok(Access::default()) };
    let text = text.as_s().map_err(|_| StoreError::Damaged(name::ACCESS))?;
    Access::read(text, known).map_err(|_| StoreError::Damaged(name::ACCESS))
}

fn json(item: &Item, name: &'static str) -> Result<Map<String, Value>, StoreError> {
    let Some(text) = item.get(name) else { return Ok(Map::new()) };
    let text = text.as_s().map_err(|_| StoreError::Damaged(name))?;
    serde_json::from_str(text).map_err(|_| StoreError::Damaged(name))
}

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

/// The attributes of what may be spent.
pub(super) fn spend(spend: &Spend) -> [(String, AttributeValue); 3] {
    let [left, end, max] = SPEND.map(str::to_owned);
    [(left, n(spend.left)), (end, n(spend.end)), (max, n(spend.max))]
}

/// Reads what may be spent and was, which a tombstone has too; `None` for no limit and nothing spent.
pub(super) fn spend_of(item: &Item) -> Result<Option<Spend>, StoreError> {
    let [left, end, max] = SPEND;
    let Some(left) = attributes::optional_amount(item, left)? else { return Ok(None) };
    let most = attributes::optional_amount(item, max)?.ok_or(StoreError::Damaged(max))?;
    Ok(Some(Spend { left, end: attributes::number(item, end)?, max: most }))
}

fn replace_window(changes: &mut Changes, names: WindowNames, new: &Window, old: &Window, now: Millis) {
    let [left, end, max, period] = names;
    let Some((add, new_end)) = new.carry_from(old, now) else {
        if old.has_ended(now) {
            // Unless a check begins the next window at this moment.
            changes.expect(end, n(old.end));
        }
        window(names, new).into_iter().for_each(|(name, value)| changes.set(&name, value));
        return;
    };
    changes.add(left, add);
    changes.set(max, n(new.max));
    changes.set(period, n(new.period));
    if let Some(new_end) = new_end {
        changes.set(end, n(new_end));
    }
}

/// Another limit: what was spent this month stays spent.
fn replace_spend(changes: &mut Changes, new: Option<Spend>, old: Option<Spend>) {
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

fn carry_scoped(
    new: &BTreeMap<LimitScope, ScopedLimits>,
    old: &BTreeMap<LimitScope, ScopedLimits>,
    now: Millis,
) -> BTreeMap<LimitScope, ScopedLimits> {
    let carry = |new: Window, old: Window| match new.carry_from(&old, now) {
        Some((add, end)) => Window { left: old.left + add, end: end.unwrap_or(old.end), ..new },
        None => new,
    };
    let carried = new.iter().map(|(scope, new)| {
        let limits = old.get(scope).map_or(*new, |old| ScopedLimits {
            rate: carry(new.rate, old.rate),
            quota: new.quota.zip(old.quota).map(|(new, old)| carry(new, old)).or(new.quota),
        });
        (scope.clone(), limits)
    });
    carried.collect()
}

fn scoped(limits: &BTreeMap<LimitScope, ScopedLimits>) -> AttributeValue {
    let scopes = limits.iter().map(|(scope, limits)| {
        let mut windows = Item::from(window(RATE, &limits.rate));
        windows.extend(limits.quota.iter().flat_map(|quota| window(QUOTA, quota)));
        (scope.as_str().to_owned(), AttributeValue::M(windows))
    });
    AttributeValue::M(scopes.collect())
}
