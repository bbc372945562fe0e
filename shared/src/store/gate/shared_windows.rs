//! The check of windows that several keys of an organisation share.

use aws_sdk_dynamodb::types::AttributeValue;

use super::take::{Counting, Full, Take, counted};
use crate::access::rules::Applying;
use crate::clock::Millis;
use crate::keys::SharedName;
use crate::limits::{BIG, CLOCK_TOLERANCE, LimitKind, Limits, Window};
use crate::store::items::attributes::{Item, Path, n};
use crate::store::items::primary_key::shared_windows_key;
use crate::store::items::shared_windows::{BEGIN, END, SharedWindow, SharedWindows, USED, window_name};
use crate::store::write::conditions::Condition;
use crate::store::write::retry::Retry;
use crate::store::write::update::Update;
use crate::store::write::update_item::Attempt;
use crate::store::{Store, StoreError, Table};

/// The result of a check of shared windows, with the windows as they are then.
#[derive(Debug)]
pub enum SharedCheck {
    /// One of them does not have enough units left.
    Full(Full, SharedWindows),
    /// The units were taken.
    Taken(SharedWindows),
}

impl Store {
    /// Takes units from the windows named `name` for a key with `limits`, if they allow it. This
    /// costs one update if the instance remembers the windows, and otherwise also a read. If no
    /// limit applies, it costs nothing.
    ///
    /// # Errors
    /// When the store fails, or the windows change faster than they can be read.
    pub async fn take_from_shared(
        &self,
        name: &SharedName,
        limits: &Limits,
        applying: &Applying,
        take: Take,
    ) -> Result<SharedCheck, StoreError> {
        let counted = counted(limits, applying);
        if counted.is_empty() {
            return Ok(SharedCheck::Taken(SharedWindows::default()));
        }
        let remembered = self.remembered.shared(name).filter(|_| !take.look);
        let (mut windows, mut fresh) = match remembered {
            Some(windows) => (windows, false),
            None => (self.shared_windows(name).await?, true),
        };
        let mut retry = Retry::of_check();
        loop {
            match windows.full(&counted, take) {
                Some(full) if fresh => return Ok(SharedCheck::Full(full, windows)),
                Some(_) => {
                    (windows, fresh) = (self.shared_windows(name).await?, true);
                    retry.at_once()?;
                    continue;
                }
                None if take.look => return Ok(SharedCheck::Taken(windows)),
                None => {}
            }
            // If the client sends this again because the answer was lost, it may take twice, and so
            // admit too little.
            let mut update = Update::default();
            counted.iter().for_each(|counting| update.take_shared(*counting, &windows, take));
            match self.send(Table::Organizations, shared_windows_key(name), update).await? {
                Attempt::Done(item) => return Ok(SharedCheck::Taken(self.seen_shared(name, Some(item))?)),
                Attempt::Missed(item) => {
                    (windows, fresh) = (self.seen_shared(name, item)?, true);
                    retry.at_once()?;
                }
                Attempt::Busy => {
                    fresh = false;
                    retry.after_pause().await?;
                }
            }
        }
    }

    /// Gives back what was taken from the windows named `name`, which were `taken` right after
    /// that. Units go back to the windows that have not ended since. Returns the windows as they
    /// are then.
    ///
    /// Units that were given back twice would be admitted once too often. So the update is sent
    /// again only if it certainly did not happen.
    ///
    /// # Errors
    /// When the store fails: then the windows may lack what was taken until they end.
    pub async fn give_back_to_shared(
        &self,
        name: &SharedName,
        (limits, applying): (&Limits, &Applying),
        taken: SharedWindows,
        take: Take,
    ) -> Result<SharedWindows, StoreError> {
        let counted = counted(limits, applying);
        let mut now = taken.clone();
        let mut retry = Retry::of_change();
        loop {
            let mut update = Update::default();
            let same = counted.iter().filter(|counting| now.is_same_window(counting, &taken));
            same.for_each(|counting| update.give_back_shared(*counting, &taken, take));
            if update.is_empty() {
                return Ok(now);
            }
            match self.send_once(Table::Organizations, shared_windows_key(name), update).await? {
                Attempt::Done(item) => return self.seen_shared(name, Some(item)),
                Attempt::Missed(item) => {
                    now = self.seen_shared(name, item)?;
                    retry.at_once()?;
                }
                Attempt::Busy => retry.after_pause().await?,
            }
        }
    }

    /// The windows named `name`. One read.
    pub async fn shared_windows(&self, name: &SharedName) -> Result<SharedWindows, StoreError> {
        self.seen_shared(name, self.get(Table::Organizations, shared_windows_key(name)).await?)
    }

    fn seen_shared(&self, name: &SharedName, item: Option<Item>) -> Result<SharedWindows, StoreError> {
        let windows = item.map(|item| SharedWindows::read(&item)).transpose()?.unwrap_or_default();
        self.remembered.remember_shared(name, &windows);
        Ok(windows)
    }
}

