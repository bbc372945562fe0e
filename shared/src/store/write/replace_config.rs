//! Puts a configuration in the place of another, deletes it, and brings a deleted one back.
//!
//! Each of these is part of an update that raises the revision, and so never happens twice.

use super::replace_limits::{replace_spend, replace_windows, restart};
use super::update::Update;
use crate::clock::Millis;
use crate::keys::KeyConfig;
use crate::limits::{Limits, carried};
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

/// Sets `new` in the place of a configuration with the limits `old`, at this revision. What was
/// spent stays spent, whatever happens to the other counters.
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

/// Sets `new` in the place of a tombstone of this revision. Nothing from its former life still
/// counts.
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
    update.remove_all([name::POLICIES, name::FOLLOWED, name::USABLE_UNTIL, name::KEPT_UNTIL, name::ANY_API]);
    update.remove_all([name::ACCESS, name::DOCUMENT, name::SECRETS, name::TOKEN]);
}

/// Resets all windows with the revision after this one, so that units taken before are not given
/// back to the new windows.
fn restart_all(update: &mut Update, new: &KeyConfig, revision: i64) {
    restart(update, &new.limits);
    update.set(name::GENERATION, n(revision + 1));
}

fn set_config(update: &mut Update, new: &KeyConfig) {
    update.set(name::USABLE_UNTIL, n(new.usable_until));
    optional(new).into_iter().for_each(|(name, value)| update.set_or_remove(name, value));
}

#[cfg(test)]
mod tests {
    use aws_sdk_dynamodb::types::AttributeValue;
    use serde_json::json;

    use super::*;
    use crate::limits::{PerKind, Spend, Window, WindowKind};
    use crate::store::items::example::config;
    use crate::store::items::key_config;
    use crate::store::write::applied::applied;

    const NOW: Millis = 1_000_000;

    fn limits(left: i64, spend: Option<Spend>) -> Limits {
        let rate = Window { left, end: NOW + 1, max: 5, period: 1000 };
        let windows = PerKind::from_fn(|kind| if kind == WindowKind::Rate { rate } else { Window::UNLIMITED });
        Limits { windows, spend, ..Limits::default() }
    }

    /// The item of a configuration with these limits, after `change` of it.
    fn changed(old: &Limits, change: impl FnOnce(&mut Update)) -> Item {
        let mut update = Update::revise(1);
        change(&mut update);
        let mut item = new_item(&config(old.clone()));
        item.insert(name::TOKEN.into(), AttributeValue::Bool(true));
        applied(update, &item).expect("nothing came between")
    }

    fn spent() -> Spend {
        Spend { left: 3, end: NOW + 1, max: 10 }
    }

    #[test]
    fn all_of_a_configuration_is_replaced() {
        let (old, mut new) = (limits(1, None), config(Limits::default()));
        (new.inactive, new.any_api, new.kept_until) = (true, true, Some(9));
        new.document.insert("alias".into(), json!("x"));
        let item = changed(&old, |update| replace(update, &new, (1, &old), Counters::Reset, NOW));
        assert_eq!(key_config::config(&item, None).unwrap(), new);
        let item =
            applied_again(item, |update| replace(update, &config(old.clone()), (2, &new.limits), Counters::Reset, NOW));
        assert_eq!(key_config::config(&item, None).unwrap(), config(old));
    }

    fn applied_again(item: Item, change: impl FnOnce(&mut Update)) -> Item {
        let mut update = Update::revise(2);
        change(&mut update);
        applied(update, &item).expect("nothing came between")
    }

    #[test]
    fn counters_run_on_or_start_again_but_what_was_spent_stays_spent() {
        let old = limits(1, Some(spent()));
        let new = config(limits(5, Some(Spend::limited(20))));
        for (counters, left, generation) in [(Counters::RunOn, 1, 1), (Counters::Reset, 5, 2)] {
            let item = changed(&old, |update| replace(update, &new, (1, &old), counters, NOW));
            let limits = key_config::config(&item, None).unwrap().limits;
            assert_eq!(limits.windows[WindowKind::Rate].left, left, "{counters:?}");
            assert_eq!(limits.spend, Some(Spend { left: 13, end: NOW + 1, max: 20 }));
            assert_eq!(item[name::GENERATION], n(generation), "{counters:?}");
            assert_eq!(item[name::REVISION], n(2));
        }
    }

    #[test]
    fn a_replaced_item_is_measured_as_it_will_be() {
        let old = limits(1, None);
        let new = config(Limits::default());
        let item = changed(&old, |update| replace(update, &new, (1, &old), Counters::RunOn, NOW));
        let measured = replaced_item(&new, &old, Counters::RunOn, NOW);
        assert!(measured.contains_key("prl") && !new_item(&new).contains_key("prl"), "parked windows count");
        assert!(item.keys().all(|name| measured.contains_key(name) || name == name::TOKEN));
    }

    #[test]
    fn a_tombstone_keeps_counters_and_no_secrets_and_nothing_of_it_counts_once_it_is_revived() {
        let old = limits(1, Some(spent()));
        let buried = changed(&old, bury);
        assert!(key_config::is_deleted(&buried));
        assert!(
            [name::TOKEN, name::ACCESS, name::DOCUMENT, name::SECRETS].iter().all(|name| !buried.contains_key(*name))
        );
        assert_eq!(crate::store::items::limits::limits(&buried).unwrap(), old);
        let new = config(limits(5, None));
        let revived = applied_again(buried, |update| revive(update, &new, 2));
        assert_eq!(key_config::config(&revived, None).unwrap(), new);
    }
}
