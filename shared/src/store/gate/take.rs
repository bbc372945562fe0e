//! Takes units and money: how much, from which windows, and why not.

use crate::access::GateScope;
use crate::access::rules::Applying;
use crate::clock::Millis;
use crate::keys::Key;
use crate::limits::spend::month_end;
use crate::limits::{BIG, LimitKind, LimitScope, Limits, PerKind, Spend, Window, WindowKind};
use crate::store::items::attributes::{Item, Path, n};
use crate::store::items::limits::{self, SPEND, WindowPlace};
use crate::store::items::primary_key::item_key;
use crate::store::write::conditions::Condition;
use crate::store::write::update::Update;
use crate::store::write::update_item::Attempt;
use crate::store::{Store, StoreError, Table};

/// Which limit is used up, and until when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Full {
    /// The limit.
    pub limit: LimitKind,
    /// When it admits again (ms); [`BIG`] = never.
    pub until: Millis,
}

/// What a call takes. Every decision asks for one, and only the scope of a gate gives it.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Take {
    /// Units of each window that counts the call; at least 0.
    pub cost: i64,
    /// Billionths of money to reserve; at least 0. Even with 0, a limited month must have something
    /// left.
    pub spend: i128,
    /// The time of the call.
    pub now: Millis,
    /// Only checks whether the units could be taken.
    pub look: bool,
}

impl Take {
    /// A call at `now` that takes `cost` units, and reserves `spend` billionths of money. One that
    /// costs nothing only looks.
    #[must_use]
    pub fn new(_gate: GateScope, cost: i64, spend: i128, now: Millis) -> Self {
        Self { cost, spend, now, look: cost == 0 }
    }

    /// The same call, which only looks.
    #[must_use]
    pub fn looking(self) -> Self {
        Self { look: true, ..self }
    }
}

/// A window that counts a call.
#[derive(Clone, Copy)]
pub(in crate::store) struct Counting<'a> {
    pub(in crate::store) kind: WindowKind,
    pub(in crate::store) scope: Option<&'a LimitScope>,
    pub(in crate::store) window: &'a Window,
}

/// The windows that count a call: those that apply, without unlimited ones. Nothing can use up what
/// has no limit.
pub(in crate::store) fn counted<'a>(limits: &'a Limits, applying: &'a Applying) -> Vec<Counting<'a>> {
    let holding = applying.iter().map(|(kind, scope)| {
        let scope = scope.as_ref().filter(|scope| limits.window(kind, Some(scope)).is_some());
        Counting { kind, scope, window: limits.holding(kind, scope) }
    });
    holding.filter(|counting| !counting.window.is_unlimited()).collect()
}

/// The windows of the key itself that count a call: none if it shares its windows.
pub(in crate::store) fn own_counted<'a>(key: &'a Key, applying: &'a Applying) -> Vec<Counting<'a>> {
    if key.shares_windows() { Vec::new() } else { counted(&key.config.limits, applying) }
}

/// The first of the windows that does not have enough units left.
pub(in crate::store) fn full(counted: &[Counting<'_>], take: Take) -> Option<Full> {
    let full = counted.iter().find(|counting| !counting.window.admits(take.cost, take.now))?;
    // A cost above the limit is never admitted.
    let until = if take.cost > full.window.max { BIG } else { full.window.end };
    Some(Full { limit: LimitKind::Window(full.kind), until })
}

/// The month, if it does not have enough money left.
pub(in crate::store) fn month_full(spend: Option<Spend>, take: Take) -> Option<Full> {
    let spend = spend.filter(|spend| !spend.admits(take.spend, take.now))?;
    // An amount above the limit is never admitted.
    let until = if take.spend.max(1) > spend.max { BIG } else { month_end(take.now) };
    Some(Full { limit: LimitKind::Spend, until })
}

/// The windows that apply to a call, by kind.
#[must_use]
pub fn applying_windows<'a>(limits: &'a Limits, applying: &Applying) -> PerKind<&'a Window> {
    PerKind::from_fn(|kind| limits.holding(kind, applying[kind].as_ref()))
}

impl Store {
    /// Takes units and money from `key`, as it is known.
    ///
    /// If the client sends this again because the answer was lost, it takes twice, and so admits
    /// too little, never too much.
    pub(in crate::store) async fn attempt_key(
        &self,
        key: &Key,
        applying: &Applying,
        take: Take,
    ) -> Result<Attempt, StoreError> {
        self.open_day(key.into(), take.now).await?;
        self.send(Table::Keys, item_key(key.id), key_update(key, applying, take)).await
    }

