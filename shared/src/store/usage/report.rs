//! What a call really used, reported afterwards. It counts once, in the key's month, in the hour's
//! use and in the organisation's total, in one transaction.

use aws_sdk_dynamodb::types::TransactWriteItem;

use super::used::{self, Counted};
use crate::access::GateScope;
use crate::clock::Millis;
use crate::keys::{KeyId, Reservation};
use crate::limits::Spend;
use crate::store::items::attributes::{self, b, n, name, s};
use crate::store::items::limits::{self, SPEND};
use crate::store::items::primary_key::{item_key, report_key};
use crate::store::items::usage_key::{HOUR, Slice, day_of, total_key, usage_key};
use crate::store::write::conditions::Condition;
use crate::store::write::retry::Retry;
use crate::store::write::transaction::Outcome;
use crate::store::write::update::Update;
use crate::store::{KeyUse, Store, StoreError, Table, Used};

/// How long a report is remembered by its name, so that it counts once.
pub const KNOWN_FOR: Millis = 35 * 24 * HOUR;

/// What a call used.
#[derive(Clone, Debug)]
pub struct Report {
    /// Its name, which stands for a report of this key alone.
    pub row: String,
    /// A digest of its content.
    pub digest: Vec<u8>,
    /// What was used; `requests` are those that the gate did not see.
    pub used: Used,
    /// The reservation that it settles. The report counts in its month and hour, and its money goes
    /// back.
    pub settles: Option<Reservation>,
}

/// What became of a report.
#[derive(Debug)]
pub enum Reported {
    /// It was counted; the key as it is then.
    Counted(KeyUse),
    /// It was counted before, and does not count again; the key as it is.
    Before(KeyUse),
    /// Its name was already used with different content.
    Reused,
    /// There is no such key, and never was.
    NoSuchKey,
}

impl Store {
    /// Counts `report` for the key with this id, live or deleted, unless it was counted before.
    /// This costs one read and one transaction, and again if another change came first. The
    /// revision stays the same, since no setting changes.
    pub async fn report(
        &self,
        gate: GateScope,
        id: KeyId,
        report: &Report,
        now: Millis,
    ) -> Result<Reported, StoreError> {
        let mut retry = Retry::of_change();
        loop {
            let Some(mut key) = self.key_use(gate, id).await? else { return Ok(Reported::NoSuchKey) };
            let month = month_after(&key, report, now);
            let parts = self.report_parts(&key, report, month, now)?;
            match self.transact(parts).await? {
                Outcome::Done => {
                    key.spend = month;
                    return Ok(Reported::Counted(key));
                }
                // The first part is the row that names it.
                Outcome::Lost(failed) if failed.contains(&0) => {
                    let same = self.reported(report).await?.is_none_or(|digest| digest == report.digest);
                    return Ok(if same { Reported::Before(key) } else { Reported::Reused });
                }
                Outcome::Lost(_) => retry.after_pause().await?,
            }
        }
    }

    fn report_parts(
        &self,
        key: &KeyUse,
        report: &Report,
        month: Option<Spend>,
        now: Millis,
    ) -> Result<Vec<TransactWriteItem>, StoreError> {
        let mut row = report_key(&report.row);
        row.insert("digest".into(), b(&report.digest));
        row.insert("ttl".into(), n(now.saturating_add(KNOWN_FOR) / 1000 + 1));
        let mut parts = vec![self.put_new(Table::Keys, row)?];
        let used = report.used != Used::default();
        match (key.spend, month) {
            (old, Some(new)) if old != Some(new) => {
                let mut update = Update::default();
                update.require(Condition::equals(name::OWNER, s(key.org.as_str())));
                update.require(Condition::equals(name::MADE, n(key.made)));
                move_month(&mut update, old, new);
                parts.push(self.update(Table::Keys, item_key(key.id), update)?);
            }
            // The use belongs to the organisation that owns the key at this moment.
            _ if used => {
                let same = Condition::equals(name::OWNER, s(key.org.as_str()));
                parts.push(self.check(Table::Keys, item_key(key.id), same)?);
            }
            _ => {}
        }
        if used {
            let at = report.settles.map_or(now, |reservation| reservation.at);
            let hour = at.div_euclid(HOUR);
            let day = day_of(hour)?;
            let mut row = added(&report.used, hour);
            row.set(name::DIALECT, s(key.dialect.as_str()));
            parts.push(self.update(Table::Usage, usage_key(&key.org, &day, key.id), row)?);
            let total = total_key(&key.org, &day, key.dialect, Slice::of(key.id));
            parts.push(self.update(Table::Usage, total, added(&report.used, hour))?);
        }
        Ok(parts)
    }

    /// The digest of what was reported under this name, if anything was.
    async fn reported(&self, report: &Report) -> Result<Option<Vec<u8>>, StoreError> {
        let row = self.get(Table::Keys, report_key(&report.row)).await?;
        Ok(row.and_then(|row| attributes::bytes(&row, "digest")))
    }
}

/// The key's month once `report` is counted.
///
/// A reservation is settled in the month it was taken from, and by the key that took it. If that
/// month has ended, or the key was made again, the present month stays as it is.
fn month_after(key: &KeyUse, report: &Report, now: Millis) -> Option<Spend> {
    let spent = report.used.spend;
    match (&report.settles, key.spend) {
        (None, old) if spent == 0 => old,
        (None, old) => Some(old.unwrap_or(Spend::UNLIMITED).with(spent, now)),
        (Some(taken), Some(old)) if taken.made == key.made && taken.month == old.end && !old.is_over(now) => {
            Some(old.with(spent - taken.amount.nanos(), now))
        }
        (Some(_), old) => old,
    }
}

