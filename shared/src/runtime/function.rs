//! What a function is: its routes, its handler, and everything that it may access.

use std::future::Future;
use std::pin::Pin;

use serde_json::Value;

use super::request::{Request, Response};
use super::service::Service;
use crate::secrets::Secret;
use crate::store::Table;

/// What a handler returns.
pub type Reply<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// What a function serves, and how.
#[derive(Clone, Copy)]
pub enum Serves {
    /// HTTP requests: answers each, failures included.
    Requests(for<'a> fn(&'a Service, &'a Request) -> Reply<'a, Response>),
    /// API Gateway's events that ask whether a request to another API may pass. An error neither
    /// allows nor denies.
    Authorizations(for<'a> fn(&'a Service, &'a Value) -> Reply<'a, Result<Value, Unauthorized>>),
}

/// An authorizer made no decision; API Gateway then answers by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unauthorized {
    /// The request has no credential. A REST API answers 401 to exactly this word.
    #[error("Unauthorized")]
    NoCredential,
    /// No decision could be made: 500.
    #[error("no decision could be made")]
    Undecided,
}

/// One deployable function.
pub struct Function {
    /// Its name in kebab case, the dialect first: also its binary's name.
    pub name: &'static str,
    /// What it does, in a sentence for the documents.
    pub summary: &'static str,
    /// The routes it answers: none for an authorizer, and for the function that answers what no
    /// route does.
    pub routes: &'static [Route],
    /// The secrets it is given.
    pub secrets: &'static [Secret],
    /// Every store action it may use, by table. Its policy consists of exactly these.
    pub access: &'static [(Table, &'static [Action])],
    /// Its handler.
    pub serves: Serves,
}

/// A method and a path template, such as `/tyk/keys/{keyName}`.
pub struct Route {
    /// The method.
    pub method: &'static str,
    /// The path template: `{name}` stands for one segment, `{name+}` for one that may contain encoded
    /// slashes, and `{proxy+}` for the rest of the path.
    pub path: &'static str,
}

impl Route {
    /// The route of a method, in capitals, and a path template.
    #[must_use]
    pub const fn new(method: &'static str, path: &'static str) -> Self {
        Self { method, path }
    }

    /// The names of the parameters that its path cannot do without.
    pub fn params(&self) -> impl Iterator<Item = &'static str> + use<> {
        self.path
            .split('/')
            .filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
            .filter(|name| !name.ends_with('+'))
    }
}

/// A DynamoDB action as IAM names it. IAM knows no `TransactWriteItems`: its parts are listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// `dynamodb:GetItem`
    GetItem,
    /// `dynamodb:BatchGetItem`
    BatchGetItem,
    /// `dynamodb:PutItem`
    PutItem,
    /// `dynamodb:UpdateItem`
    UpdateItem,
    /// `dynamodb:DeleteItem`
    DeleteItem,
    /// `dynamodb:ConditionCheckItem`
    ConditionCheckItem,
    /// `dynamodb:Query`
    Query,
    /// `dynamodb:Scan`
    Scan,
}
