//! Puts a configuration in the place of another, deletes it, and brings a deleted one back.
//!
//! Each of these is part of an update that raises the revision, and so never happens twice.

use super::replace_limits::{carried, replace_spend, replace_windows, restart};
use super::update::Update;
use crate::clock::Millis;
use crate::keys::KeyConfig;
use crate::limits::Limits;
use crate::store::items::attributes::{Item, n, name, s};
use crate::store::items::key_config::{DELETED, new_item, optional};
use crate::store::items::limits::{self, SPEND};

/// Whether counters go on or start again when a configuration is replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counters {
    /// Every window starts afresh.
    Reset,
    /// What was used stays used.
    RunOn,
}

/// Sets `new` in the place of a configuration with the limits `old`, at this revision. What was spent stays spent, whatever
/// happens to the other counters.
pub(in crate::store) fn replace(
    update: &mut Update,
    new: &KeyConfig,
    (revision, old): (i64, &Limits),
    counters: Counters,
    now: Millis,
) {
    set_config(update, new);
    replace_spend(update, new.limits.spend, old.spend);
    match counters {
        Counters::Reset => restart_all(update, new, revision),
        Counters::RunOn => replace_windows(update, &new.limits, old, now),
    }
}

/// The item that [`replace`] leads to, for its size: parked windows take room too.
pub(in crate::store) fn replaced_item(new: &KeyConfig, old: &Limits, counters: Counters, now: Millis) -> Item {
    let mut item = new_item(new);
    if counters == Counters::RunOn {
        item.extend(limits::attributes(&carried(&new.limits, old, now)));
    }
    item
}

/// Sets `new` in the place of a tombstone of this revision. Nothing from its former life still counts.
pub(in crate::store) fn revive(update: &mut Update, new: &KeyConfig, revision: i64) {
    set_config(update, new);
    restart_all(update, new, revision);
    match &new.limits.spend {
        Some(limit) => update.set_all(limits::spend(limit)),
        None => update.remove_all(SPEND),
    }
}

/// Turns an item into a tombstone: configuration and secrets go, counters and usage stay.
pub(in crate::store) fn bury(update: &mut Update) {
    update.set(name::OFF, s(DELETED));
    update.remove_all([name::UNMET_POLICIES, name::USABLE_UNTIL, name::KEPT_UNTIL, name::ANY_API]);
    update.remove_all([name::ACCESS, name::DOCUMENT, name::SECRETS, name::TOKEN]);
}

/// Resets all windows with the revision after this one, so that units taken before are not given back to the new windows.
fn restart_all(update: &mut Update, new: &KeyConfig, revision: i64) {
    restart(update, &new.limits);
    update.set(name::GENERATION, n(revision + 1));
}

fn set_config(update: &mut Update, new: &KeyConfig) {
    update.set(name::USABLE_UNTIL, n(new.usable_until));
    optional(new).into_iter().for_each(|(name, value)| update.set_or_remove(name, value));
}
