//! Keys that share their windows. Their name is `meta_data.rate_limit_pattern` with its variables
//! replaced.

use serde_json::{Map, Value};

use super::{Dialect, Key};
use crate::hex;
use crate::orgs::OrgId;
use crate::secrets::IdSecret;

/// Begins a variable, which is replaced by a field of `meta_data`.
const VARIABLE: &str = "$tyk_meta.";

/// Names the windows that keys of one organisation share, without revealing the text.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SharedName {
    org: OrgId,
    digest: String,
}

impl SharedName {
    /// The name of the windows that `key` shares; `None` when it has windows of its own.
    #[must_use]
    pub fn of(key: &Key, ids: &IdSecret) -> Option<Self> {
        let text = pattern(key)?;
        let tag = ids.tag("shared-windows", &[key.org.as_str().as_bytes(), text.as_bytes()]);
        Some(Self { org: key.org.clone(), digest: hex(tag.as_ref()) })
    }

    /// The organisation of the keys that share the windows.
    #[must_use]
    pub fn org(&self) -> &OrgId {
        &self.org
    }

    /// A digest of the text, in hexadecimal.
    #[must_use]
    pub fn digest(&self) -> &str {
        &self.digest
    }
}

impl Key {
    /// Whether its rate and its quota are counted in shared windows.
    #[must_use]
    pub fn shares_windows(&self) -> bool {
        pattern(self).is_some()
    }
}

/// The text that names shared windows.
fn pattern(key: &Key) -> Option<String> {
    if key.dialect != Dialect::Tyk {
        return None;
    }
    let meta_data = key.config.document.get("meta_data")?.as_object()?;
    let pattern = meta_data.get("rate_limit_pattern")?.as_str()?;
    Some(replaced(pattern, meta_data)).filter(|text| !text.is_empty())
}

/// `pattern` with each variable replaced by its field, or by nothing if the field is missing.
fn replaced(pattern: &str, fields: &Map<String, Value>) -> String {
    let mut parts = pattern.split(VARIABLE);
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let is_named = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
        let end = part.find(|c| !is_named(c)).unwrap_or(part.len());
        let (name, rest) = part.split_at(end);
        if name.is_empty() {
            text.push_str(VARIABLE);
        }
        text.push_str(&fields.get(name).map(written).unwrap_or_default());
        text.push_str(rest);
    }
    text
}

fn written(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        Value::Array(values) => values.iter().map(written).collect::<Vec<_>>().join(","),
        value => value.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn of(pattern: &str) -> String {
        let fields = json!({"team": "blue", "n": 7, "a.b-c": "odd", "list": ["x", 1], "none": null});
        replaced(pattern, fields.as_object().unwrap())
    }

    #[test]
    fn variables_are_replaced_by_the_fields_they_name() {
        for (pattern, text) in [
            ("plain", "plain"),
            ("$tyk_meta.team", "blue"),
            ("t-$tyk_meta.team/$tyk_meta.n!", "t-blue/7!"),
            ("$tyk_meta.team$tyk_meta.team", "blueblue"),
            ("$tyk_meta.a.b-c", "odd"),
            ("$tyk_meta.list", "x,1"),
            ("<$tyk_meta.missing$tyk_meta.none>", "<>"),
            ("$tyk_meta. and $tyk_context.path", "$tyk_meta. and $tyk_context.path"),
        ] {
            assert_eq!(of(pattern), text, "{pattern}");
        }
    }

    #[test]
    fn what_a_variable_stands_for_is_no_pattern_itself() {
        let fields = json!({"a": "$tyk_meta.b", "b": "secret"});
        assert_eq!(replaced("$tyk_meta.a", fields.as_object().unwrap()), "$tyk_meta.b");
    }

    proptest! {
        #[test]
        fn any_pattern_without_a_variable_stays_as_it_is(pattern in "[^$]{0,40}") {
            prop_assert_eq!(of(&pattern), pattern);
        }

        #[test]
        fn any_pattern_is_read_without_a_panic(pattern in r"(\$tyk_meta\.|[a-zé.$-]|team){0,12}") {
            let _text = of(&pattern);
        }
    }
}
