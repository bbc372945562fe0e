//! What a request of the store writes or checks.

use latchkey_shared::store::Table;
use serde_json::Value;

/// The items that a write is about, by table and key; none for a read.
#[must_use]
pub fn touched(operation: &str, request: &Value, prefix: &str) -> Vec<String> {
    match request["TransactItems"].as_array() {
        Some(parts) => {
            parts.iter().flat_map(|part| part.as_object().unwrap().values()).map(|part| item(part, prefix)).collect()
        }
        None if operation == "UpdateItem" => vec![item(request, prefix)],
        None => Vec::new(),
    }
}

fn item(part: &Value, prefix: &str) -> String {
    let table = part["TableName"].as_str().unwrap();
    let of = Table::ALL.into_iter().find(|of| of.full_name(prefix) == table).unwrap();
    let place = part.get("Key").or_else(|| part.get("Item")).unwrap();
    let (partition, sort) = of.key();
    std::iter::once(partition).chain(sort).fold(table.to_owned(), |key, name| format!("{key} {}", place[name]))
}
