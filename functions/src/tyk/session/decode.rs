//! Reads a session as the gateway does: types are strict, names match in any case, duplicates merge, unknown fields are
//! noted and dropped, `null` has no effect, and zero values are left out.

use std::cell::RefCell;
use std::fmt;

use serde::Deserializer;
use serde::de::{DeserializeSeed, Error, IgnoredAny, MapAccess, SeqAccess, Unexpected, Visitor};
use serde_json::{Map, Number, Value};

use super::schema::{Field, Kind};
use super::unknown::{FieldPath, UnknownFields};

/// Below this, a float holds every whole number exactly.
const MAX_EXACT: f64 = 9_007_199_254_740_992.0;

/// The zero value of a time, 0001-01-01T00:00:00Z, in unix seconds.
const ZERO_TIME: i64 = -62_135_596_800;

/// Reads a value onto the one that the same name had before, or onto the zero value.
///
/// When a name occurs twice, objects and maps merge, as in Go; all else is replaced.
pub(super) struct Reading<'a> {
    kind: &'a Kind,
    old: Value,
    at: FieldPath<'a>,
    unknown: &'a RefCell<UnknownFields>,
}

impl<'a> Reading<'a> {
    /// Reads a whole document of this type, and notes in `unknown` the fields that the type does not have.
    pub(super) fn document(kind: &'a Kind, unknown: &'a RefCell<UnknownFields>) -> Self {
        Self { kind, old: kind.zero(), at: FieldPath::ROOT, unknown }
    }

    /// Reads the value at `at` within this one, onto `old`.
    fn within<'b>(&'b self, kind: &'b Kind, old: Option<Value>, at: FieldPath<'b>) -> Reading<'b> {
        Reading { kind, old: old.unwrap_or_else(|| kind.zero()), at, unknown: self.unknown }
    }

    fn expected(&self) -> &'static str {
        match self.kind {
            Kind::Bool => "true or false",
            Kind::Int => "a whole number",
            Kind::Float => "a number",
            Kind::Text => "a text",
            Kind::Time => "an RFC 3339 time",
            Kind::Any => "anything",
            Kind::List(_) => "a list",
            Kind::Map(_) | Kind::Object(_) => "an object",
        }
    }

    fn refuse<T, E: Error>(&self, found: Unexpected<'_>) -> Result<T, E> {
        Err(E::invalid_type(found, &self.expected()))
    }

    fn fields<'de, A: MapAccess<'de>>(
        mut self,
        fields: &'static [Field],
        mut entries: A,
    ) -> Result<Map<String, Value>, A::Error> {
        let mut map = object(std::mem::take(&mut self.old));
        while let Some(name) = entries.next_key::<String>()? {
            let Some((name, kind)) = field(fields, &name) else {
                self.unknown.borrow_mut().note(&self.at.then(&name));
                entries.next_value::<IgnoredAny>()?;
                continue;
            };
            let old = map.remove(*name);
            let value = entries.next_value_seed(self.within(kind, old, self.at.then(name)))?;
            if !is_zero(&value) {
                map.insert((*name).to_owned(), value);
            }
        }
        Ok(map)
    }
}

impl<'de> DeserializeSeed<'de> for Reading<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        match self.kind {
            Kind::Any => serde::Deserialize::deserialize(deserializer),
            _ => deserializer.deserialize_any(self),
        }
    }
}

impl<'de> Visitor<'de> for Reading<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.expected())
    }

    /// `null` empties lists and maps, and leaves all else as it is.
    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        match self.kind {
            Kind::Any | Kind::List(_) | Kind::Map(_) => Ok(self.kind.zero()),
            _ => Ok(self.old),
        }
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Value, E> {
        match self.kind {
            Kind::Bool => Ok(value.into()),
            _ => self.refuse(Unexpected::Bool(value)),
        }
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Value, E> {
        match self.kind {
            Kind::Int | Kind::Float => Ok(value.into()),
            _ => self.refuse(Unexpected::Signed(value)),
        }
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Value, E> {
        match (self.kind, i64::try_from(value)) {
            (Kind::Int | Kind::Float, Ok(value)) => Ok(value.into()),
            (Kind::Float, Err(_)) => self.visit_f64(value as f64),
            _ => self.refuse(Unexpected::Unsigned(value)),
        }
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        match self.kind {
            // Written back as 1000 and not as 1000.0, as the gateway does.
            Kind::Float if value.fract() == 0.0 && value.abs() < MAX_EXACT => Ok((value as i64).into()),
            Kind::Float => Ok(Number::from_f64(value).map_or(Value::Null, Value::Number)),
            _ => self.refuse(Unexpected::Float(value)),
        }
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Value, E> {
        match self.kind {
            Kind::Text => Ok(value.into()),
            Kind::Time => match value.parse::<jiff::Timestamp>() {
                Ok(time) if time.as_second() == ZERO_TIME && time.subsec_nanosecond() == 0 => Ok(self.kind.zero()),
                Ok(_) => Ok(value.into()),
                Err(_) => self.refuse(Unexpected::Str("…")),
            },
            _ => self.refuse(Unexpected::Str("…")),
        }
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut values: A) -> Result<Value, A::Error> {
        let Kind::List(kind) = self.kind else {
            return self.refuse(Unexpected::Seq);
        };
        // When a list occurs twice, the second is written over the first, element by element.
        let mut old = match std::mem::take(&mut self.old) {
            Value::Array(old) => old.into_iter(),
            _ => Vec::new().into_iter(),
        };
        let mut list = Vec::new();
        while let Some(value) = values.next_element_seed(self.within(kind, old.next(), self.at.then("*")))? {
            list.push(value);
        }
        Ok(list.into())
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut entries: A) -> Result<Value, A::Error> {
        match self.kind {
            Kind::Map(kind) => {
                let mut map = object(std::mem::take(&mut self.old));
                while let Some(name) = entries.next_key::<String>()? {
                    map.insert(name, entries.next_value_seed(self.within(kind, None, self.at.then("*")))?);
                }
                Ok(map.into())
            }
            Kind::Object(fields) => self.fields(fields, entries).map(Value::Object),
            _ => self.refuse(Unexpected::Map),
        }
    }
}

impl Kind {
    fn zero(&self) -> Value {
        match self {
            Self::Bool => false.into(),
            Self::Int | Self::Float => 0.into(),
            Self::Text | Self::Time => "".into(),
            Self::Any => Value::Null,
            Self::List(_) => Value::Array(Vec::new()),
            Self::Map(_) | Self::Object(_) => Value::Object(Map::new()),
        }
    }
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}

fn field<'a>(fields: &'a [Field], name: &str) -> Option<&'a Field> {
    fields.iter().find(|(known, _)| known.eq_ignore_ascii_case(name))
}

/// Whether `value` is the zero value of its type.
pub(super) fn is_zero(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Bool(value) => !value,
        Value::Number(number) => number.as_f64() == Some(0.0),
        Value::String(text) => text.is_empty(),
        Value::Array(list) => list.is_empty(),
        Value::Object(map) => map.is_empty(),
    }
}
