//! One operation of a document: a route of a function, what it takes, and everything that it can answer.

use std::collections::BTreeMap;

use http::{StatusCode, header};
use latchkey_shared::keys::idempotency;
use latchkey_shared::runtime::function::{Function, Route};
use latchkey_shared::runtime::request::Response;
use serde_json::Value;
use utoipa::ToSchema;
use utoipa::openapi::path::{OperationBuilder, Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::request_body::{RequestBody, RequestBodyBuilder};
use utoipa::openapi::schema::Schema;
use utoipa::openapi::security::SecurityRequirement;
use utoipa::openapi::{
    ArrayBuilder, ContentBuilder, HttpMethod, ObjectBuilder, OneOfBuilder, Ref, RefOr, Required, Type, path,
};

use super::answer::Answer;

/// The type of all content but the router's errors.
const JSON: &str = "application/json";

/// The schemas of a document, by name.
pub(super) type Schemas = BTreeMap<String, RefOr<Schema>>;

/// A route of a function, as a document describes it.
pub(super) struct Operation {
    pub(super) function: &'static Function,
    route: &'static Route,
    suffix: &'static str,
    notes: Option<&'static str>,
    security: Vec<SecurityRequirement>,
    parameters: Vec<Parameter>,
    body: Option<RequestBody>,
    answers: BTreeMap<u16, Answer>,
    schemas: Schemas,
}

impl Operation {
    /// A route that takes and answers nothing yet. Callers authenticate by the scheme `security`.
    pub(super) fn new(function: &'static Function, route: &'static Route, security: &str) -> Self {
        Self {
            function,
            route,
            suffix: "",
            notes: None,
            security: vec![SecurityRequirement::new::<_, _, &str>(security, [])],
            parameters: Vec::new(),
            body: None,
            answers: BTreeMap::new(),
            schemas: Schemas::new(),
        }
    }

    /// Adds to the operation's id, which is the function's name otherwise: ids are unique.
    pub(super) fn suffix(self, suffix: &'static str) -> Self {
        Self { suffix, ..self }
    }

    /// Says what the summary leaves out.
    pub(super) fn notes(self, notes: &'static str) -> Self {
        Self { notes: Some(notes), ..self }
    }

    /// Callers may also authenticate by `scheme`.
    pub(super) fn or_secured_by(mut self, scheme: &str) -> Self {
        self.security.push(SecurityRequirement::new::<_, _, &str>(scheme, []));
        self
    }

    /// Callers need not authenticate.
    pub(super) fn unsecured(self) -> Self {
        Self { security: Vec::new(), ..self }
    }

    /// A parameter of the path.
    pub(super) fn path(self, name: &str, description: &str, schema: ObjectBuilder) -> Self {
        self.parameter(parameter(ParameterIn::Path, name, description, schema).required(Required::True))
    }

    /// An optional parameter of the query.
    pub(super) fn query(self, name: &str, description: &str, schema: ObjectBuilder) -> Self {
        self.parameter(parameter(ParameterIn::Query, name, description, schema).required(Required::False))
    }

    /// A parameter that the query must have.
    pub(super) fn required_query(self, name: &str, description: &str, schema: ObjectBuilder) -> Self {
        self.parameter(parameter(ParameterIn::Query, name, description, schema).required(Required::True))
    }

    /// An optional header.
    pub(super) fn header(self, name: &str, description: &str, schema: ObjectBuilder) -> Self {
        self.parameter(parameter(ParameterIn::Header, name, description, schema).required(Required::False))
    }

    /// The header that makes a repeated request return what the first one created.
    pub(super) fn idempotency_key(self) -> Self {
        let (least, most) = idempotency::LENGTHS.into_inner();
        let schema = text().min_length(Some(least)).max_length(Some(most)).pattern(Some("^[!-~]*$"));
        self.header("Idempotency-Key", "Names the request: for 24 hours, the same request returns the same.", schema)
    }

    fn parameter(mut self, parameter: ParameterBuilder) -> Self {
        self.parameters.push(parameter.build());
        self
    }

    /// The body that it must have, and an example of one.
    pub(super) fn body<T: ToSchema>(mut self, example: Value) -> Self {
        let content = ContentBuilder::new().schema(Some(self.refer_to::<T>())).example(Some(example)).build();
        let body = RequestBodyBuilder::new().content(JSON, content).required(Some(Required::True));
        self.body = Some(body.build());
        self
    }

    /// It answers 200 with JSON like `example`.
    pub(super) fn shows<T: ToSchema>(self, example: Value) -> Self {
        self.answers::<T>(StatusCode::OK, "example", example)
    }

    /// It answers 200 with a list of `T`, like `example`.
    pub(super) fn lists<T: ToSchema>(mut self, example: Value) -> Self {
        let list = ArrayBuilder::new().items(Ref::from_schema_name(T::name()));
        let _listed = self.refer_to::<T>();
        self.answer(StatusCode::OK).example(JSON, Some(list.into()), "example", example);
        self
    }

    /// It answers 200 with JSON like `example`, or with null.
    pub(super) fn shows_or_null<T: ToSchema>(mut self, example: Value) -> Self {
        let either = OneOfBuilder::new().item(self.refer_to::<T>()).item(ObjectBuilder::new().schema_type(Type::Null));
        self.answer(StatusCode::OK).example(JSON, Some(either.into()), "example", example);
        self
    }

    /// It answers this status with JSON like `example`, under a name of its own.
    pub(super) fn answers<T: ToSchema>(mut self, status: StatusCode, name: &str, example: Value) -> Self {
        let schema = self.refer_to::<T>();
        self.answer(status).example(JSON, Some(schema), name, example);
        self
    }

    /// It answers this status without a body.
    pub(super) fn answers_nothing(mut self, status: StatusCode) -> Self {
        self.answer(status);
        self
    }

    /// It refuses a request with this reply, whose JSON is a `T`.
    pub(super) fn refuses<T: ToSchema>(mut self, name: &str, reply: &Response) -> Self {
        let kind = reply.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        let parsed = serde_json::from_str(reply.body()).ok().filter(|_| kind == JSON);
        let schema = parsed.is_some().then(|| self.refer_to::<T>());
        let example = parsed.unwrap_or_else(|| reply.body().as_str().into());
        let answer = self.answer(reply.status());
        answer.example(kind, schema.or_else(|| Some(text().into())), name, example);
        if reply.headers().contains_key(header::RETRY_AFTER) {
            answer.header("Retry-After", "Seconds to wait before another attempt.", integer());
        }
        self
    }

    /// Its answer 200 has this header, if it has anything to say there.
    pub(super) fn says(mut self, name: &str, description: &str) -> Self {
        self.answer(StatusCode::OK).header(name, description, text());
        self
    }

    /// Its answer 200 is a page, with the address of the next page.
    pub(super) fn pages(self) -> Self {
        self.says("Link", "The address of the next page as `<…>; rel=\"next\"`, if the list continues.")
    }

    fn answer(&mut self, status: StatusCode) -> &mut Answer {
        self.answers.entry(status.as_u16()).or_insert_with(|| Answer::new(status))
    }

    /// A reference to the schema of `T`, which the document then has.
    fn refer_to<T: ToSchema>(&mut self) -> RefOr<Schema> {
        let mut schemas = vec![(T::name().into_owned(), T::schema())];
        T::schemas(&mut schemas);
        self.schemas.extend(schemas);
        Ref::from_schema_name(T::name()).into()
    }

    /// The function's name, and the suffix.
    pub(super) fn id(&self) -> String {
        if self.suffix.is_empty() {
            self.function.name.to_owned()
        } else {
            format!("{}-{}", self.function.name, self.suffix)
        }
    }

    /// The path, its method, the operation, and the schemas that it refers to.
    pub(super) fn build(self) -> (String, HttpMethod, path::Operation, Schemas) {
        let id = self.id();
        let operation = OperationBuilder::new()
            .operation_id(Some(id))
            .tag(tag(self.route.path))
            .summary(Some(self.function.summary.trim_end_matches('.')))
            .description(self.notes)
            .parameters(Some(self.parameters).filter(|parameters| !parameters.is_empty()))
            .request_body(self.body)
            .securities(Some(self.security));
        let answers = self.answers.into_iter();
        let operation = answers
            .fold(operation, |operation, (status, answer)| operation.response(status.to_string(), answer.build()));
        (self.route.path.replace("+}", "}"), method(self.route), operation.build(), self.schemas)
    }
}

fn parameter(place: ParameterIn, name: &str, description: &str, schema: ObjectBuilder) -> ParameterBuilder {
    ParameterBuilder::new().name(name).parameter_in(place).description(Some(description)).schema(Some(schema))
}

fn method(route: &Route) -> HttpMethod {
    match route.method {
        "POST" => HttpMethod::Post,
        "PUT" => HttpMethod::Put,
        "DELETE" => HttpMethod::Delete,
        _ => HttpMethod::Get,
    }
}

/// What a path is about, by which pages and clients group operations.
fn tag(path: &str) -> &'static str {
    let has = |part: &str| path.contains(part);
    match () {
        () if has("/policies") || has("/policy/") => "Policies",
        () if has("/usage") => "Usage",
        () if has("/audit") => "Audit",
        () if has("/verify") => "Decisions",
        () if has("/users") || has("/invitations") || has("/profile") => "Members",
        () if has("/org/") || path.ends_with("/org") || path.ends_with("/organizations") => "Organisations",
        () if has("/keys") || has("/apikey") || has("/api-keys") => "Keys",
        () => "Service",
    }
}

/// Any text.
pub(super) fn text() -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::String)
}

/// A whole number.
pub(super) fn integer() -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::Integer)
}
