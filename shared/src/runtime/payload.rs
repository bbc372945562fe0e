//! The parts of API Gateway's event, payload format 2.0, that a request is made of, read in one pass
//! and without a copy of what has no escapes.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// An event of an HTTP API. Without a path and a method it is none.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Payload<'a> {
    #[serde(borrow)]
    pub(super) raw_path: Cow<'a, str>,
    #[serde(borrow)]
    pub(super) request_context: Context<'a>,
    #[serde(borrow, default)]
    pub(super) route_key: Part<'a>,
    #[serde(borrow, default)]
    pub(super) raw_query_string: Part<'a>,
    #[serde(borrow, default)]
    pub(super) path_parameters: Part<'a>,
    #[serde(borrow, default)]
    pub(super) headers: Part<'a>,
    #[serde(borrow, default)]
    pub(super) body: Part<'a>,
    #[serde(borrow, default)]
    pub(super) is_base64_encoded: Part<'a>,
}

/// What API Gateway knows of the request.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Context<'a> {
    #[serde(borrow)]
    pub(super) http: Http<'a>,
    #[serde(borrow, default)]
    pub(super) domain_name: Part<'a>,
    #[serde(borrow, default)]
    pub(super) stage: Part<'a>,
}

/// The request line.
#[derive(Deserialize)]
pub(super) struct Http<'a> {
    #[serde(borrow)]
    pub(super) method: Cow<'a, str>,
}

/// A part that may be missing. If it is not of the type that is expected, it counts as missing.
#[derive(Default)]
pub(super) enum Part<'a> {
    #[default]
    Other,
    Flag(bool),
    Text(Cow<'a, str>),
    /// The entries of an object whose values are texts.
    Texts(Vec<(Cow<'a, str>, Cow<'a, str>)>),
}

impl<'a> Part<'a> {
    pub(super) fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    pub(super) fn texts(&self) -> &[(Cow<'a, str>, Cow<'a, str>)] {
        match self {
            Self::Texts(texts) => texts,
            _ => &[],
        }
    }

    pub(super) fn is_true(&self) -> bool {
        matches!(self, Self::Flag(true))
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Part<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyPart)
    }
}

struct AnyPart;

impl<'de> Visitor<'de> for AnyPart {
    type Value = Part<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Part::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Part::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Self::Value, E> {
        Ok(Part::Flag(flag))
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Part::Other)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Self::Value, E> {
        Ok(Part::Other)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Self::Value, E> {
        Ok(Part::Other)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
        Ok(Part::Other)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
        while items.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Part::Other)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Self::Value, A::Error> {
        let mut texts = Vec::with_capacity(16);
        while let Some(entry) = entries.next_entry()? {
            if let (Part::Text(name), Part::Text(value)) = entry {
                texts.push((name, value));
            }
        }
        Ok(Part::Texts(texts))
    }
}
