//! Rolls up keys that were not used in the present hour, on behalf of whoever reads their
//! organisation's use. Others are left as they are: the next call would only put a new hour into
//! their items.

use std::collections::{BTreeMap, BTreeSet};

use super::key_use::KeyUse;
use super::open_keys::OpenDays;
use super::roll_up::RollUp;
use super::totals::{Part, TotalName};
use crate::clock::Millis;
use crate::store::items::usage_key::{HOUR, Slice};
use crate::store::write::transaction::Outcome;
use crate::store::{Store, StoreError};

/// The most keys that one reader rolls up: about a second's work.
const MAX_KEYS: usize = 1000;

/// How many roll-ups added to each total.
pub(super) type RollUps = BTreeMap<TotalName, i64>;

impl Store {
    /// Rolls up those of `keys` that have no use in the present hour, which their items then lack.
    /// A key that changes at the same time stays as it is. Returns how often this added to each
    /// total.
    pub(super) async fn roll_up_idle(
        &self,
        part: &Part<'_>,
        keys: &mut [KeyUse],
        open: &OpenDays,
        now: Millis,
    ) -> Result<RollUps, StoreError> {
        let present = now.div_euclid(HOUR);
        // Keys of a slice share its totals.
        keys.sort_by_key(|key| (!key.is_idle(present), Slice::of(key.id)));
        let idle = keys.iter().take_while(|key| key.is_idle(present)).count();
        let (mut rest, _) = keys.split_at_mut(idle.min(MAX_KEYS));
        let mut own = RollUps::new();
        while !rest.is_empty() {
            let (roll_up, size) = self.roll_up_first(part, rest, open)?;
            let totals: Vec<_> = roll_up.totals().cloned().collect();
            let (batch, others) = rest.split_at_mut(size);
            if self.transact(roll_up.into_parts()?).await? == Outcome::Done {
                totals.into_iter().for_each(|total| *own.entry(total).or_default() += 1);
                batch.iter_mut().for_each(KeyUse::empty);
            }
            rest = others;
        }
        Ok(own)
    }

    /// A roll-up of as many of `keys` as fit into a transaction, and how many those are.
    fn roll_up_first<'a>(
        &'a self,
        part: &Part<'a>,
        keys: &[KeyUse],
        open: &OpenDays,
    ) -> Result<(RollUp<'a>, usize), StoreError> {
        let (mut roll_up, mut size, none) = (RollUp::new(self, part.org), 0, BTreeSet::new());
        for key in keys {
            let open = open.get(&key.id).unwrap_or(&none);
            if !roll_up.has_room_for(key.into(), open) {
                break;
            }
            roll_up.add(key.into(), open, None)?;
            size += 1;
        }
        Ok((roll_up, size))
    }
}
