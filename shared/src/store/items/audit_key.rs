//! The primary keys of `Audit`, whose partitions each have an organisation's day, and the subjects of its
//! records.

use jiff::Timestamp;

use super::attributes::Item;
use super::primary_key::{org_partition, sorted};
use crate::clock::Millis;
use crate::keys::KeyId;
use crate::orgs::OrgId;

const KEY: &str = "key:";

/// The record of the change that gave `subject` its revision, at a time such as
/// `2026-01-15T12:00:00.000Z`.
pub(in crate::store) fn audit_key(org: &OrgId, at: &str, subject: &str, revision: i64) -> Item {
    audit_place(org, at.get(..10).unwrap_or_default(), &format!("{at}#{subject}#{revision}"))
}

/// The partition of an organisation's records of a day.
pub(in crate::store) fn audit_partition(org: &OrgId, day: &str) -> String {
    format!("{}#{day}", org_partition(org))
}

/// A place among an organisation's records of a day.
pub(in crate::store) fn audit_place(org: &OrgId, day: &str, sort: &str) -> Item {
    sorted("at", audit_partition(org, day), sort)
}

/// An instant as records begin with it, such as `2026-01-15T12:00:00.000Z`.
pub(in crate::store) fn audit_instant(at: Millis) -> String {
    format!("{:.3}", Timestamp::from_millisecond(at).unwrap_or_default())
}

/// The time of the record with this sort key.
pub(in crate::store) fn audit_time(sort: &str) -> &str {
    sort.split('#').next().unwrap_or_default()
}

/// A key as the subject of a record.
pub(in crate::store) fn key_subject(id: KeyId) -> String {
    format!("{KEY}{id}")
}

/// The key that is the subject of a record, if it is one.
pub(in crate::store) fn subject_key(subject: &str) -> Option<KeyId> {
    subject.strip_prefix(KEY).and_then(KeyId::parse)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::items::attributes;
    use crate::store::items::example;

    #[test]
    fn a_record_is_found_by_its_organisation_day_and_time() {
        let (org, at) = (example::org(), audit_instant(1_768_478_400_001));
        let key = audit_key(&org, &at, &key_subject(example::id(7)), 3);
        assert_eq!(attributes::text(&key, "org").unwrap(), audit_partition(&org, "2026-01-15"));
        let sort = attributes::text(&key, "at").unwrap();
        assert_eq!((audit_time(sort), sort > at.as_str()), ("2026-01-15T12:00:00.001Z", true));
    }

    #[test]
    fn only_a_key_is_read_from_the_subject_of_a_key() {
        assert_eq!(subject_key(&key_subject(example::id(7))), Some(example::id(7)));
        for other in ["policy:gold", "key:gold", "org:key:1", ""] {
            assert_eq!(subject_key(other), None, "{other}");
        }
    }
}
