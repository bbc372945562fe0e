//! Whether the answers of a test server are as its OpenAPI documents describe them: status, content type, and body.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, LazyLock, Mutex};

use jsonschema::Validator;
use latchkey::pages::DOCUMENTS;
use latchkey_functions::router::{self, Routed};
use latchkey_functions::table::{FUNCTIONS, ROUTES};
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value, json};

use crate::http::Reply;

/// An operation's id, and a status that it answers.
pub type Answered = BTreeSet<(String, u16)>;

static DESCRIBED: LazyLock<Vec<Document>> =
    LazyLock::new(|| DOCUMENTS.iter().map(|(_, json)| Document::of(json)).collect());

static VALIDATORS: LazyLock<Mutex<HashMap<String, Arc<Validator>>>> = LazyLock::new(Mutex::default);

struct Document {
    /// As it is published, for requests.
    open: Value,
    /// For answers.
    closed: Value,
}

impl Document {
    fn of(json: &str) -> Self {
        let open: Value = serde_json::from_str(json).unwrap();
        Self { closed: closed(open.clone()), open }
    }
}

/// Every operation in the documents, and every status that they describe for it.
#[must_use]
pub fn described() -> Answered {
    let operations = DESCRIBED.iter().flat_map(|document| document.open["paths"].as_object().unwrap().values());
    let operations = operations.flat_map(|methods| methods.as_object().unwrap().values());
    let statuses = |operation: &Value| {
        let id = operation["operationId"].as_str().unwrap().to_owned();
        let statuses = operation["responses"].as_object().unwrap().keys();
        statuses.map(|status| (id.clone(), status.parse().unwrap())).collect::<Vec<_>>()
    };
    operations.flat_map(statuses).collect()
}

/// Checks the answer to a request, and returns which operation answered; `None` if none is described for the path.
///
/// # Panics
/// When the answer is not as described.
pub(crate) fn check(method: &str, target: &str, body: &[u8], reply: &Reply) -> Option<String> {
    // A path with empty segments is redirected before anything looks for its operation.
    let is_redirected = target.split('?').next().is_some_and(|path| path.contains("//"));
    let (document, path, operation) = operation(method, target).filter(|_| !is_redirected)?;
    let id = operation["operationId"].as_str().unwrap();
    let described = &operation["responses"][reply.status.to_string()];
    assert!(!described.is_null(), "{id} answers {}, which its document does not describe: {reply:?}", reply.status);
    let place = format!("{path} {method} {}", reply.status);
    let content = described["content"].as_object();
    match content.and_then(|content| content.get(reply.header("content-type"))) {
        Some(content) if reply.header("content-type") == "application/json" => {
            assert_valid(&place, &document.closed, &content["schema"], &reply.json());
        }
        Some(_) => {}
        None => assert!(content.is_none() && reply.text.is_empty(), "{place}: another type of content: {reply:?}"),
    }
    let wanted = &operation["requestBody"]["content"]["application/json"]["schema"];
    if reply.status < 300 && !wanted.is_null() {
        check_request(&format!("{path} {method} request"), &document.open, wanted, body);
    }
    Some(id.to_owned())
}

/// A request that succeeds must be as described. To leave a field out is the same as null.
fn check_request(place: &str, document: &Value, schema: &Value, body: &[u8]) {
    // Tyk's dialect reads more than JSON, and more than one value.
    let Ok(body) = serde_json::from_slice::<Value>(body) else { return };
    assert_valid(place, document, schema, &without_nulls(body));
}

fn without_nulls(value: Value) -> Value {
    match value {
        Value::Object(fields) => {
            let fields = fields.into_iter().filter(|(_, value)| !value.is_null());
            Value::Object(fields.map(|(name, value)| (name, without_nulls(value))).collect())
        }
        Value::Array(values) => values.into_iter().map(without_nulls).collect(),
        other => other,
    }
}

fn assert_valid(place: &str, document: &Value, schema: &Value, body: &Value) {
    let validator =
        VALIDATORS.lock().unwrap().entry(place.to_owned()).or_insert_with(|| compile(document, schema)).clone();
    let problems: Vec<_> = validator.iter_errors(body).map(|error| error.to_string()).collect();
    assert!(problems.is_empty(), "{place}: {body} is not as described: {problems:?}");
}

fn compile(document: &Value, schema: &Value) -> Arc<Validator> {
    let mut schema = schema.clone();
    schema["components"] = document["components"].clone();
    Arc::new(jsonschema::validator_for(&schema).unwrap())
}

/// The document, the path and the operation that a request belongs to.
fn operation(method: &str, target: &str) -> Option<(&'static Document, String, &'static Value)> {
    let path = target.split(['?', '#']).next()?.trim_end_matches('/');
    // A path with empty segments is redirected, whatever it leads to.
    if path.contains("//") {
        return None;
    }
    let decode = |segment: &str| percent_decode_str(segment).decode_utf8().ok().map(|decoded| decoded.into_owned());
    let segments: Vec<String> = path.split('/').skip(1).map(decode).collect::<Option<_>>()?;
    let Routed::To(index, ..) = router::find(&ROUTES, method, &segments) else { return None };
    let mut routes = FUNCTIONS.get(index)?.routes.iter().filter(|route| route.method == method);
    let path = routes.find(|route| route.matched(&segments).is_some())?.path.replace("+}", "}");
    DESCRIBED.iter().find_map(|document| {
        let operation = document.open["paths"].get(&path)?.get(method.to_lowercase())?;
        Some((document, path.clone(), operation))
    })
}

/// The document with schemas that allow no fields but theirs, because an answer has no others.
fn closed(mut document: Value) -> Value {
    let schemas = document["components"]["schemas"].as_object_mut().unwrap();
    let parts: BTreeSet<String> = schemas.values().flat_map(parts).collect();
    for (_, schema) in schemas.iter_mut().filter(|(name, _)| !parts.contains(*name)) {
        close(schema);
    }
    document
}

/// The schemas that a schema is put together from, which have only some of its fields.
fn parts(schema: &Value) -> Vec<String> {
    let referred = schema["allOf"].as_array().into_iter().flatten().filter_map(|part| part["$ref"].as_str());
    referred.filter_map(|name| Some(name.rsplit_once('/')?.1.to_owned())).collect()
}

fn close(schema: &mut Value) {
    if schema.get("properties").is_some() || schema.get("allOf").is_some() {
        schema["unevaluatedProperties"] = json!(false);
    }
    let fields = schema.get_mut("properties").and_then(Value::as_object_mut);
    fields.into_iter().flat_map(Map::values_mut).for_each(close);
    for inner in ["items", "additionalProperties"] {
        schema.get_mut(inner).into_iter().filter(|inner| inner.is_object()).for_each(close);
    }
}
