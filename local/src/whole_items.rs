//! Reads of whole items, answered with the text that is stored.
//!
//! Dynoxide prepares a statement for each item, parses the item and writes it anew. Here the
//! statement is prepared once, and the SDK alone parses the item. Whatever is not a plain read of
//! whole items, or not as it should be, is left to dynoxide.

use std::collections::{HashMap, HashSet};

use dynoxide::storage::Storage;
use dynoxide::storage_backend::sql_builders::escape_table_name;
use dynoxide::types::read_capacity_units_with_consistency;
use rusqlite::{OptionalExtension, Statement};
use serde::Deserialize;
use serde_json::json;

/// The most keys of a batch.
const MOST_KEYS: usize = 100;
/// Bytes of items, above which DynamoDB leaves some out of the answer to a batch.
const MOST_BYTES: usize = 16 * 1024 * 1024;
/// Bytes of a key that is short enough for any table.
const SHORT_KEY: usize = 1024;

/// Finds items by their keys, table by table.
#[derive(Default)]
pub(crate) struct WholeItems(HashMap<String, Finder>);

/// Finds the items of one table.
struct Finder {
    partition: String,
    sort: Option<String>,
    statement: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct GetItem {
    table_name: String,
    key: Key,
    #[serde(default)]
    consistent_read: bool,
    #[serde(default)]
    return_consumed_capacity: Wanted,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct BatchGetItem {
    request_items: HashMap<String, Keys>,
    #[serde(default)]
    return_consumed_capacity: Wanted,
}

/// Whether the answer says what it would cost.
#[derive(Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
enum Wanted {
    #[default]
    None,
    Total,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct Keys {
    keys: Vec<Key>,
    #[serde(default)]
    consistent_read: bool,
}

type Key = HashMap<String, Text>;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Text {
    #[serde(rename = "S")]
    text: String,
}

impl WholeItems {
    /// The answer to a plain read of whole items; `None` to anything else.
    pub(crate) fn read(&mut self, storage: &Storage, operation: &str, body: &[u8]) -> Option<String> {
        match operation {
            "GetItem" => self.get(storage, &serde_json::from_slice(body).ok()?),
            "BatchGetItem" => self.batch_get(storage, serde_json::from_slice(body).ok()?),
            _ => None,
        }
    }

    fn get(&mut self, storage: &Storage, request: &GetItem) -> Option<String> {
        let finder = self.finder(storage, &request.table_name)?;
        let place = finder.place(&request.key)?;
        let mut answer = String::from("{\"Item\":");
        let mut statement = storage.conn().prepare_cached(&finder.statement).ok()?;
        let size = append(&mut answer, &mut statement, &place)?;
        if size.is_none() {
            answer = String::from("{");
        }
        if request.return_consumed_capacity == Wanted::Total {
            let comma = if size.is_some() { "," } else { "" };
            let consumed = consumed(&request.table_name, units(size, request.consistent_read))?;
            answer.push_str(&format!("{comma}\"ConsumedCapacity\":{consumed}"));
        }
        answer.push('}');
        Some(answer)
    }

    fn batch_get(&mut self, storage: &Storage, request: BatchGetItem) -> Option<String> {
        let mut tables = request.request_items.into_iter();
        let (Some((table, Keys { keys, consistent_read })), None) = (tables.next(), tables.next()) else { return None };
        let finder = self.finder(storage, &table)?;
        let places = keys.iter().map(|key| finder.place(key)).collect::<Option<Vec<_>>>()?;
        let different = places.iter().collect::<HashSet<_>>().len();
        if different < keys.len() || !(1..=MOST_KEYS).contains(&keys.len()) {
            return None;
        }
        let mut answer = format!("{{\"Responses\":{{{}:[", serde_json::to_string(&table).ok()?);
        let mut statement = storage.conn().prepare_cached(&finder.statement).ok()?;
        let (mut comma, mut consumed_units) = ("", 0.0);
        for place in &places {
            let before = answer.len();
            answer.push_str(comma);
            let size = append(&mut answer, &mut statement, place)?;
            match size {
                Some(_) => comma = ",",
                None => answer.truncate(before),
            }
            consumed_units += units(size, consistent_read);
        }
        answer.push_str("]},\"UnprocessedKeys\":{}");
        if request.return_consumed_capacity == Wanted::Total {
            answer.push_str(&format!(",\"ConsumedCapacity\":[{}]", consumed(&table, consumed_units)?));
        }
        answer.push('}');
        (answer.len() < MOST_BYTES).then_some(answer)
    }

    fn finder(&mut self, storage: &Storage, table: &str) -> Option<&Finder> {
        if !self.0.contains_key(table) {
            self.0.insert(table.to_owned(), Finder::of(storage, table)?);
        }
        self.0.get(table)
    }
}

impl Finder {
    fn of(storage: &Storage, table: &str) -> Option<Self> {
        #[derive(Deserialize)]
        #[serde(rename_all = "PascalCase")]
        struct Attribute {
            attribute_name: String,
            key_type: String,
        }
        let schema = storage.get_table_metadata(table).ok()??.key_schema;
        let mut schema: Vec<Attribute> = serde_json::from_str(&schema).ok()?;
        let mut take = |kind| {
            let at = schema.iter().position(|attribute| attribute.key_type == kind)?;
            Some(schema.swap_remove(at).attribute_name)
        };
        let (partition, sort) = (take("HASH")?, take("RANGE"));
        let name = escape_table_name(table);
        let statement = format!("SELECT item_json, item_size FROM \"{name}\" WHERE pk = ?1 AND sk = ?2");
        Some(Self { partition, sort, statement })
    }

    /// The partition and the sort key as they are stored; `None` if `key` is not one of this table.
    fn place(&self, key: &Key) -> Option<(String, String)> {
        let stored = |name: &String| {
            let text = &key.get(name)?.text;
            (1..=SHORT_KEY).contains(&text.len()).then(|| format!("S:{text}"))
        };
        let (partition, sort) = (stored(&self.partition)?, self.sort.as_ref().map(stored));
        match sort {
            Some(sort) if key.len() == 2 => Some((partition, sort?)),
            None if key.len() == 1 => Some((partition, String::new())),
            _ => None,
        }
    }
}

/// Appends the item at `place` and returns its size, if there is one; `None` when SQLite fails.
fn append(answer: &mut String, statement: &mut Statement<'_>, place: &(String, String)) -> Option<Option<usize>> {
    let (partition, sort) = place;
    let found = statement.query_row([partition, sort], |row| {
        answer.push_str(row.get_ref(0)?.as_str()?);
        row.get::<_, i64>(1)
    });
    found.optional().ok()?.map(usize::try_from).transpose().ok()
}

/// What DynamoDB charges for reading an item of this size, or none.
fn units(size: Option<usize>, consistent: bool) -> f64 {
    read_capacity_units_with_consistency(size.unwrap_or_default(), consistent)
}

fn consumed(table: &str, units: f64) -> Option<String> {
    serde_json::to_string(&json!({"TableName": table, "CapacityUnits": units})).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;
    use crate::engine::{Engine, OwnDatabase};

    /// A database with two tables, one of them with sort keys.
    fn database() -> OwnDatabase {
        let database = OwnDatabase::memory().unwrap();
        for (table, names) in [("Keys", &["id"][..]), ("Rows", &["org", "sk"])] {
            let kinds = names.iter().zip(["HASH", "RANGE"]);
            let schema: Vec<_> = kinds.map(|(name, kind)| json!({"AttributeName": name, "KeyType": kind})).collect();
            let types = names.iter().map(|name| json!({"AttributeName": name, "AttributeType": "S"}));
            let types: Vec<_> = types.collect();
            let request = json!({
                "TableName": table, "KeySchema": schema, "AttributeDefinitions": types,
                "BillingMode": "PAY_PER_REQUEST",
            });
            database.call("CreateTable", request.to_string().as_bytes()).unwrap();
        }
        database
    }

    fn call(database: &OwnDatabase, operation: &str, request: &Value) -> Value {
        match database.call(operation, request.to_string().as_bytes()) {
            Ok(answer) => serde_json::from_str(&answer).unwrap(),
            Err(error) => serde_json::from_str(&error.to_json()).unwrap(),
        }
    }

    /// The answer of dynoxide itself, which alone breaks capacity down by index.
    fn dynoxide(database: &OwnDatabase, operation: &str, request: &Value) -> Value {
        let mut request = request.clone();
        request["ReturnConsumedCapacity"] = "INDEXES".into();
        let mut answer = call(database, operation, &request);
        for consumed in answer.get_mut("ConsumedCapacity").into_iter().flat_map(each) {
            let _breakdown = consumed.as_object_mut().unwrap().remove("Table");
        }
        answer
    }

    /// The elements of a list, or the one value that is none.
    fn each(value: &mut Value) -> &mut [Value] {
        match value {
            Value::Array(values) => values,
            one => std::slice::from_mut(one),
        }
    }

    fn sorted(mut answer: Value) -> Value {
        for items in answer["Responses"].as_object_mut().into_iter().flat_map(|tables| tables.values_mut()) {
            items.as_array_mut().unwrap().sort_by_key(Value::to_string);
        }
        answer
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn the_answers_are_those_of_dynoxide(
            stored in proptest::collection::vec((".{0,3}", ".{0,3}", ".{0,9}|x{4000,9000}", -9i64..9), 0..9),
            asked in proptest::collection::vec((".{0,3}", ".{0,3}"), 0..4),
        ) {
            let database = database();
            for (org, sk, text, number) in &stored {
                let value = json!({"M": {"t": {"S": text}, "n": {"N": number.to_string()}, "b": {"B": "AQ=="}}});
                let id = json!({"id": {"S": org}, "v": value});
                let row = json!({"org": {"S": org}, "sk": {"S": sk}, "v": value, "l": {"L": [{"BOOL": true}]}});
                let _empty_keys_are_refused = call(&database, "PutItem", &json!({"TableName": "Keys", "Item": id}));
                let _empty_keys_are_refused = call(&database, "PutItem", &json!({"TableName": "Rows", "Item": row}));
            }
            let keys = stored.iter().map(|(org, sk, ..)| (org, sk)).chain(asked.iter().map(|(org, sk)| (org, sk)));
            let ids: Vec<_> = keys.clone().map(|(org, _)| json!({"id": {"S": org}})).collect();
            let rows: Vec<_> = keys.map(|(org, sk)| json!({"org": {"S": org}, "sk": {"S": sk}})).collect();
            for (table, keys) in [("Keys", ids), ("Rows", rows)] {
                for key in &keys {
                    let mut request = json!({"TableName": table, "Key": key, "ConsistentRead": true});
                    request["ReturnConsumedCapacity"] = "TOTAL".into();
                    prop_assert_eq!(call(&database, "GetItem", &request), dynoxide(&database, "GetItem", &request));
                }
                for keys in [&keys[..], keys.get(..1).unwrap_or_default()] {
                    let mut request = json!({"RequestItems": {table: {"Keys": keys, "ConsistentRead": true}}});
                    request["ReturnConsumedCapacity"] = "TOTAL".into();
                    let expected = sorted(dynoxide(&database, "BatchGetItem", &request));
                    prop_assert_eq!(sorted(call(&database, "BatchGetItem", &request)), expected);
                }
            }
        }
    }

    #[test]
    fn what_is_no_plain_read_or_not_as_it_should_be_is_left_to_dynoxide() {
        let storage = Storage::memory().unwrap();
        let mut items = WholeItems::default();
        for (operation, request) in [
            ("GetItem", json!({"TableName": "Keys", "Key": {"id": {"S": "a"}}})),
            ("GetItem", json!({"TableName": "Keys", "Key": {"id": {"N": "1"}}})),
            ("GetItem", json!({"TableName": "Keys", "Key": {"id": {"S": "a"}}, "ProjectionExpression": "id"})),
            ("BatchGetItem", json!({"RequestItems": {}})),
            ("Query", json!({"TableName": "Keys"})),
        ] {
            assert_eq!(items.read(&storage, operation, request.to_string().as_bytes()), None, "{request}");
        }
    }
}
