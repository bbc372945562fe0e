//! Reads JSON bodies, and reports all faults of a body at once.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use latchkey_shared::envelope::gate::{Failure, Fault};
use latchkey_shared::limits::Money;
use serde_json::value::RawValue;

/// The unread fields of a JSON object, and the faults found so far.
pub(super) struct Fields {
    unread: BTreeMap<String, Box<RawValue>>,
    faults: Vec<Fault>,
}

impl Fields {
    /// Reads an object.
    ///
    /// # Errors
    /// If the body is not an object.
    pub(super) fn read(body: &[u8]) -> Result<Self, Failure> {
        let unread = serde_json::from_slice(body);
        let unread = unread.map_err(|_| Failure::Malformed(vec![Fault::new("body", "must be a JSON object")]))?;
        Ok(Self { unread, faults: Vec::new() })
    }

    /// Adds a fault.
    pub(super) fn fault(&mut self, field: &str, problem: &'static str) {
        self.faults.push(Fault::new(field, problem));
    }

    /// The field as it was sent; null counts as missing.
    fn take(&mut self, field: &str) -> Option<Box<RawValue>> {
        self.unread.remove(field).filter(|json| json.get() != "null")
    }

    /// The string `field`, if it is given.
    pub(super) fn text(&mut self, field: &str) -> Option<String> {
        let json = self.take(field)?;
        let text = serde_json::from_str(json.get());
        text.map_err(|_| self.fault(field, "must be a string")).ok()
    }

    /// The list of strings `field`, which must be given.
    pub(super) fn texts(&mut self, field: &str) -> Vec<String> {
        let texts = self.take(field).map(|json| serde_json::from_str(json.get()));
        match texts {
            Some(Ok(texts)) => return texts,
            Some(Err(_)) => self.fault(field, "must be a list of strings"),
            None => self.fault(field, "is required"),
        }
        Vec::new()
    }

    /// The string `field`, which must not be missing or empty.
    pub(super) fn required_text(&mut self, field: &str) -> String {
        if self.unread.get(field).is_none_or(|json| matches!(json.get(), "\"\"" | "null")) {
            self.fault(field, "is required");
        }
        self.text(field).unwrap_or_default()
    }

    /// The whole number `field`, if it is given; `problem` says what it must be.
    pub(super) fn whole(&mut self, field: &str, range: RangeInclusive<i64>, problem: &'static str) -> Option<i64> {
        let json = self.take(field)?;
        let number = serde_json::from_str(json.get()).ok().filter(|number| range.contains(number));
        if number.is_none() {
            self.fault(field, problem);
        }
        number
    }

    /// The amount of money `field`, if it is given.
    pub(super) fn money(&mut self, field: &str) -> Option<Money> {
        let json = self.take(field)?;
        Money::from_json(&json).map_err(|invalid| self.fault(field, invalid.problem())).ok()
    }

    /// Ends the reading. An unread field is unknown, which is a fault too.
    ///
    /// # Errors
    /// If there is any fault.
    pub(super) fn finish(mut self) -> Result<(), Failure> {
        self.faults.extend(self.unread.into_keys().map(|field| Fault::new(field, "is unknown")));
        if self.faults.is_empty() { Ok(()) } else { Err(Failure::Malformed(self.faults)) }
    }
}