/// Moves what is left from `old` to `new`, if the month is still the same. Within a month it moves
/// relative to what it is by then, so that what is taken at the same moment stays taken. This never
/// happens twice: the same transaction puts the row that names the report where there is none.
fn move_month(update: &mut Update, old: Option<Spend>, new: Spend) {
    let [left, end, max] = SPEND;
    match old {
        Some(old) if old.end == new.end => {
            update.require(Condition::equals(end, n(old.end)));
            update.add(left, new.left - old.left);
        }
        Some(old) => {
            update.require(Condition::equals(end, n(old.end)));
            update.require(Condition::equals(max, n(old.max)));
            update.set(left, n(new.left));
            update.set(end, n(new.end));
        }
        None => {
            update.require(Condition::absent(left));
            update.set_all(limits::spend(&new));
        }
    }
}

/// Adds to an hour. This never happens twice, for the same reason.
fn added(used: &Used, hour: i64) -> Update {
    let counted = [
        (Counted::Requests, used.requests.into()),
        (Counted::Spend, used.spend),
        (Counted::InputTokens, used.input_tokens.into()),
        (Counted::OutputTokens, used.output_tokens.into()),
    ];
    let mut update = Update::default();
    for (counted, more) in counted.into_iter().filter(|(_, more)| *more != 0) {
        update.count(&used::attribute(counted, hour), more);
    }
    update
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::limits::spend::month_end;
    use crate::limits::{Limits, Money};
    use crate::store::items::example;
    use crate::store::write::readable::readable;

    const NOW: Millis = 1_800_000_000_000;

    fn key(spend: Option<Spend>) -> KeyUse {
        KeyUse::from(&example::key(Limits { spend, ..Limits::default() }))
    }

    fn report(spend: i128, settles: Option<Reservation>) -> Report {
        Report { row: String::new(), digest: Vec::new(), used: Used { spend, ..Used::default() }, settles }
    }

    /// A month of 10 of which 6 are left.
    fn month(end: Millis) -> Spend {
        Spend { left: 6, end, max: 10 }
    }

    /// Four that a key with this month reserved.
    fn reserved(month: Spend) -> Option<Reservation> {
        let key = example::key(Limits { spend: Some(month), ..Limits::default() });
        Some(Reservation::new(&key, Money::from_nanos(4), NOW))
    }

    #[test]
    fn what_was_spent_counts_in_the_present_month() {
        let end = month_end(NOW);
        let after = |old, spent| month_after(&key(old), &report(spent, None), NOW);
        assert_eq!(after(Some(month(end)), 2), Some(Spend { left: 4, ..month(end) }));
        assert_eq!(after(Some(month(end)), 8), Some(Spend { left: -2, ..month(end) }), "known only afterwards");
        assert_eq!(after(Some(month(NOW)), 2), Some(Spend { left: 8, ..month(end) }), "a new month has begun");
        assert_eq!(after(None, 2), Some(Spend::UNLIMITED.with(2, NOW)), "also without a limit");
        assert_eq!(after(None, 0), None);
    }

    #[test]
    fn a_settlement_replaces_the_reservation_in_its_own_month() {
        let end = month_end(NOW);
        let now = month(end);
        let settled = |key: &KeyUse, settles| month_after(key, &report(1, settles), NOW);
        assert_eq!(settled(&key(Some(now)), reserved(now)), Some(Spend { left: 9, ..now }));
        assert_eq!(settled(&key(Some(now)), reserved(month(NOW))), Some(now), "of another month");
        assert_eq!(settled(&key(None), reserved(now)), None, "the limit is gone");
        let made_again = KeyUse { made: 2000, ..key(Some(now)) };
        assert_eq!(settled(&made_again, reserved(now)), Some(now), "of the key's former life");
    }

    #[test]
    fn the_month_moves_relatively_and_only_while_it_is_the_same() {
        let moved = |old, new| {
            let mut update = Update::default();
            move_month(&mut update, old, new);
            readable(update)
        };
        let old = month(9);
        assert_eq!(moved(Some(old), Spend { left: 4, ..old }), "SET sl = sl + -2 IF se = 9");
        assert_eq!(moved(Some(old), Spend { left: 8, end: 20, max: 10 }), "SET sl = 8, se = 20 IF se = 9 AND sm = 10");
        assert_eq!(moved(None, old), "SET sl = 6, se = 9, sm = 10 IF attribute_not_exists(sl)");
    }

    #[test]
    fn only_what_was_used_is_added_to_the_hour() {
        let used = Used { requests: 1, spend: -2, input_tokens: 0, output_tokens: 4 };
        let counter = |name| format!("{name} = if_not_exists({name}, 0)");
        let expected = format!("SET {} + 1, {} + -2, {} + 4", counter("h05"), counter("s05"), counter("o05"));
        assert_eq!(readable(added(&used, 24 * 100 + 5)), expected);
    }

    proptest! {
        #[test]
        fn a_settled_month_has_spent_what_was_reported_in_place_of_what_was_reserved(spent in 0_i128..100, left in -50_i128..50) {
            let now = Spend { left, end: month_end(NOW), max: 50 };
            let after = month_after(&key(Some(now)), &report(spent, reserved(now)), NOW).unwrap();
            prop_assert_eq!(after.spent(NOW), now.spent(NOW) - 4 + spent);
        }
    }
}
