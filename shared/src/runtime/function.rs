//! What a function is: its routes, its handler, and everything that it may access.

use std::collections::BTreeMap;
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
    /// The path template: `{name}` stands for one segment, and `{name+}` for one that may contain
    /// encoded slashes, for which API Gateway needs a greedy parameter.
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

    /// The path parameters of a path with these decoded segments; `None` if it is not the route's.
    #[must_use]
    pub fn matched(&self, segments: &[String]) -> Option<BTreeMap<String, String>> {
        let mut params = BTreeMap::new();
        let mut parts = self.path.split('/').skip(1);
        for segment in segments {
            let part = parts.next()?;
            match part.strip_prefix('{').and_then(|part| part.strip_suffix('}')) {
                Some(name) => {
                    let whole = name.strip_suffix('+');
                    let plain = whole.is_none() && !segment.contains('/');
                    let name = whole.or(plain.then_some(name)).filter(|_| !segment.is_empty())?;
                    params.insert(name.to_owned(), segment.clone());
                }
                None if part == segment => {}
                None => return None,
            }
        }
        parts.next().is_none().then_some(params)
    }

    /// The path template by which API Gateway routes the same path with a trailing slash, which Tyk
    /// Gateway ignores under `/tyk/`; `None` for other paths. No template may end in a slash, so
    /// this one matches longer paths as well.
    #[must_use]
    pub fn with_slash(&self) -> Option<String> {
        self.path.starts_with("/tyk/").then(|| format!("{}{WITH_SLASH}", self.path))
    }
}

/// How the template of a path with a trailing slash ends.
pub const WITH_SLASH: &str = "/{proxy+}";

/// The routes of `functions`, in the same order. Who looks up a route in them does not link the
/// handlers.
#[must_use]
pub const fn routes<const N: usize>(functions: &[&'static Function]) -> [&'static [Route]; N] {
    let mut routes: [&[Route]; N] = [&[]; N];
    let mut at = 0;
    while at < N {
        routes[at] = functions[at].routes;
        at += 1;
    }
    routes
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
