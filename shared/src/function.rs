//! What a function is: its routes, its handler, and all that it may touch.

use std::future::Future;
use std::pin::Pin;

use crate::request::{Request, Response};
use crate::service::Service;
use crate::store::Table;

/// What a handler returns.
pub type Reply<'a> = Pin<Box<dyn Future<Output = Response> + Send + 'a>>;

/// A handler: answers every request, failures included.
pub type Handler = for<'a> fn(&'a Service, &'a Request) -> Reply<'a>;

/// One deployable function.
pub struct Function {
    /// Its name in kebab case, the dialect first: also its binary's name.
    pub name: &'static str,
    /// The routes it answers; none for the function that answers what no route takes.
    pub routes: &'static [Route],
    /// The secrets it is given.
    pub secrets: &'static [Secret],
    /// Every store action it may use, and on which table. Its policy is made of exactly these.
    pub access: &'static [(Table, &'static [Action])],
    /// What it does.
    pub handler: Handler,
}

/// A method and a path template, such as `/tyk/keys/{keyName}`.
pub struct Route {
    /// The method.
    pub method: &'static str,
    /// The path template: `{name}` stands for one segment, `{name+}` for the rest of the path.
    pub path: &'static str,
}

/// The secrets of the service, each given only to the functions that need it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Secret {
    /// Compared with what an administrator presents.
    Admin,
    /// Turns a token into its key id.
    Id,
    /// Seals what is read back: tokens, and the secrets inside a key.
    Seal,
}

/// A DynamoDB action as IAM names it. IAM knows no `TransactWriteItems`: its parts are listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// `dynamodb:GetItem`
    GetItem,
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
