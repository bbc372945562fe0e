//! The tables in a data folder that no server uses at the moment, read past the product.

use std::collections::HashMap;
use std::path::Path;

use aws_sdk_dynamodb::types::AttributeValue;
use dynoxide::Database;
use latchkey::embedded::{self, Embedded};
use latchkey_shared::store::Table;

/// An item as the store has it.
pub(crate) type Item = HashMap<String, AttributeValue>;

/// Every item of `table`.
pub(crate) async fn items(folder: &Path, table: Table) -> Vec<Item> {
    let file = folder.join("latchkey.db");
    assert!(file.exists(), "opening it would make an empty one");
    let client = embedded::client(Embedded::new(Database::new(&file.to_string_lossy()).unwrap()));
    let mut items = Vec::new();
    let mut from = None;
    loop {
        let scan = client.scan().table_name(table.full_name("latchkey-")).set_exclusive_start_key(from);
        let page = scan.send().await.unwrap();
        items.extend(page.items.unwrap_or_default());
        from = page.last_evaluated_key;
        if from.is_none() {
            return items;
        }
    }
}

/// Every key, live or deleted: what is in its table, but for the fingerprints of the secrets.
pub(crate) async fn keys(folder: &Path) -> Vec<Item> {
    let items = items(folder, Table::Keys).await.into_iter();
    items.filter(|item| text(item, "id").starts_with("key#")).collect()
}

/// The string or number `name` of `item`, as text.
pub(crate) fn text<'a>(item: &'a Item, name: &str) -> &'a str {
    match item.get(name) {
        Some(AttributeValue::S(text) | AttributeValue::N(text)) => text,
        other => panic!("{name} is {other:?} in {item:?}"),
    }
}
