//! The access to one API while policies are merged.

use serde_json::{Map, Value};

use super::super::limit::{self, Limit, set};
use super::endpoints;

/// What policies have said about one API so far.
#[derive(Clone, Debug, Default)]
pub(super) struct Entry {
    /// Its fields, but for its limits and its scope.
    pub(super) fields: Map<String, Value>,
    pub(super) limit: Limit,
    /// The name of the counter of its calls; empty for the key's own.
    pub(super) scope: String,
    /// The policy that gave the access.
    pub(super) set_by: String,
}

impl Entry {
    /// The entry as a policy has it.
    pub(super) fn read(said: &Map<String, Value>) -> Self {
        let mut fields = said.clone();
        let limit = fields.remove("limit").as_ref().and_then(Value::as_object).map(Limit::read);
        let scope = limit::text(&fields, "allowance_scope").to_owned();
        fields.remove("allowance_scope");
        Self { fields, limit: limit.unwrap_or_default(), scope, set_by: String::new() }
    }

    /// The limits of endpoints that either has.
    pub(super) fn unite_endpoints(&mut self, said: &Map<String, Value>) {
        let own = limit::list(&self.fields, "endpoints");
        let united = endpoints::united(own, limit::list(said, "endpoints"));
        set(&mut self.fields, "endpoints", united);
    }

    pub(super) fn drop_endpoints(&mut self) {
        self.fields.remove("endpoints");
    }

    /// The entry as the session has it.
    pub(super) fn into_value(self) -> Value {
        let Self { mut fields, limit, scope, .. } = self;
        let mut limits = Map::new();
        limit.write(&mut limits);
        set(&mut fields, "limit", limits);
        set(&mut fields, "allowance_scope", scope);
        Value::Object(fields)
    }
}
