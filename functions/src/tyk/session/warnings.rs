//! Warnings about parts of a request that have no effect. They name fields, and never their values.

use serde_json::{Map, Value};

use super::Session;
use super::unknown::UnknownFields;

/// Short warnings that are safe in a header.
#[derive(Debug, Default)]
pub(crate) struct Warnings(Vec<String>);

impl Warnings {
    /// Warns about the `unknown` fields, which were dropped, and about fields of `session` that have no effect.
    pub(super) fn of(session: &Session, unknown: &UnknownFields) -> Self {
        let mut warnings = Self(unknown.warning().into_iter().collect());
        for place in rates_without_periods(session) {
            warnings.add(format!("{place} has no effect without per"));
        }
        warnings
    }

    pub(crate) fn add(&mut self, warning: impl Into<String>) {
        self.0.push(warning.into());
    }

    /// All warnings as one text; empty if there are none.
    pub(crate) fn text(&self) -> String {
        self.0.join("; ")
    }
}

/// The paths of rates that limit nothing because they have no period.
fn rates_without_periods(session: &Session) -> Vec<&'static str> {
    let accesses = || session.object("access_rights").into_iter().flat_map(Map::values);
    let limits = accesses().filter_map(|access| access.get("limit"));
    let methods = accesses().flat_map(|access| list(access, "endpoints")).flat_map(|path| list(path, "methods"));
    let mut places = Vec::new();
    if has_rate_alone(session.fields()) {
        places.push("rate");
    }
    if limits.filter_map(Value::as_object).any(has_rate_alone) {
        places.push("access_rights.*.limit.rate");
    }
    if methods.filter_map(|method| method.get("limit")?.as_object()).any(has_rate_alone) {
        places.push("access_rights.*.endpoints.*.methods.*.limit.rate");
    }
    places
}

fn has_rate_alone(of: &Map<String, Value>) -> bool {
    let is_positive = |name: &str| of.get(name).and_then(Value::as_f64).is_some_and(|number| number > 0.0);
    is_positive("rate") && !is_positive("per")
}

fn list<'a>(of: &'a Value, name: &str) -> &'a [Value] {
    of.get(name).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}
