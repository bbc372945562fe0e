//! Reads the audit log backwards, day by day. A page reads a bounded number of records, however many
//! there are and however few of them match.

use std::cmp::Reverse;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::name::AT;
use super::read::AuditRecord;
use crate::access::OperatorScope;
use crate::clock::Millis;
use crate::keys::KeyId;
use crate::orgs::OrgId;
use crate::store::items::attributes::s;
use crate::store::items::audit_key::{audit_instant, audit_partition, audit_place};
use crate::store::lookup::at_the_same_time;
use crate::store::{Store, StoreError, Table};

/// The most reads of one page, each of one day: enough for the 31 days of a month.
const MAX_READS: usize = 31;
/// The most records that one page reads, even if none of them matches.
const MAX_RECORDS: usize = 1000;
/// The bytes of a date.
const DAY: usize = "2026-01-15".len();
/// What follows the date in its first instant.
const MIDNIGHT: &str = "T00:00:00.000Z";
/// The bytes of the longest sort key in DynamoDB.
const MAX_SORT: usize = 1024;

/// A place in the log of one organisation. The records before it are those that are older.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditPlace {
    org: String,
    /// A record's sort key, or what one begins with: a time, or a day.
    before: String,
}

/// Which records to read.
#[derive(Clone, Debug)]
pub struct AuditQuery {
    /// The key whose history is followed, from one organisation to the one that it came from.
    pub followed: Option<KeyId>,
    /// Older records are left out.
    pub from: Millis,
    /// The most records to return.
    pub most: usize,
    /// Whether every record of the organisation is wanted.
    pub all: bool,
}

/// Some records, newest first.
#[derive(Debug)]
pub struct AuditPage {
    /// Those that are wanted.
    pub records: Vec<AuditRecord>,
    /// Where the log goes on; `None` at its end.
    pub next: Option<AuditPlace>,
}

/// What is read of one day.
struct Day {
    date: Date,
    records: Vec<AuditRecord>,
    /// Whether the day has more records than were read.
    goes_on: bool,
}

impl AuditPlace {
    /// The log of `org` before an instant.
    #[must_use]
    pub fn before_instant(org: &OrgId, instant: Millis) -> Self {
        let time = audit_instant(instant);
        let before = time.strip_suffix(MIDNIGHT).unwrap_or(&time).to_owned();
        Self { org: org.to_string(), before }
    }

    pub(super) fn before_record(org: OrgId, sort: String) -> Self {
        Self { org: org.to_string(), before: sort }
    }

    /// The organisation.
    #[must_use]
    pub fn org(&self) -> OrgId {
        OrgId::from_stored(&self.org)
    }

    /// Whether a log has this place. A client may send any other.
    #[must_use]
    pub fn is_valid(&self) -> bool {
        let is_time = |rest: &str| rest.is_empty() || rest.starts_with('T');
        OrgId::parse(&self.org).is_ok()
            && self.before.len() <= MAX_SORT
            && self.before.split_at_checked(DAY).is_some_and(|(day, rest)| day.parse::<Date>().is_ok() && is_time(rest))
    }

    /// The next `count` days that have records before this place and from `from` on, newest first.
    fn days(&self, from: &str, count: usize) -> Vec<Date> {
        let day = |text: &str| text.get(..DAY).and_then(|day| day.parse::<Date>().ok());
        let Some((mut date, last)) = day(&self.before).zip(day(from)) else { return Vec::new() };
        let mut days = Vec::new();
        if count > 0 && self.is_within_day() && self.before.as_str() > from {
            days.push(date);
        }
        while days.len() < count {
            match date.yesterday() {
                Ok(yesterday) if yesterday >= last => date = yesterday,
                _ => break,
            }
            days.push(date);
        }
        days
    }

    /// Whether records of its day are before it.
    fn is_within_day(&self) -> bool {
        self.before.len() > DAY
    }
}

