//! Parsers of settings' values.

use super::setting::Problem;

/// `true` or `false`.
pub(super) fn flag(text: &str) -> Result<bool, Problem> {
    text.parse().map_err(|_| "must be true or false".into())
}

/// A whole number, 0 or larger.
pub(super) fn number(text: &str) -> Result<usize, Problem> {
    text.parse().map_err(|_| "must be a whole number".into())
}

/// The bytes of the largest key.
pub(super) fn key_bytes(text: &str) -> Result<usize, Problem> {
    number(text).and_then(|bytes| match bytes {
        1024..=131_072 => Ok(bytes),
        _ => Err("must be from 1024 to 131072".into()),
    })
}

/// The prefix of tables' names.
pub(super) fn table_prefix(text: &str) -> Result<String, Problem> {
    let fits = text.len() <= 200 && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"_.-".contains(&b));
    if fits { Ok(text.to_owned()) } else { Err("may have up to 200 of a-z A-Z 0-9 _ . -".into()) }
}

/// The name of a service, such as that of a stack.
pub(super) fn service_name(text: &str) -> Result<String, Problem> {
    let fits =
        (1..=128).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"_.-".contains(&b));
    if fits { Ok(text.to_owned()) } else { Err("must have 1 to 128 of a-z A-Z 0-9 _ . -".into()) }
}

/// The name of one table.
pub(super) fn table_name(text: &str) -> Result<String, Problem> {
    let fits =
        (3..=255).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"_.-".contains(&b));
    if fits { Ok(text.to_owned()) } else { Err("must have 3 to 255 of a-z A-Z 0-9 _ . -".into()) }
}

/// The entries of a list, one per line; blank lines count for nothing.
pub(crate) fn lines(list: &str) -> impl Iterator<Item = &str> {
    list.lines().filter(|line| !line.trim().is_empty())
}

/// What `parse` reads; `None` if nothing is set.
pub(super) fn optional<T>(text: &str, parse: impl Fn(&str) -> Result<T, Problem>) -> Result<Option<T>, Problem> {
    (!text.is_empty()).then(|| parse(text)).transpose()
}

/// One of two words; whether it is `yes`.
pub(super) fn either(text: &str, no: &str, yes: &str) -> Result<bool, Problem> {
    if text == yes {
        return Ok(true);
    }
    if text == no { Ok(false) } else { Err(format!("must be {no} or {yes}").into()) }
}
