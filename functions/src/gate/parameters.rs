//! Reads query parameters, and reports all faults of a query at once.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use latchkey_shared::clock::Millis;
use latchkey_shared::envelope::gate::{Failure, Fault};
use latchkey_shared::keys::KeyId;
use latchkey_shared::orgs::OrgId;
use latchkey_shared::runtime::request::Query;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Entries on a page: at most, and if the request does not say.
pub(super) const MOST: usize = 100;

/// The parameters of a query, and the faults found so far.
pub(super) struct Parameters<'a> {
    query: &'a Query,
    faults: Vec<Fault>,
}

impl<'a> Parameters<'a> {
    /// Begins to read a query. Any other parameter than the `known` ones is a fault.
    pub(super) fn read(query: &'a Query, known: &[&str]) -> Self {
        let unknown = query.names().filter(|name| !known.contains(name));
        Self { query, faults: unknown.map(|name| Fault::new(name, "is unknown")).collect() }
    }

    /// Adds a fault.
    pub(super) fn add(&mut self, fault: Fault) {
        self.faults.push(fault);
    }

    /// The value of `name`, which may be empty, if it is given.
    pub(super) fn text(&self, name: &str) -> Option<&'a str> {
        self.query.value(name)
    }

    /// What `parse` reads from the value of `name`, if it is given; `problem` says what it must be.
    pub(super) fn parsed<T>(
        &mut self,
        name: &str,
        problem: &'static str,
        parse: impl FnOnce(&'a str) -> Option<T>,
    ) -> Option<T> {
        let value = self.text(name)?;
        let parsed = parse(value);
        if parsed.is_none() {
            self.add(Fault::new(name, problem));
        }
        parsed
    }

    /// The organisation `org`, if it is given. Its id may be empty.
    pub(super) fn org(&mut self) -> Option<OrgId> {
        self.parsed("org", "must be the id of an organisation", |id| OrgId::parse(id).ok())
    }

    /// The key `key_id`, if it is given.
    pub(super) fn key_id(&mut self) -> Option<KeyId> {
        self.parsed("key_id", "must be the id of a key", KeyId::parse)
    }

    /// The instant `name`, if it is given; a UTC day stands for its first instant.
    pub(super) fn instant(&mut self, name: &str) -> Option<Millis> {
        self.parsed(name, "must be a time such as 2026-01-15T12:00:00Z, or a day such as 2026-01-15", instant)
    }

    /// The instant `name`, or `default` if none is given.
    pub(super) fn instant_or(&mut self, name: &str, default: Millis) -> Option<Millis> {
        if self.text(name).is_some() { self.instant(name) } else { Some(default) }
    }

    /// How many entries a page may have.
    pub(super) fn limit(&mut self) -> usize {
        let read = |limit: &str| match limit {
            "" => Some(MOST),
            limit => limit.parse().ok().filter(|limit| (1..=MOST).contains(limit)),
        };
        self.parsed("limit", "must be a whole number from 1 to 100", read).unwrap_or(MOST)
    }

    /// The place in the list after which the page begins, if it is given and one that `has` accepts.
    pub(super) fn cursor<P: DeserializeOwned>(&mut self, has: impl FnOnce(&P) -> bool) -> Option<P> {
        let read = |cursor: &str| match cursor {
            "" => Some(None),
            cursor => serde_json::from_slice(&URL_SAFE_NO_PAD.decode(cursor).ok()?).ok().filter(has).map(Some),
        };
        self.parsed("cursor", "was not returned by this list", read).flatten()
    }

    /// Ends the reading with what was `read`.
    ///
    /// # Errors
    /// If there is any fault.
    pub(super) fn finish<T>(self, read: Option<T>) -> Result<T, Failure> {
        read.filter(|_| self.faults.is_empty()).ok_or(Failure::Malformed(self.faults))
    }
}

/// The query that goes on after `place` with the same parameters, and those that are `fixed` since the
/// first page.
pub(super) fn query_after(query: &Query, fixed: &[(&str, &str)], place: &impl Serialize) -> String {
    let cursor = URL_SAFE_NO_PAD.encode(serde_json::to_vec(place).unwrap_or_default());
    let replaced = |name: &str| name == "cursor" || fixed.iter().any(|(fixed, _)| *fixed == name);
    let mut names: Vec<_> = query.names().filter(|name| !replaced(name)).collect();
    names.sort_unstable();
    names.dedup();
    let same = names.into_iter().map(|name| (name, query.get(name)));
    let all: Query = same.chain(fixed.iter().copied()).chain([("cursor", cursor.as_str())]).collect();
    all.encoded()
}

/// Reads an instant, or a UTC day as its first instant.
fn instant(text: &str) -> Option<Millis> {
    let day = |text: &str| Some(text.parse::<Date>().ok()?.to_zoned(TimeZone::UTC).ok()?.timestamp());
    let time = if text.len() == "2026-01-15".len() { day(text) } else { text.parse::<Timestamp>().ok() };
    time.map(|time| time.as_millisecond())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_query_has_each_parameter_once() {
        let query = Query::parse("org=&limit=2&cursor=old&from=2026&limit=3&tag=a%26b");
        let next = query_after(&query, &[("from", "2025")], &7);
        assert_eq!(next, "?limit=2&org=&tag=a%26b&from=2025&cursor=Nw");
    }
}
