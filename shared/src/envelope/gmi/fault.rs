//! What is wrong with one field of a request, in the GMI dialect's format.

use serde::Serialize;
use serde_json::Value;

use crate::envelope::repeated::repeated;

/// The rule that a field breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// It is a UUID of 36 characters.
    Uuid,
    /// It is present and not blank.
    Required,
    /// It is of this JSON type.
    Type(&'static str),
    /// It has at most this many characters or elements.
    Max(usize),
    /// It is one of these words.
    OneOf(&'static str),
    /// It is later than now.
    Future,
    /// It is a JSON object.
    Json,
    /// It is an e-mail address.
    Email,
    /// It occurs once in the request.
    Unique,
    /// It has no control characters.
    Printable,
    /// Its length is within these bounds.
    Length(&'static str),
    /// It is a cursor that this list returned.
    Cursor,
}

impl Rule {
    fn expression(self) -> &'static str {
        match self {
            Self::Uuid => "uuid",
            Self::Required => "required",
            Self::Type(_) => "type",
            Self::Max(_) => "max",
            Self::OneOf(_) => "oneof",
            Self::Future => "gt",
            Self::Json => "json",
            Self::Email => "email",
            Self::Unique => "unique",
            Self::Printable => "printable",
            Self::Length(_) => "length",
            Self::Cursor => "cursor",
        }
    }

    fn argument(self) -> Option<String> {
        match self {
            Self::Max(most) => Some(most.to_string()),
            Self::Future => Some("now".into()),
            Self::Type(argument) | Self::OneOf(argument) | Self::Length(argument) => Some(argument.into()),
            _ => None,
        }
    }

    fn reason(self) -> String {
        match self {
            Self::Uuid => "must be a UUID".into(),
            Self::Required => "is required".into(),
            Self::Type(name) => format!("must be of type {name}"),
            Self::Max(most) => format!("must not be longer than {most}"),
            Self::OneOf(words) => format!("must be one of: {words}"),
            Self::Future => "must be later than now".into(),
            Self::Json => "must be a JSON object".into(),
            Self::Email => "must be an e-mail address".into(),
            Self::Unique => "must be unique".into(),
            Self::Printable => "must not contain control characters".into(),
            Self::Cursor => "must be a cursor returned by this list".into(),
            Self::Length(bounds) => format!("must have {bounds} characters"),
        }
    }
}

/// A field that breaks a rule.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "describe", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Fault {
    field: String,
    expression: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "describe", schema(nullable = false))]
    argument: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    original_value: Option<Value>,
    reason: String,
}

impl Fault {
    /// `field` breaks `rule`. `original` is its value as received; a long value is shortened or
    /// left out.
    #[must_use]
    pub fn new(field: impl Into<String>, rule: Rule, original: Option<Value>) -> Self {
        let field = field.into();
        let reason = format!("{field} {}", rule.reason());
        Self {
            field,
            expression: rule.expression(),
            argument: rule.argument(),
            original_value: original.and_then(repeated),
            reason,
        }
    }
}
