//! A JSON object whose values stay as they were received, in the same order.

use std::fmt;

use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::{RawValue, to_raw_value};

use super::failure::Failure;

/// An object. What is not changed is sent back byte for byte, numbers of any length included.
#[derive(Clone, Default)]
pub(super) struct Object(Vec<(String, Box<RawValue>)>);

impl Object {
    /// The fields in order.
    pub(super) fn fields(&self) -> impl Iterator<Item = (&str, &RawValue)> {
        self.0.iter().map(|(name, value)| (name.as_str(), &**value))
    }

    /// A field, read as `T`; `None` if it is missing, null or something else.
    pub(super) fn get<'a, T: Deserialize<'a>>(&'a self, name: &str) -> Option<T> {
        let (_, value) = self.fields().find(|(found, _)| *found == name)?;
        serde_json::from_str(value.get()).ok()
    }

    /// Sets a field in place of the one before.
    pub(super) fn set(&mut self, name: &str, value: impl Serialize) -> Result<(), Failure> {
        let value = to_raw_value(&value).map_err(Failure::usage)?;
        match self.0.iter_mut().find(|(found, _)| found == name) {
            Some((_, old)) => *old = value,
            None => self.0.push((name.to_owned(), value)),
        }
        Ok(())
    }

    /// Removes a field.
    pub(super) fn remove(&mut self, name: &str) {
        self.0.retain(|(found, _)| found != name);
    }
}

impl Serialize for Object {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, value)))
    }
}

impl<'de> Deserialize<'de> for Object {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Fields;
        impl<'de> Visitor<'de> for Fields {
            type Value = Object;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Object, A::Error> {
                let mut fields = Vec::new();
                while let Some(field) = map.next_entry()? {
                    fields.push(field);
                }
                Ok(Object(fields))
            }
        }
        deserializer.deserialize_map(Fields)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_changed_is_sent_back_as_it_was() {
        let sent = r#"{"z":123456789012345678901234567890,"a":{"x":1.10},"gone":1,"alias":"old"}"#;
        let mut object: Object = serde_json::from_str(sent).unwrap();
        object.set("alias", "new").unwrap();
        object.set("rate", 5).unwrap();
        object.remove("gone");
        let expected = r#"{"z":123456789012345678901234567890,"a":{"x":1.10},"alias":"new","rate":5}"#;
        assert_eq!(serde_json::to_string(&object).unwrap(), expected);
    }
}
