//! For tests: calls, give-backs and roll-ups of one key in any order, each by what it read at some
//! time before.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::key_use::KeyUse;
use super::roll_up::{by_day, emptied, in_row, in_total};
use super::used::{UsedByHour, used_by_hour};
use crate::limits::Limits;
use crate::store::items::attributes::{Item, n, name};
use crate::store::items::example;
use crate::store::items::key::owner;
use crate::store::items::key_config;
use crate::store::items::primary_key::item_key;
use crate::store::items::usage_key::{HOUR, day_of, usage_key};
use crate::store::write::applied::applied;
use crate::store::write::own_use::OwnUse;
use crate::store::write::update::Update;

/// Late on 2026-01-15, so that the hours from here on lie in two days.
const FIRST: i64 = 491_232 + 22;

/// What one of several actors does next.
#[derive(Clone, Debug)]
enum Step {
    Read,
    /// Opens the day of an hour, unless it is known to be open.
    Open(i64),
    Count(i64),
    Uncount(i64),
    /// Rolls up, and begins an hour if it is one.
    RollUp(Option<i64>),
}

/// The store, as far as the use of one key goes.
struct Tables {
    item: Item,
    rows: BTreeMap<String, Item>,
    totals: BTreeMap<String, Item>,
    open: BTreeSet<String>,
}

/// Somebody who works with the key as it was read once.
struct Actor {
    known: KeyUse,
    /// Days opened since.
    opened: BTreeSet<String>,
}

impl Tables {
    fn new() -> Self {
        let key = example::key(Limits::default());
        let mut item = key_config::new_item(&key.config);
        item.extend(item_key(key.id));
        item.extend(owner(key.dialect, &key.org));
        item.insert(name::MADE.into(), n(1));
        Self { item, rows: BTreeMap::new(), totals: BTreeMap::new(), open: BTreeSet::new() }
    }

    fn read(&self) -> KeyUse {
        KeyUse::read(&self.item).unwrap()
    }

    /// Whether `update` of the item happens.
    fn update(&mut self, update: Update) -> bool {
        let Some(item) = applied(update, &self.item) else { return false };
        self.item = item;
        true
    }

    fn roll_up(&mut self, known: &KeyUse, next: Option<i64>) {
        let key = OwnUse::from(known);
        if !self.update(emptied(key, next)) {
            return;
        }
        let next = next.map(|next| day_of(next).unwrap());
        for (day, hours) in by_day(key.hours).unwrap() {
            for (rows, update) in [(&mut self.rows, in_row(key, &hours)), (&mut self.totals, in_total(&hours))] {
                let row = rows.entry(day.clone()).or_insert_with(|| usage_key(key.org, &day, key.id));
                *row = applied(update, row).unwrap();
            }
            let _closed = self.open.remove(&day);
        }
        self.open.extend(next);
    }

    fn sum(rows: &BTreeMap<String, Item>) -> UsedByHour {
        rows.iter().flat_map(|(day, row)| used_by_hour(row, day, &(0..i64::MAX)).unwrap()).collect()
    }
}

impl Actor {
    /// Does a step; returns what it counted.
    fn step(&mut self, tables: &mut Tables, step: &Step) -> Option<(i64, i64)> {
        let known_open = |actor: &Self, hour: i64| {
            let day = day_of(hour).unwrap();
            actor.opened.contains(&day) || OwnUse::from(&actor.known).days().unwrap().contains(&day)
        };
        match step {
            Step::Read => *self = Self { known: tables.read(), opened: BTreeSet::new() },
            Step::Open(hour) if !known_open(self, *hour) => {
                let day = day_of(*hour).unwrap();
                let _new = self.opened.insert(day.clone());
                let _new = tables.open.insert(day);
            }
            Step::Count(hour) | Step::Uncount(hour) if known_open(self, *hour) => {
                let (mut update, counts) = (Update::default(), matches!(step, Step::Count(_)));
                match counts {
                    true => update.count_use(self.known.rolled, hour * HOUR, 3),
                    false => update.uncount_use(self.known.rolled, hour * HOUR, 1),
                }
                return tables.update(update).then_some((*hour, if counts { 3 } else { -1 }));
            }
            Step::RollUp(next) => {
                let next = next.filter(|next| !self.known.used.contains_key(next));
                tables.roll_up(&self.known, next);
            }
            Step::Open(_) | Step::Count(_) | Step::Uncount(_) => {}
        }
        None
    }
}

fn steps() -> impl Strategy<Value = Vec<(usize, Step)>> {
    let hour = || FIRST..FIRST + 3;
    let step = prop_oneof![
        3 => Just(Step::Read),
        3 => hour().prop_map(Step::Open),
        6 => hour().prop_map(Step::Count),
        2 => hour().prop_map(Step::Uncount),
        4 => prop::option::of(hour()).prop_map(Step::RollUp),
    ];
    prop::collection::vec((0_usize..3, step), 0..150)
}

proptest! {
    #[test]
    fn every_hour_is_counted_once_and_found_whoever_comes_first(steps in steps()) {
        let mut tables = Tables::new();
        let mut actors = [0, 1, 2].map(|_| Actor { known: tables.read(), opened: BTreeSet::new() });
        let mut counted = BTreeMap::<i64, i64>::new();
        for (actor, step) in steps {
            if let Some((hour, units)) = actors[actor].step(&mut tables, &step) {
                *counted.entry(hour).or_default() += units;
            }
            let key = tables.read();
            prop_assert!(OwnUse::from(&key).days().unwrap().is_subset(&tables.open), "{:?}", tables.item);
            prop_assert_eq!(Tables::sum(&tables.rows), Tables::sum(&tables.totals));
            let mut found = key.used.clone();
            for (hour, used) in Tables::sum(&tables.totals) {
                *found.entry(hour).or_default() += used.requests;
            }
            found.retain(|_, requests| *requests != 0);
            let expected: BTreeMap<_, _> = counted.iter().filter(|(_, units)| **units != 0).map(|(hour, units)| (*hour, *units)).collect();
            prop_assert_eq!(found, expected);
        }
    }
}
