//! What an operation answers with one status: examples by the type of their content, and headers.

use std::collections::BTreeMap;

use http::StatusCode;
use serde_json::Value;
use utoipa::openapi::example::{Example, ExampleBuilder};
use utoipa::openapi::header::HeaderBuilder;
use utoipa::openapi::schema::Schema;
use utoipa::openapi::{ContentBuilder, Header, ObjectBuilder, RefOr, Response, ResponseBuilder};

/// The answers with one status.
pub(super) struct Answer {
    status: StatusCode,
    contents: BTreeMap<String, Content>,
    headers: BTreeMap<String, Header>,
}

/// The bodies of one type.
#[derive(Default)]
struct Content {
    schema: Option<RefOr<Schema>>,
    examples: Vec<(String, Value)>,
}

impl Answer {
    /// An answer without a body.
    pub(super) fn new(status: StatusCode) -> Self {
        Self { status, contents: BTreeMap::new(), headers: BTreeMap::new() }
    }

    /// Adds an example of a body. The first schema describes all bodies of one type.
    pub(super) fn example(&mut self, kind: &str, schema: Option<RefOr<Schema>>, name: &str, example: Value) {
        let content = self.contents.entry(kind.to_owned()).or_default();
        content.schema = content.schema.take().or(schema);
        let taken =
            content.examples.iter().filter(|(other, _)| other.trim_end_matches(char::is_numeric) == name).count();
        let name = if taken == 0 { name.to_owned() } else { format!("{name}{}", taken + 1) };
        content.examples.push((name, example));
    }

    /// Adds a header.
    pub(super) fn header(&mut self, name: &str, description: &str, schema: ObjectBuilder) {
        let header = HeaderBuilder::new().schema(Some(schema)).description(Some(description)).build();
        self.headers.insert(name.to_owned(), header);
    }

    pub(super) fn build(self) -> Response {
        let response = ResponseBuilder::new().description(self.status.canonical_reason().unwrap_or_default());
        let response = self.contents.into_iter().fold(response, |response, (kind, content)| {
            let built = ContentBuilder::new().schema(content.schema);
            let examples = content.examples.into_iter().map(|(name, value)| (name, example(value)));
            response.content(kind, built.examples_from_iter(examples).build())
        });
        self.headers.into_iter().fold(response, |response, (name, header)| response.header(name, header)).build()
    }
}

fn example(value: Value) -> Example {
    ExampleBuilder::new().value(Some(value)).build()
}