    /// Takes units from an organisation, which has no money and no use by the hour.
    pub(in crate::store) async fn attempt_org(
        &self,
        item: Item,
        revision: i64,
        counted: &[Counting<'_>],
        take: Take,
    ) -> Result<Attempt, StoreError> {
        let mut update = Update::at_revision(revision);
        counted.iter().for_each(|counting| update.take(*counting, take));
        self.send(Table::Organizations, item, update).await
    }
}

fn key_update(key: &Key, applying: &Applying, take: Take) -> Update {
    let mut update = Update::at_revision(key.revision);
    own_counted(key, applying).into_iter().for_each(|counting| update.take(counting, take));
    update.take_spend(key.config.limits.spend, take);
    update.count_use(key.rolled, take.now, take.cost);
    update
}

impl Update {
    /// Takes from one window, as it is known.
    fn take(&mut self, counting: Counting<'_>, take: Take) {
        let Counting { kind, scope, window } = counting;
        let [left, end, max, period] = WindowPlace::Live(scope).paths(kind);
        let over = window.is_over(take.now);
        // The period is that of the revision that the update requires.
        self.require_over(over, &end, take.now, window.latest_end(take.now));
        if over {
            self.require(Condition::at_least(&max, take.cost));
            self.set_sum(left, max, -take.cost);
            self.set_sum(end, period, take.now);
        } else {
            self.require(Condition::at_least(&left, take.cost));
            self.add(left, -take.cost);
        }
    }

    /// Reserves money of the month, as it is known. Even if it reserves none, a limited month must
    /// have some left.
    fn take_spend(&mut self, known: Option<Spend>, take: Take) {
        if take.spend == 0 && known.is_none_or(|spend| spend.is_unlimited()) {
            return;
        }
        let [left, end, max] = SPEND;
        let Some(spend) = known else {
            self.require(Condition::absent(left));
            return self.set_all(limits::spend(&Spend::UNLIMITED.with(take.spend, take.now)));
        };
        let over = spend.is_over(take.now);
        self.require_over(over, &end.into(), take.now, Spend::latest_end(take.now));
        let from = if over { max } else { left };
        self.require(Condition::at_least(from, take.spend.max(1)));
        if take.spend > 0 {
            self.set_sum(left, from, -take.spend);
            if over {
                self.set(end, n(month_end(take.now)));
            }
        }
    }

