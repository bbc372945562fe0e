//! The access that several policies give to one API, united.

use serde_json::{Map, Value};

use super::super::limit::{self, set};
use super::entry::Entry;

impl Entry {
    /// Adds the access that a policy gives. What only names the API is not taken over.
    pub(super) fn unite_access(&mut self, said: &Map<String, Value>) {
        let fields = &mut self.fields;
        unite(fields, said, "versions", |version| version.clone(), |_, _| {});
        unite(fields, said, "allowed_urls", |url| part(url, "url"), |own, said| unite_lists(own, said, &["methods"]));
        for types in ["allowed_types", "restricted_types"] {
            unite(fields, said, types, |of| part(of, "name"), |own, said| unite_lists(own, said, &["fields"]));
        }
        let field = |rights: &Value| Value::from(vec![part(rights, "type_name"), part(rights, "field_name")]);
        unite(fields, said, "field_access_rights", field, |_, _| {});
        unite(fields, said, "json_rpc_methods", |method| part(method, "name"), |_, _| {});
        let primitive = |of: &Value| Value::from(vec![part(of, "type"), part(of, "name")]);
        unite(fields, said, "mcp_primitives", primitive, |_, _| {});
        unite_objects(fields, said, "json_rpc_methods_access_rights");
        unite_objects(fields, said, "mcp_access_rights");
        if limit::flag(said, "disable_introspection") {
            set(fields, "disable_introspection", true);
        }
    }
}

/// Adds the items of the list `name` that are new by their `identity`, and merges the others.
fn unite(
    own: &mut Map<String, Value>,
    said: &Map<String, Value>,
    name: &str,
    identity: impl Fn(&Value) -> Value,
    merge: impl Fn(&mut Value, &Value),
) {
    let mut united = limit::list(own, name).to_vec();
    for item in limit::list(said, name) {
        match united.iter_mut().find(|known| identity(known) == identity(item)) {
            Some(known) => merge(known, item),
            None => united.push(item.clone()),
        }
    }
    set(own, name, united);
}

/// Unites the lists `names` of two objects.
fn unite_lists(own: &mut Value, said: &Value, names: &[&str]) {
    let (Some(own), Some(said)) = (own.as_object_mut(), said.as_object()) else { return };
    for name in names {
        unite(own, said, name, |item| item.clone(), |_, _| {});
    }
}

/// Unites all lists of the object `name`, however deep.
fn unite_objects(own: &mut Map<String, Value>, said: &Map<String, Value>, name: &str) {
    let Some(said) = said.get(name).and_then(Value::as_object) else { return };
    let mut united = own.get(name).and_then(Value::as_object).cloned().unwrap_or_default();
    for (part, value) in said {
        match value {
            Value::Object(_) => unite_objects(&mut united, said, part),
            _ => unite(&mut united, said, part, |item| item.clone(), |_, _| {}),
        }
    }
    set(own, name, united);
}

fn part(of: &Value, name: &str) -> Value {
    of.get(name).cloned().unwrap_or_default()
}
