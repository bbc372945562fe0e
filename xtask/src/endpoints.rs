//! The tables of functions in the docs, with the routes of each.

use latchkey_shared::runtime::function::{Function, Route, Serves};

use crate::sources::FUNCTIONS;

/// All functions, or those of one dialect: the first word of a function's name.
pub(crate) fn table(dialect: Option<&str>) -> String {
    let of_dialect = |function: &&Function| dialect.is_none_or(|dialect| is_of(function, dialect));
    let rows = FUNCTIONS
        .into_iter()
        .filter(of_dialect)
        .map(|function| format!("| {} | `{}` | {} |\n", routes(function), function.name, function.summary));
    format!("\n| route | function | what it does |\n|---|---|---|\n{}\n", rows.collect::<String>())
}

fn is_of(function: &Function, dialect: &str) -> bool {
    function.name.split('-').next() == Some(dialect)
}

fn routes(function: &Function) -> String {
    match (function.serves, function.routes) {
        (Serves::Authorizations(_), _) => "API Gateway's authorizer".to_owned(),
        (Serves::Requests(_), []) => "any other path".to_owned(),
        (Serves::Requests(_), routes) => routes.iter().map(route).collect::<Vec<_>>().join(", "),
    }
}

/// The route as a caller writes it: what is greedy for API Gateway alone is a plain parameter.
fn route(route: &Route) -> String {
    format!("`{} {}`", route.method, route.path.replace("+}", "}"))
}
