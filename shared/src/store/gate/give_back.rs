//! What is given back of a key when its call is refused after all.

use super::take::{Counting, Take, own_counted};
use crate::access::rules::Applying;
use crate::keys::Key;
use crate::limits::{Limits, Window};
use crate::store::items::attributes::{self, Item, n, name};
use crate::store::items::key::item_key;
use crate::store::items::limits::{self, SPEND, WindowPlace};
use crate::store::write::conditions::Condition;
use crate::store::write::retry::Retry;
use crate::store::write::update::Update;
use crate::store::write::update_item::Attempt;
use crate::store::{Store, StoreError, Table};

/// What a key's item says of where units go back to, whether the key is live or deleted.
struct Standing {
    revision: i64,
    /// The revision at which its counters were last reset.
    generation: i64,
    /// When the key was made, or made again.
    made: i64,
    limits: Limits,
}

impl Store {
    /// Gives back what was taken from `key`, because the call is refused after all: its use by the hour whatever became of
    /// the key since, and the units of those windows, and that month, that are still the same. An edit that kept the counters
    /// kept them; where it lifted the limit, the units go back to what is parked of it. The key as it is then, if it is there.
    ///
    /// Given back twice, the units would be admitted once too often. So it is sent again only when nothing happened for
    /// certain; where that is not known, too little is admitted.
    ///
    /// # Errors
    /// When the store fails: what was taken may be lost to the key until its windows end.
    pub async fn give_back(&self, key: &Key, applying: &Applying, take: Take) -> Result<Option<Key>, StoreError> {
        let taken = own_counted(key, applying);
        let mut standing = Standing::of(key);
        let mut retry = Retry::of_change();
        loop {
            // The revision stands for all that was judged of the item, except for the ends of its windows.
            let mut update = Update::at_revision(standing.revision);
            if standing.generation == key.generation {
                taken.iter().for_each(|counting| update.give_back(*counting, &standing.limits, take));
            }
            if standing.made == key.made {
                update.give_back_spend(&key.config.limits, &standing.limits, take);
            }
            update.uncount_use(take);
            match self.send_once(Table::Keys, item_key(key.id), update).await? {
                Attempt::Done(item) => return self.seen_key(key.id, Some(item), take.now),
                Attempt::Missed(Some(item)) => {
                    standing = Standing::read(&item)?;
                    retry.at_once()?;
                }
                Attempt::Missed(None) => return Ok(None),
                Attempt::Busy => retry.after_pause().await?,
            }
        }
    }
}

impl Standing {
    fn of(key: &Key) -> Self {
        let (revision, generation, made) = (key.revision, key.generation, key.made);
        Self { revision, generation, made, limits: key.config.limits.clone() }
    }

    fn read(item: &Item) -> Result<Self, StoreError> {
        Ok(Self {
            revision: attributes::number(item, name::REVISION)?,
            generation: attributes::number(item, name::GENERATION)?,
            made: attributes::number(item, name::MADE)?,
            limits: limits::limits(item)?,
        })
    }
}

impl Update {
    /// Gives units back to the window they were taken from, if `limits` still has it, in force or parked.
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