    /// Requires that a window or month is over, or else that it runs. It runs if its `end` lies in
    /// the future, but no later than `latest`: a wrong clock set a later one.
    fn require_over(&mut self, over: bool, end: &Path<'_>, now: Millis, latest: Millis) {
        if over {
            self.require_any([Condition::at_most(end, now), Condition::above(end, latest)]);
        } else {
            self.require(Condition::above(end, now));
            self.require(Condition::at_most(end, latest));
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::store::items::attributes::name;
    use crate::store::items::example;
    use crate::store::items::key_config;
    use crate::store::items::usage_key::HOUR;
    use crate::store::write::applied::applied;
    use crate::store::write::readable::readable;

    const NOW: Millis = 1_800_000_000_000;

    fn take(cost: i64, spend: i128) -> Take {
        Take { cost, spend, now: NOW, look: false }
    }

    fn taken(window: &Window, scope: Option<&LimitScope>) -> String {
        let mut update = Update::default();
        update.take(Counting { kind: WindowKind::Rate, scope, window }, take(2, 0));
        readable(update)
    }

    #[test]
    fn units_are_taken_from_a_window_while_it_runs_and_has_them() {
        let window = Window { left: 5, end: NOW + 100, max: 9, period: 1000 };
        let latest = window.latest_end(NOW);
        let expected = format!("SET rl = rl + -2 IF re > {NOW} AND re <= {latest} AND rl >= 2");
        assert_eq!(taken(&window, None), expected);
        let scope = LimitScope::api("a.b");
        assert!(taken(&window, Some(&scope)).starts_with("SET c.api:a.b.rl = c.api:a.b.rl + -2 IF"));
    }

    #[test]
    fn the_first_units_after_a_window_begin_the_next() {
        let window = Window { left: 0, end: NOW, max: 9, period: 1000 };
        let latest = window.latest_end(NOW);
        let expected = format!("SET rl = rm + -2, re = rp + {NOW} IF (re <= {NOW} OR re > {latest}) AND rm >= 2");
        assert_eq!(taken(&window, None), expected);
    }

    #[test]
    fn without_a_limit_and_without_an_amount_no_money_is_looked_at() {
        for known in [None, Some(Spend { end: NOW + 1, ..Spend::UNLIMITED })] {
            let mut update = Update::default();
            update.take_spend(known, take(1, 0));
            assert_eq!(readable(update), "", "{known:?}");
        }
    }

    #[test]
    fn what_has_no_limit_is_not_counted() {
        let limits = Limits::default();
        assert!(counted(&limits, &Applying::default()).is_empty());
    }

    #[test]
    fn a_cost_above_the_limit_is_never_admitted() {
        let window = Window { left: 5, end: NOW + 100, max: 5, period: 1000 };
        let counting = [Counting { kind: WindowKind::Quota, scope: None, window: &window }];
        let until = |cost| full(&counting, take(cost, 0)).map(|full| full.until);
        assert_eq!((until(5), until(6)), (None, Some(BIG)));
        let used = Window { left: 4, ..window };
        let counting = [Counting { kind: WindowKind::Quota, scope: None, window: &used }];
        assert_eq!(full(&counting, take(5, 0)).map(|full| full.until), Some(NOW + 100));
        let month = |spend| month_full(Some(Spend { left: 3, end: month_end(NOW), max: 5 }), take(0, spend));
        assert_eq!(month(3), None);
        assert_eq!(month(4).map(|full| full.until), Some(month_end(NOW)));
        assert_eq!(month(6).map(|full| full.until), Some(BIG));
    }

    prop_compose! {
        /// Two states of the counters of one limit: units left, and which of `ENDS` is the end.
        fn counters()(max in 1_i64..6, left in (-2_i64..6, -2_i64..6), end in (0_usize..4, 0_usize..4)) -> [(i64, i64, usize); 2] {
            [(max, left.0.min(max), end.0), (max, left.1.min(max), end.1)]
        }
    }

    prop_compose! {
        /// Limits as an instance remembers them, and as they are now.
        fn limits()(rate in counters(), spend in prop::option::of(counters()), spent in any::<(bool, bool)>()) -> [Limits; 2] {
            let month = month_end(NOW);
            let rates = rate.map(|(max, left, end)| Window { left, end: [0, NOW, NOW + 500, NOW + HOUR][end], max, period: 1000 });
            let limited = |(max, left, end): (i64, i64, usize)| {
                Spend { left: left.into(), end: [0, NOW, month, month_end(month)][end], max: max.into() }
            };
            let unlimited = |spent: bool| spent.then(|| Spend::UNLIMITED.with(1, NOW));
            let months = spend.map_or([unlimited(spent.0), unlimited(spent.1)], |spend| spend.map(|of| Some(limited(of))));
            [(rates[0], months[0]), (rates[1], months[1])].map(|(rate, spend)| {
                let windows = PerKind::from_fn(|kind| if kind == WindowKind::Rate { rate } else { Window::UNLIMITED });
                Limits { windows, spend, ..Limits::default() }
            })
        }
    }

    /// The limits after the update that is guessed from `known`; `None` if it does not happen.
    fn after(known: &Limits, now: &Limits, take: Take) -> Option<Limits> {
        let key = example::key(known.clone());
        let mut item = key_config::new_item(&example::config(now.clone()));
        item.insert(name::REVISION.into(), n(key.revision));
        let item = applied(key_update(&key, &Applying::default(), take), &item)?;
        assert_eq!(key_config::used(&item).unwrap(), [(NOW / HOUR, take.cost)].into());
        Some(limits::limits(&item).unwrap())
    }

    fn left(limits: &Limits) -> (i64, i128) {
        let rate = &limits.windows[WindowKind::Rate];
        let left = if rate.is_over(NOW) { rate.max } else { rate.left };
        (left, limits.spend.unwrap_or(Spend::UNLIMITED).left_at(NOW))
    }

    proptest! {
        #[test]
        fn the_update_admits_what_the_item_has_whatever_is_remembered(
            [known, now] in limits(), cost in 0_i64..6, spend in 0_i128..6,
        ) {
            let take = take(cost, spend);
            let refused = |limits: &Limits| {
                full(&counted(limits, &Applying::default()), take).or_else(|| month_full(limits.spend, take)).is_some()
            };
            prop_assert_eq!(after(&now, &now, take).is_none(), refused(&now), "a right guess decides");
            if let Some(after) = after(&known, &now, take) {
                prop_assert!(!refused(&now), "a wrong one admits nothing more");
                let (units, money) = left(&now);
                prop_assert_eq!(left(&after), (units - cost, money - spend));
            }
        }
    }
}