impl Store {
    /// The records before `place` that are `wanted`, newest first. It reads 31 days at most, so it may
    /// return fewer than there are, even none, and the place where the log goes on.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn audit_log(
        &self,
        _operator: OperatorScope,
        query: &AuditQuery,
        place: AuditPlace,
        wanted: impl Fn(&AuditRecord) -> bool,
    ) -> Result<AuditPage, StoreError> {
        let from = audit_instant(query.from);
        let mut page = AuditPage { records: Vec::new(), next: Some(place) };
        let (mut reads_left, mut records_left, mut at_once) = (MAX_READS, MAX_RECORDS, 1);
        while let Some(place) = &page.next
            && reads_left > 0
            && records_left > 0
            && page.records.len() < query.most
        {
            let days = place.days(&from, at_once.min(reads_left));
            reads_left -= days.len();
            let room = if query.all { query.most - page.records.len() } else { records_left };
            let days = self.audit_days(place, &from, &days, room).await?;
            let read: usize = days.iter().map(|day| day.records.len()).sum();
            records_left = records_left.saturating_sub(read);
            // The more days were empty, the more are read at the same time.
            at_once = if read == 0 { at_once * 2 } else { 1 };
            page.add(days, query, &wanted);
            page.next = page.next.filter(|place| !place.days(&from, 1).is_empty());
        }
        Ok(page)
    }

    /// These days before `place`, newest first; `room` records of all together.
    async fn audit_days(
        &self,
        place: &AuditPlace,
        from: &str,
        days: &[Date],
        room: usize,
    ) -> Result<Vec<Day>, StoreError> {
        let most = room.div_ceil(days.len().max(1));
        let reads = days.iter().map(|date| self.audit_day(place, from, *date, most));
        let mut days = at_the_same_time(reads).await.into_iter().collect::<Result<Vec<_>, _>>()?;
        days.sort_by_key(|day| Reverse(day.date));
        Ok(days)
    }

    async fn audit_day(&self, place: &AuditPlace, from: &str, date: Date, most: usize) -> Result<Day, StoreError> {
        let (org, day) = (place.org(), date.to_string());
        let within = place.before.starts_with(&day) && place.is_within_day();
        let start = within.then(|| audit_place(&org, &day, &place.before));
        let query = self.client.query().table_name(self.table(Table::Audit)).consistent_read(true);
        let query = query
            .key_condition_expression("#org = :org AND #at >= :from")
            .expression_attribute_names("#org", "org")
            .expression_attribute_names("#at", AT)
            .expression_attribute_values(":org", s(audit_partition(&org, &day)))
            .expression_attribute_values(":from", s(from))
            .scan_index_forward(false)
            .limit(i32::try_from(most).unwrap_or(i32::MAX).max(1))
            .set_exclusive_start_key(start);
        let read = query.send().await.map_err(StoreError::failed("Query"))?;
        let records = read.items.unwrap_or_default().iter().map(AuditRecord::read).collect::<Result<_, _>>()?;
        Ok(Day { date, records, goes_on: read.last_evaluated_key.is_some() })
    }
}

impl AuditPage {
    /// Adds the records of these days that are wanted, until the page is full, a day goes on, or the
    /// key's history goes on in another organisation.
    fn add(&mut self, days: Vec<Day>, query: &AuditQuery, wanted: impl Fn(&AuditRecord) -> bool) {
        for day in days {
            for mut record in day.records {
                let followed = query.followed.is_some() && record.key == query.followed;
                let came_from = record.from.as_ref().filter(|_| followed).map(|org| org.to_string());
                let moved = came_from.is_some();
                record.place.org = came_from.unwrap_or(record.place.org);
                self.next = Some(record.place.clone());
                if wanted(&record) {
                    self.records.push(record);
                }
                if moved || self.records.len() == query.most {
                    return;
                }
            }
            if day.goes_on {
                return;
            }
            if let Some(place) = &mut self.next {
                place.before = day.date.to_string();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn place(before: &str) -> AuditPlace {
        AuditPlace { org: "acme".into(), before: before.into() }
    }

    fn days(before: &str, from: &str, count: usize) -> Vec<String> {
        place(before).days(from, count).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn the_days_before_a_place_are_those_that_can_have_records() {
        let from = "2026-01-14T12:00:00.000Z";
        assert_eq!(days("2026-01-16T00:00:00.001Z", from, 9), ["2026-01-16", "2026-01-15", "2026-01-14"]);
        assert_eq!(days("2026-01-16T00:00:00.001Z", from, 2), ["2026-01-16", "2026-01-15"]);
        assert_eq!(days("2026-01-16", from, 9), ["2026-01-15", "2026-01-14"], "the day itself is over");
        assert_eq!(days("2026-01-14T12:00:00.000Z#key:1#1", from, 9), ["2026-01-14"]);
        assert!(days("2026-01-14T11:59:59.999Z#key:1#1", from, 9).is_empty());
        assert!(days("2026-01-14", from, 9).is_empty());
        assert!(days("2025-01-14", from, 9).is_empty());
    }

    #[test]
    fn midnight_is_the_end_of_the_day_before() {
        let midnight = 1_768_435_200_000;
        let place = |at| AuditPlace::before_instant(&OrgId::default(), at).before;
        assert_eq!([place(midnight), place(midnight + 1)], ["2026-01-15", "2026-01-15T00:00:00.001Z"]);
    }

    #[test]
    fn only_a_place_in_a_log_is_valid() {
        for valid in ["2026-01-15", "2026-01-15T12:00:00.000Z#key:1#1"] {
            assert!(place(valid).is_valid(), "{valid}");
        }
        let long = format!("2026-01-15T{}", "x".repeat(MAX_SORT));
        for invalid in ["", "2026-01-1", "2026-02-30", "2026-01-15x", "é026-01-155", &long] {
            assert!(!place(invalid).is_valid(), "{invalid}");
        }
        assert!(!AuditPlace { org: "a/b".into(), before: "2026-01-15".into() }.is_valid());
    }

    proptest! {
        #[test]
        fn no_place_makes_days_without_end_or_out_of_order(before in ".{0,30}", from in ".{0,30}", count in 0_usize..40) {
            let days = place(&before).days(&from, count);
            prop_assert!(days.len() <= count && days.is_sorted_by(|one, next| one > next));
        }
    }
}
