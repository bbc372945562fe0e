//! Units of windows: how many are taken, of which, and why they are not to be had.

use crate::access::rules::Applying;
use crate::clock::Millis;
use crate::keys::Key;
use crate::limits::spend::month_end;
use crate::limits::{BIG, LimitKind, LimitScope, Limits, PerKind, Spend, Window, WindowKind};
use crate::store::items::attributes::{Item, n, name};
use crate::store::items::key::item_key;
use crate::store::items::limits::{self, SPEND};
use crate::store::usage::read::HOUR;
use crate::store::usage::roll_up::MAX_HOURS;
use crate::store::write::conditional::{Attempt, Conditional, Place};
use crate::store::{Store, StoreError, Table};

/// Which limit is used up, and until when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Full {
    /// The limit.
    pub limit: LimitKind,
    /// When it admits again (ms); [`BIG`] = never.
    pub until: Millis,
}

/// How many units of which windows, and when.
#[derive(Clone, Copy, Debug)]
pub struct Take {
    /// Units of rate and quota: whole, from 0 on.
    pub cost: i64,
    /// Billionths of money to reserve, from 0 on. With none, something must be left of a limited month all the same.
    pub spend: i128,
    /// The present.
    pub now: Millis,
    /// Takes nothing and only tells whether the units could be had.
    pub look: bool,
}

/// A window that a call is counted in.
#[derive(Clone, Copy)]
pub(in crate::store) struct Counting<'a> {
    pub(in crate::store) kind: WindowKind,
    pub(in crate::store) scope: Option<&'a LimitScope>,
    pub(in crate::store) window: &'a Window,
}

/// The windows that a call is counted in: those that hold, but for unlimited ones. What has no limit is not counted, so that
/// nothing can use it up.
pub(in crate::store) fn counted<'a>(limits: &'a Limits, applying: &'a Applying) -> Vec<Counting<'a>> {
    let holding = applying.iter().map(|(kind, scope)| {
        let scope = scope.as_ref().filter(|scope| limits.window(kind, Some(scope)).is_some());
        Counting { kind, scope, window: limits.holding(kind, scope) }
    });
    holding.filter(|counting| !counting.window.is_unlimited()).collect()
}

/// The windows of the key itself that a call is counted in: none where it shares its windows.
pub(in crate::store) fn own_counted<'a>(key: &'a Key, applying: &'a Applying) -> Vec<Counting<'a>> {
    if key.shares_windows() { Vec::new() } else { counted(&key.config.limits, applying) }
}

/// The first of the windows that has not enough, if one has not.
pub(in crate::store) fn full(counted: &[Counting<'_>], take: Take) -> Option<Full> {
    let full = counted.iter().find(|counting| !counting.window.admits(take.cost, take.now))?;
    // A cost above the limit is never to be had.
    let until = if take.cost > full.window.max { BIG } else { full.window.end };
    Some(Full { limit: LimitKind::Window(full.kind), until })
}

/// Whether the month has not enough.
pub(in crate::store) fn month_full(spend: Option<Spend>, take: Take) -> Option<Full> {
    let spend = spend.filter(|spend| !spend.admits(take.spend, take.now))?;
    // Less than what is asked for may be left, or nothing at all; a whole month may be too small, too.
    let until = if take.spend.max(1) > spend.max { BIG } else { month_end(take.now) };
    Some(Full { limit: LimitKind::Spend, until })
}

/// The windows that apply to a call, by kind.
#[must_use]
pub fn applying_windows<'a>(limits: &'a Limits, applying: &Applying) -> PerKind<&'a Window> {
    PerKind::from_fn(|kind| limits.holding(kind, applying[kind].as_ref()))
}

impl Store {
    /// Takes units and money from `key`, guessing from what is known of it.
    ///
    /// Sent again by the client after its answer got lost, it takes twice: too little is admitted then, never too much.
    pub(in crate::store) async fn attempt_key(
        &self,
        key: &Key,
        applying: &Applying,
        take: Take,
    ) -> Result<Attempt, StoreError> {
        let mut update = Conditional::on_revision(key.revision);
        own_counted(key, applying).into_iter().for_each(|counting| update.take(counting, take));
        update.take_spend(key.config.limits.spend, take);
        update.count_use(take);
        self.send(Table::Keys, item_key(key.id), update).await
    }

