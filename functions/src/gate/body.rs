//! A JSON body whose every fault is named.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use latchkey_shared::envelope::gate::Failure;
use latchkey_shared::limits::Money;
use serde_json::value::RawValue;

/// The fields of a JSON object that are not read yet, and the faults found so far.
pub(super) struct Fields {
    unread: BTreeMap<String, Box<RawValue>>,
    faults: Vec<(String, &'static str)>,
}

impl Fields {
    /// Reads an object.
    ///
    /// # Errors
    /// When the body is none.
    pub(super) fn read(body: &[u8]) -> Result<Self, Failure> {
        let unread = serde_json::from_slice(body);
        let unread = unread.map_err(|_| Failure::Malformed(vec![("body".to_owned(), "must be a JSON object")]))?;
        Ok(Self { unread, faults: Vec::new() })
    }

    /// Names a fault.
    pub(super) fn fault(&mut self, field: &str, problem: &'static str) {
        self.faults.push((field.to_owned(), problem));
    }

    /// The field as it was sent; null is the same as nothing.
    fn take(&mut self, field: &str) -> Option<Box<RawValue>> {
        self.unread.remove(field).filter(|json| json.get() != "null")
    }

    /// The text `field`, if it is given.
    pub(super) fn text(&mut self, field: &str) -> Option<String> {
        let json = self.take(field)?;
        let text = serde_json::from_str(json.get());
        text.map_err(|_| self.fault(field, "must be a text")).ok()
    }

    /// The text `field`, which may not be missing or empty.
    pub(super) fn required_text(&mut self, field: &str) -> String {
        if self.unread.get(field).is_none_or(|json| matches!(json.get(), "\"\"" | "null")) {
            self.fault(field, "must be given");
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

    /// Ends the reading: a field that nobody asked for is a fault too.
    ///
    /// # Errors
    /// When there is any fault.
    pub(super) fn finish(mut self) -> Result<(), Failure> {
        self.faults.extend(self.unread.into_keys().map(|field| (field, "is not known")));
        if self.faults.is_empty() { Ok(()) } else { Err(Failure::Malformed(self.faults)) }
    }
}
