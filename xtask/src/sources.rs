//! What everything is generated from: the table of functions, the table of settings, and the measured store calls.

use std::fs;
use std::path::Path;

pub(crate) use latchkey_functions::table::FUNCTIONS;
use latchkey_shared::runtime::function::Function;
pub(crate) use latchkey_shared::settings::{SETTINGS, Setting};
use serde::Deserialize;

use crate::Error;

/// What the capacity tests measured, a JSON line for each request.
pub(crate) const CAPACITY: &str = "tests/api/capacity.jsonl";

/// What one request does to the store.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Measured {
    pub(crate) function: String,
    /// What sets this request apart from the function's others.
    #[serde(default)]
    pub(crate) request: String,
    /// Each call: the tables it touches, how, and the capacity units.
    pub(crate) calls: Vec<String>,
    /// What larger requests add.
    #[serde(default)]
    pub(crate) more: String,
}

/// The path of a function's constant: `latchkey_functions::tyk::get_key::FUNCTION`.
pub(crate) fn constant(function: &Function) -> String {
    format!("latchkey_functions::{}::FUNCTION", function.name.replacen('-', "::", 1).replace('-', "_"))
}

/// The measured requests, in the order of their file.
pub(crate) fn measured(root: &Path) -> Result<Vec<Measured>, Error> {
    let failed = |source| Error::File { path: CAPACITY.to_owned(), source };
    let text = fs::read_to_string(root.join(CAPACITY)).map_err(failed)?;
    let parse =
        |(at, line)| serde_json::from_str(line).map_err(|source| Error::Line { path: CAPACITY, line: at + 1, source });
    text.lines().enumerate().map(parse).collect()
}
