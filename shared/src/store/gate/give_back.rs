//! Gives back what a key's check took when its call is refused after all.

use super::take::{Counting, Take, own_counted};
use crate::access::rules::Applying;
use crate::keys::Key;
use crate::limits::{Limits, Window};
use crate::store::items::attributes::{self, Item, n, name};
use crate::store::items::limits::{self, SPEND, WindowPlace};
use crate::store::items::primary_key::item_key;
use crate::store::usage::key_use::KeyUse;
use crate::store::write::conditions::Condition;
use crate::store::write::retry::Retry;
use crate::store::write::update::Update;
use crate::store::write::update_item::Attempt;
use crate::store::{Store, StoreError, Table};

/// The state of a key, live or deleted, that decides where units go back to.
struct KeyState {
    revision: i64,
    /// The revision at which its counters were last reset.
    generation: i64,
    limits: Limits,
    key: KeyUse,
}

impl Store {
    /// Gives back what was taken from `key`, and returns the key as it is then, if it still exists.
    ///
    /// The use by the hour goes back whatever happened to the key since. Units go back to each
    /// window that is still the same, and money to the month if it is. If an edit lifted a limit,
    /// its units go back to the parked window.
    ///
    /// Units that were given back twice would be admitted once too often. So the update is sent
    /// again only if it certainly did not happen; in doubt, too little is admitted.
    ///
    /// # Errors
    /// When the store fails: then the key may lack what was taken until its windows end.
    pub async fn give_back(&self, key: &Key, applying: &Applying, take: Take) -> Result<Option<Key>, StoreError> {
        let taken = own_counted(key, applying);
        let mut state = KeyState::of(key);
        let mut retry = Retry::of_change();
        loop {
            self.open_day((&state.key).into(), take.now).await?;
            // The revision stands for everything that was read of the item except the ends of its
            // windows.
            let mut update = Update::at_revision(state.revision);
            if state.generation == key.generation {
                taken.iter().for_each(|counting| update.give_back(*counting, &state.limits, take));
            }
            if state.key.made == key.made {
                update.give_back_spend(&key.config.limits, &state.limits, take);
            }
            update.uncount_use(state.key.rolled, take.now, take.cost);
            match self.send_once(Table::Keys, item_key(key.id), update).await? {
                Attempt::Done(item) if state.revision == key.revision => {
                    return self.counted_again(key, &item).map(Some);
                }
                Attempt::Done(item) => return self.seen_key(key.id, Some(item), take.now),
                Attempt::Missed(Some(item)) => {
                    state = KeyState::read(&item)?;
                    retry.at_once()?;
                }
                Attempt::Missed(None) => return Ok(None),
                Attempt::Busy => retry.after_pause().await?,
            }
        }
    }
}

impl KeyState {
    fn of(key: &Key) -> Self {
        let (revision, generation) = (key.revision, key.generation);
        Self { revision, generation, limits: key.config.limits.clone(), key: key.into() }
    }

    fn read(item: &Item) -> Result<Self, StoreError> {
        Ok(Self {
            revision: attributes::number(item, name::REVISION)?,
            generation: attributes::number(item, name::GENERATION)?,
            limits: limits::limits(item)?,
            key: KeyUse::read(item)?,
        })
    }
}

impl Update {
    /// Gives units back to the window they were taken from, if `limits` still has it, in force or
    /// parked.
    fn give_back(&mut self, taken: Counting<'_>, limits: &Limits, take: Take) {
        let Counting { kind, scope, window } = taken;
        let places = [
            (WindowPlace::Live(scope), limits.window(kind, scope)),
            (WindowPlace::Parked(scope), limits.parked(kind, scope)),
        ];
        let same = |found: &Window| !found.is_unlimited() && found.end == window.end;
        let Some((place, _)) = places.into_iter().find(|(_, found)| found.is_some_and(same)) else { return };
        let [left, end, ..] = place.paths(kind);
        self.require(Condition::equals(end, n(window.end)));
        self.add(left, take.cost);
    }

    /// Gives a reservation back to its month, if `limits` still has it.
    fn give_back_spend(&mut self, taken: &Limits, limits: &Limits, take: Take) {
        let Some(month) = taken.spend.map(|spend| spend.end).filter(|_| take.spend > 0) else { return };
        if limits.spend.is_some_and(|spend| spend.end == month) {
            let [left, end, _] = SPEND;
            self.require(Condition::equals(end, n(month)));
            self.add(left, take.spend);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Millis;
    use crate::limits::{PerKind, Spend, WindowKind};
    use crate::store::write::readable::readable;

    const NOW: Millis = 1_000_000;
    const TAKE: Take = Take { cost: 2, spend: 7, now: NOW, look: false };

    fn window(end: Millis) -> Window {
        Window { left: 1, end, max: 5, period: 1000 }
    }

    fn rate(rate: Window) -> Limits {
        let windows = PerKind::from_fn(|kind| if kind == WindowKind::Rate { rate } else { Window::UNLIMITED });
        Limits { windows, ..Limits::default() }
    }

    /// What giving back to `limits` does, for units of the rate's window that ends at 9.
    fn given_back(limits: &Limits) -> String {
        let mut update = Update::default();
        let taken = window(9);
        update.give_back(Counting { kind: WindowKind::Rate, scope: None, window: &taken }, limits, TAKE);
        readable(update)
    }

    #[test]
    fn units_go_back_to_their_own_window_only() {
        assert_eq!(given_back(&rate(window(9))), "SET rl = rl + 2 IF re = 9");
        assert_eq!(given_back(&rate(window(10))), "", "the next window");
        assert_eq!(given_back(&Limits::default()), "", "no limit");
    }

    #[test]
    fn units_of_a_lifted_limit_go_back_to_what_is_parked_of_it() {
        let mut lifted = Limits::default();
        lifted.parked.own[WindowKind::Rate] = Some(window(9));
        assert_eq!(given_back(&lifted), "SET prl = prl + 2 IF pre = 9");
    }

    #[test]
    fn money_goes_back_to_its_own_month_only() {
        let month = |end| Limits { spend: Some(Spend { left: 1, end, max: 10 }), ..Limits::default() };
        let given_back = |limits: &Limits, take| {
            let mut update = Update::default();
            update.give_back_spend(&month(9), limits, take);
            readable(update)
        };
        assert_eq!(given_back(&month(9), TAKE), "SET sl = sl + 7 IF se = 9");
        assert_eq!(given_back(&month(10), TAKE), "", "the next month");
        assert_eq!(given_back(&month(9), Take { spend: 0, ..TAKE }), "", "nothing was reserved");
    }
}
