//! The OpenAPI documents: one for each dialect and one for the gate, from the table of functions, the wire types, and
//! the replies themselves.

mod answer;
mod gate;
mod gmi;
mod gmi_bodies;
mod money;
mod operation;
mod operators;
mod requesty;
mod requesty_bodies;
mod tyk;
mod tyk_bodies;
mod tyk_orgs;
mod tyk_policies;

use latchkey_shared::envelope::Internal;
use latchkey_shared::runtime::function::{Function, Route, Serves};
use latchkey_shared::store::StoreError;
use utoipa::openapi::path::PathsBuilder;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{Components, Info, License, OpenApi, PathItem};

use operation::{Operation, Schemas};

/// A dialect, as its document describes it.
struct Dialect {
    /// The first word of its functions' names, and the name of its document.
    name: &'static str,
    title: &'static str,
    description: &'static str,
    functions: &'static [&'static Function],
    security: fn() -> Vec<(&'static str, SecurityScheme)>,
    /// Describes a route; `None` if nobody has described it yet.
    operation: fn(&'static Function, &'static Route) -> Option<Operation>,
}

const DIALECTS: [&Dialect; 4] = [&tyk::DIALECT, &gmi::DIALECT, &requesty::DIALECT, &gate::DIALECT];

/// The documents, and what is missing in them.
#[derive(Default)]
pub struct Documents {
    /// Each by the name of its dialect.
    pub documents: Vec<(&'static str, OpenApi)>,
    /// The routes that nobody has described, in words.
    pub problems: Vec<String>,
}

impl Documents {
    /// Generates all documents.
    #[must_use]
    pub fn generate() -> Self {
        let mut all = Self::default();
        for dialect in DIALECTS {
            let document = all.document(dialect);
            all.documents.push((dialect.name, document));
        }
        all
    }

    fn document(&mut self, dialect: &Dialect) -> OpenApi {
        let (mut paths, mut schemas) = (PathsBuilder::new(), Schemas::new());
        for function in dialect.functions.iter().filter(|function| matches!(function.serves, Serves::Requests(_))) {
            for route in function.routes {
                let Some(operation) = (dialect.operation)(function, route) else {
                    let Route { method, path } = route;
                    self.problems
                        .push(format!("functions/src/describe: describe {method} {path} of {}", function.name));
                    continue;
                };
                let (path, method, operation, own) = operation.build();
                paths = paths.path(path, PathItem::new(method, operation));
                schemas.extend(own);
            }
        }
        let mut components = Components::new();
        components.schemas.extend(schemas);
        for (name, scheme) in (dialect.security)() {
            components.add_security_scheme(name, scheme);
        }
        let mut document = OpenApi::new(info(dialect), paths);
        document.components = Some(components);
        document
    }
}

fn info(dialect: &Dialect) -> Info {
    let mut info = Info::new(dialect.title, env!("CARGO_PKG_VERSION"));
    info.description = Some(dialect.description.to_owned());
    let mut license = License::new("Apache-2.0");
    license.identifier = Some("Apache-2.0".to_owned());
    info.license = Some(license);
    info
}

/// A secret that callers present as `Authorization: Bearer …`.
fn bearer(description: &str) -> SecurityScheme {
    SecurityScheme::Http(HttpBuilder::new().scheme(HttpAuthScheme::Bearer).description(Some(description)).build())
}

/// The store failed.
fn store_failed() -> Internal {
    StoreError::OutOfTime.into()
}

/// The key is too large for the store.
fn too_large() -> Internal {
    StoreError::TooLarge { max_bytes: 32_768 }.into()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::{Value, json};

    use super::*;
    use crate::table::FUNCTIONS;

    fn documents() -> Vec<Value> {
        Documents::generate()
            .documents
            .into_iter()
            .map(|(_, document)| serde_json::to_value(document).unwrap())
            .collect()
    }

    fn operations(document: &Value) -> impl Iterator<Item = &Value> {
        document["paths"].as_object().unwrap().values().flat_map(|path| path.as_object().unwrap().values())
    }

    #[test]
    fn every_route_of_every_function_is_described_under_an_id_of_its_own() {
        assert_eq!(Documents::generate().problems, Vec::<String>::new());
        let documents = documents();
        let ids: Vec<_> = documents.iter().flat_map(operations).map(|operation| &operation["operationId"]).collect();
        assert_eq!(ids.iter().map(|id| id.as_str().unwrap()).collect::<BTreeSet<_>>().len(), ids.len());
        let served = FUNCTIONS.iter().filter(|function| matches!(function.serves, Serves::Requests(_)));
        assert_eq!(ids.len(), served.clone().map(|function| function.routes.len()).sum::<usize>());
        for function in served.filter(|function| !function.routes.is_empty()) {
            assert!(ids.contains(&&json!(function.name)), "no operation has the name of {}", function.name);
        }
    }

    #[test]
    fn a_route_that_nobody_describes_is_a_problem() {
        let undescribed = Dialect { operation: |_, _| None, ..gate::DIALECT };
        let mut all = Documents::default();
        let _document = all.document(&undescribed);
        assert!(all.problems[0].ends_with("describe POST /v1/keys/verify of gate-verify"), "{:?}", all.problems);
    }

    #[test]
    fn every_example_is_as_its_schema_says() {
        for document in documents() {
            for operation in operations(&document) {
                let responses = operation["responses"].as_object().unwrap().values();
                for content in responses.chain([&operation["requestBody"]]).filter_map(|of| of["content"].as_object()) {
                    let examples = content.values().flat_map(|content| {
                        let listed = content["examples"].as_object().into_iter().flat_map(|all| all.values());
                        listed
                            .map(|example| &example["value"])
                            .chain(content.get("example"))
                            .map(move |it| (content, it))
                    });
                    for (content, example) in examples {
                        let mut schema = content["schema"].clone();
                        schema["components"] = document["components"].clone();
                        let problems: Vec<_> = jsonschema::validator_for(&schema)
                            .unwrap()
                            .iter_errors(example)
                            .map(|problem| problem.to_string())
                            .collect();
                        assert!(problems.is_empty(), "{}: {example}: {problems:?}", operation["operationId"]);
                    }
                }
            }
        }
    }
}
