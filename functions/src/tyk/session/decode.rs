//! Reading a session as the gateway does: types are strict, names match in any case, the last duplicate wins,
//! unknown fields are dropped, `null` is the zero value, and zero values are left out.

use std::fmt;

use serde::Deserializer;
use serde::de::{DeserializeSeed, Error, IgnoredAny, MapAccess, SeqAccess, Unexpected, Visitor};
use serde_json::{Map, Number, Value};

use super::schema::{Field, Kind};

/// The largest float that every whole number below it can be told apart from its neighbours.
const MAX_EXACT: f64 = 9_007_199_254_740_992.0;

/// The zero value of a time, 0001-01-01T00:00:00Z, in unix seconds.
const ZERO_TIME: i64 = -62_135_596_800;

impl<'de> DeserializeSeed<'de> for &Kind {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        match self {
            Kind::Any => serde::Deserialize::deserialize(deserializer),
            _ => deserializer.deserialize_any(self),
        }
    }
}

impl<'de> Visitor<'de> for &Kind {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Kind::Bool => "true or false",
            Kind::Int => "a whole number",
            Kind::Float => "a number",
            Kind::Text => "a text",
            Kind::Time => "an RFC 3339 time",
            Kind::Any => "anything",
            Kind::List(_) => "a list",
            Kind::Map(_) | Kind::Object(_) => "an object",
        })
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(self.zero())
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Value, E> {
        match self {
            Kind::Bool => Ok(value.into()),
            _ => Err(E::invalid_type(Unexpected::Bool(value), &self)),
        }
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Value, E> {
        match self {
            Kind::Int | Kind::Float => Ok(value.into()),
            _ => Err(E::invalid_type(Unexpected::Signed(value), &self)),
        }
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Value, E> {
        match (self, i64::try_from(value)) {
            (Kind::Int | Kind::Float, Ok(value)) => Ok(value.into()),
            (Kind::Float, Err(_)) => self.visit_f64(value as f64),
            _ => Err(E::invalid_type(Unexpected::Unsigned(value), &self)),
        }
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        match self {
            // Written back as 1000 and not as 1000.0, as the gateway does.
            Kind::Float if value.fract() == 0.0 && value.abs() < MAX_EXACT => Ok((value as i64).into()),
            Kind::Float => Ok(Number::from_f64(value).map_or(Value::Null, Value::Number)),
            _ => Err(E::invalid_type(Unexpected::Float(value), &self)),
        }
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Value, E> {
        match self {
            Kind::Text => Ok(value.into()),
            Kind::Time => match value.parse::<jiff::Timestamp>() {
                Ok(time) if time.as_second() == ZERO_TIME && time.subsec_nanosecond() == 0 => Ok(self.zero()),
                Ok(_) => Ok(value.into()),
                Err(_) => Err(E::invalid_type(Unexpected::Str("…"), &self)),
            },
            _ => Err(E::invalid_type(Unexpected::Str("…"), &self)),
        }
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut values: A) -> Result<Value, A::Error> {
        let Kind::List(kind) = self else {
            return Err(A::Error::invalid_type(Unexpected::Seq, &self));
        };
        let mut list = Vec::new();
        while let Some(value) = values.next_element_seed(*kind)? {
            list.push(value);
        }
        Ok(list.into())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut map = Map::new();
        match self {
            Kind::Map(kind) => {
                while let Some(name) = entries.next_key::<String>()? {
                    map.insert(name, entries.next_value_seed(*kind)?);
                }
            }
            Kind::Object(fields) => {
                while let Some(name) = entries.next_key::<String>()? {
                    let Some((name, kind)) = field(fields, &name) else {
                        entries.next_value::<IgnoredAny>()?;
                        continue;
                    };
                    match entries.next_value_seed(kind)? {
                        value if is_zero(&value) => map.remove(*name),
                        value => map.insert((*name).to_owned(), value),
                    };
                }
            }
            _ => return Err(A::Error::invalid_type(Unexpected::Map, &self)),
        }
        Ok(map.into())
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