impl SharedWindows {
    /// The first window that does not have enough units left.
    fn full(&self, counted: &[Counting<'_>], take: Take) -> Option<Full> {
        counted.iter().find_map(|counting| {
            let (max, window) = (counting.window.max, self.running(counting, take.now));
            let used = window.map_or(0, |window| window.used);
            if used + take.cost <= max {
                return None;
            }
            // A cost above the limit is never admitted.
            let until = window.filter(|_| take.cost <= max).map_or(BIG, |window| window.end);
            Some(Full { limit: LimitKind::Window(counting.kind), until })
        })
    }

    fn running(&self, counting: &Counting<'_>, now: Millis) -> Option<&SharedWindow> {
        self.0.get(&window_name(counting.kind, counting.scope)).filter(|window| window.is_running(now))
    }

    /// Whether the window is the same one as in `other`.
    fn is_same_window(&self, counting: &Counting<'_>, other: &Self) -> bool {
        let name = window_name(counting.kind, counting.scope);
        let [this, other] = [self, other].map(|windows| windows.0.get(&name).map(|window| (window.begin, window.end)));
        this.is_some() && this == other
    }
}

impl Update {
    /// Takes from one window, which runs or not according to `known`. The first unit makes it.
    fn take_shared(&mut self, counting: Counting<'_>, known: &SharedWindows, take: Take) {
        let name = window_name(counting.kind, counting.scope);
        let [used, begin, end] = [USED, BEGIN, END].map(|attribute| Path::from([name.as_str(), attribute]));
        let (now, latest) = (take.now, take.now + CLOCK_TOLERANCE);
        let Window { max, period, .. } = *counting.window;
        if known.running(&counting, now).is_some() {
            self.require(Condition::above(end, now));
            self.require(Condition::at_most(begin, latest));
            self.require(Condition::at_most(&used, max - take.cost));
            self.add(used, take.cost);
        } else {
            let begun = [(USED, take.cost), (BEGIN, now), (END, now.saturating_add(period).min(BIG))];
            let begun = begun.map(|(attribute, number)| (attribute.to_owned(), n(number)));
            self.require_any([Condition::absent(&name), Condition::at_most(end, now), Condition::above(begin, latest)]);
            self.set(&name, AttributeValue::M(begun.into()));
        }
    }

    /// Gives units back to one window, if it is still the same one as in `taken`.
    fn give_back_shared(&mut self, counting: Counting<'_>, taken: &SharedWindows, take: Take) {
        let name = window_name(counting.kind, counting.scope);
        let Some(taken) = taken.0.get(&name) else { return };
        let [used, begin, end] = [USED, BEGIN, END].map(|attribute| Path::from([name.as_str(), attribute]));
        self.require(Condition::equals(begin, n(taken.begin)));
        self.require(Condition::equals(end, n(taken.end)));
        self.add(used, -take.cost);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::clock::Millis;
    use crate::limits::WindowKind;
    use crate::store::write::applied::applied;
    use crate::store::write::readable::readable;

    const NOW: Millis = 1_000_000_000;
    const LIMIT: Window = Window { left: 5, end: 0, max: 5, period: 1000 };
    const COUNTING: Counting<'_> = Counting { kind: WindowKind::Rate, scope: None, window: &LIMIT };

    fn take(cost: i64) -> Take {
        Take { cost, spend: 0, now: NOW, look: false }
    }

    fn windows(used: i64, begin: Millis, end: Millis) -> SharedWindows {
        SharedWindows([("rate".to_owned(), SharedWindow { used, begin, end })].into())
    }

    fn item(windows: &SharedWindows) -> Item {
        let attributes = |window: &SharedWindow| {
            let numbers = [(USED, window.used), (BEGIN, window.begin), (END, window.end)];
            AttributeValue::M(numbers.map(|(name, number)| (name.to_owned(), n(number))).into())
        };
        windows.0.iter().map(|(name, window)| (name.clone(), attributes(window))).collect()
    }

    fn taking(known: &SharedWindows, cost: i64) -> Update {
        let mut update = Update::default();
        update.take_shared(COUNTING, known, take(cost));
        update
    }

    #[test]
    fn the_first_unit_makes_the_window() {
        let (end, latest) = (NOW + 1000, NOW + CLOCK_TOLERANCE);
        let expected = format!(
            "SET rate = {{b: {NOW}, e: {end}, u: 2}} \
             IF (attribute_not_exists(rate) OR rate.e <= {NOW} OR rate.b > {latest})"
        );
        assert_eq!(readable(taking(&SharedWindows::default(), 2)), expected);
    }

    #[test]
    fn units_go_back_only_to_the_window_they_were_taken_from() {
        let taken = windows(3, NOW - 5, NOW + 995);
        let mut update = Update::default();
        update.give_back_shared(COUNTING, &taken, take(2));
        assert_eq!(
            readable(update),
            format!("SET rate.u = rate.u + -2 IF rate.b = {} AND rate.e = {}", NOW - 5, NOW + 995)
        );
        assert!(windows(4, NOW - 5, NOW + 995).is_same_window(&COUNTING, &taken), "used by others too");
        assert!(!windows(3, NOW, NOW + 1000).is_same_window(&COUNTING, &taken));
        assert!(!SharedWindows::default().is_same_window(&COUNTING, &SharedWindows::default()));
    }

    prop_compose! {
        fn any_windows()(used in prop::option::of(0_i64..7), begin in 0_usize..3, length in 1_i64..3000) -> SharedWindows {
            let begin = [NOW - 1500, NOW, NOW + 2 * CLOCK_TOLERANCE][begin];
            used.map_or_else(SharedWindows::default, |used| windows(used, begin, begin + length))
        }
    }

    proptest! {
        #[test]
        fn the_update_admits_what_the_windows_have_whatever_is_remembered(
            known in any_windows(), now in any_windows(), cost in 0..=LIMIT.max,
        ) {
            let refused = now.full(&[COUNTING], take(cost)).is_some();
            prop_assert_eq!(applied(taking(&now, cost), &item(&now)).is_none(), refused, "a right guess decides");
            let used = |windows: &SharedWindows| windows.running(&COUNTING, NOW).map_or(0, |window| window.used);
            if let Some(after) = applied(taking(&known, cost), &item(&now)) {
                prop_assert!(!refused, "a wrong one admits nothing more");
                prop_assert_eq!(used(&SharedWindows::read(&after).unwrap()), used(&now) + cost);
            }
        }
    }
}