    /// The same of an organisation, which has no money and no use by the hour.
    pub(in crate::store) async fn attempt_org(
        &self,
        item: Item,
        revision: i64,
        counted: &[Counting<'_>],
        take: Take,
    ) -> Result<Attempt, StoreError> {
        let mut update = Conditional::on_revision(revision);
        counted.iter().for_each(|counting| update.take(*counting, take));
        self.send(Table::Organizations, item, update).await
    }
}

impl Conditional {
    /// Takes from one window, guessing from what is known whether it still runs.
    fn take(&mut self, counting: Counting<'_>, take: Take) {
        let Counting { kind, scope, window } = counting;
        let [left, end, max, period] = Place::Live(scope).names(kind);
        let mut path = |name| self.path(Place::Live(scope), name);
        let (left, end) = (path(left), path(end));
        let (units, now) = (self.number(":n", take.cost), self.number(":now", take.now));
        // The period is that of the revision that the update is conditional on.
        let latest = self.value(n(window.latest_end(take.now)));
        if window.is_over(take.now) {
            let (max, period) = (self.path(Place::Live(scope), max), self.path(Place::Live(scope), period));
            self.conditions.push(format!("({end} <= {now} OR {end} > {latest}) AND {max} >= {units}"));
            self.sets.push(format!("{left} = {max} - {units}, {end} = {now} + {period}"));
        } else {
            self.conditions.push(format!("{end} > {now} AND {end} <= {latest} AND {left} >= {units}"));
            self.sets.push(format!("{left} = {left} - {units}"));
        }
    }

    /// Counts the units as used in the present hour, if the item has room for the hour.
    fn count_use(&mut self, take: Take) {
        let (hour, units) = (self.hour(take), self.number(":n", take.cost));
        let (none, hours) = (self.number(":0", 0), self.number(":hours", MAX_HOURS));
        self.conditions.push(format!("(attribute_exists({hour}) OR size(#u) < {hours})"));
        self.sets.push(format!("{hour} = if_not_exists({hour}, {none}) + {units}"));
    }

    /// Counts the units as not used. Where the hour was rolled up since, it falls below zero: the two add up.
    pub(in crate::store) fn uncount_use(&mut self, take: Take) {
        let (hour, units) = (self.hour(take), self.number(":n", take.cost));
        let none = self.number(":0", 0);
        self.sets.push(format!("{hour} = if_not_exists({hour}, {none}) - {units}"));
    }

    /// The present hour in the map of use.
    fn hour(&mut self, take: Take) -> String {
        self.name("#u", name::USED);
        self.name("#h", &take.now.div_euclid(HOUR).to_string());
        "#u.#h".to_owned()
    }

    /// Reserves money, guessing from what is known whether the month has begun. Where none is asked for, a limited month
    /// must have some left.
    fn take_spend(&mut self, known: Option<Spend>, take: Take) {
        if take.spend == 0 && known.is_none_or(|spend| spend.is_unlimited()) {
            return;
        }
        let [left, end, max] = SPEND;
        let Some(spend) = known else {
            let spent = Spend::UNLIMITED.with(take.spend, take.now);
            for (name, value) in limits::spend(&spent) {
                let (path, value) = (self.path(Place::Live(None), &name), self.value(value));
                self.sets.push(format!("{path} = {value}"));
            }
            let left = self.path(Place::Live(None), left);
            self.conditions.push(format!("attribute_not_exists({left})"));
            return;
        };
        let over = spend.is_over(take.now);
        let [end, of] = [end, if over { max } else { left }].map(|name| self.path(Place::Live(None), name));
        let latest = self.value(n(Spend::latest_end(take.now)));
        let least = self.value(n(take.spend.max(1)));
        let now = self.number(":now", take.now);
        let month = if over {
            format!("({end} <= {now} OR {end} > {latest})")
        } else {
            format!("{end} > {now} AND {end} <= {latest}")
        };
        self.conditions.push(format!("{month} AND {of} >= {least}"));
        if take.spend > 0 {
            let (left, amount) = (self.path(Place::Live(None), left), self.value(n(take.spend)));
            self.sets.push(format!("{left} = {of} - {amount}"));
            if over {
                let month = self.value(n(month_end(take.now)));
                self.sets.push(format!("{end} = {month}"));
            }
        }
    }
}
