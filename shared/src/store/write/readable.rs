//! For tests: a write as a person reads it, with names and values in the place of their
//! placeholders.

use aws_sdk_dynamodb::types::AttributeValue;

use super::conditions::Expressions;
use super::update::Update;

/// Such as `SET left = left + -1 IF end > 9`.
pub(in crate::store) fn readable(update: Update) -> String {
    let (expression, Expressions { condition, names, values }) = update.into_expressions();
    let text = condition.into_iter().fold(expression, |text, condition| format!("{text} IF {condition}"));
    let (names, values) = (names.unwrap_or_default(), values.unwrap_or_default());
    let parts = text.split_inclusive([' ', '(', ')', ',', '.']);
    let mut readable = String::new();
    for part in parts {
        let end = part.len() - usize::from(part.ends_with([' ', '(', ')', ',', '.']));
        let (token, separator) = part.split_at(end);
        match (names.get(token), values.get(token)) {
            (Some(name), _) => readable += name,
            (_, Some(value)) => readable += &shown(value),
            _ => readable += token,
        }
        readable += separator;
    }
    readable
}

fn shown(value: &AttributeValue) -> String {
    match value {
        AttributeValue::N(digits) => digits.clone(),
        AttributeValue::S(text) => format!("{text:?}"),
        AttributeValue::Bool(value) => value.to_string(),
        AttributeValue::M(map) => {
            let mut entries: Vec<_> = map.iter().map(|(name, value)| format!("{name}: {}", shown(value))).collect();
            entries.sort();
            format!("{{{}}}", entries.join(", "))
        }
        other => format!("{other:?}"),
    }
}
