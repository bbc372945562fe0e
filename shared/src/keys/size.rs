//! An estimate of how much memory a key takes up.

use serde_json::{Map, Value};

use super::{Key, KeyConfig, OrgLimits, Plan, SharedName};
use crate::limits::{LimitScope, Limits, PerKind, ScopedWindows};
use crate::policies::Policy;

/// What the allocator adds to each allocation.
const PIECE: usize = 16;
/// A map stores its entries in nodes of eleven, at least half full; a small map has one node.
const NODE: usize = 11;

impl Key {
    /// Bytes of memory that it takes up.
    #[must_use]
    pub fn size(&self) -> usize {
        let used = nodes::<i64, i64>(self.used.len());
        let plan = self.plan.as_ref().map_or(0, |plan| plan.size());
        size_of::<Self>() + text(self.org.as_str()) + used + self.config.size() + plan
    }
}

impl Plan {
    /// Bytes of memory that it takes up.
    fn size(&self) -> usize {
        let names = self.applied.iter().map(|id| text(id)).sum::<usize>();
        let allowances = self.allowances.iter().map(|(api, scopes)| {
            let scopes = scopes.iter().filter_map(|(_, scope)| scope.as_ref());
            text(api) + scopes.map(|scope| text(scope.as_str())).sum::<usize>()
        });
        let stale = self.stale.as_ref().map_or(0, limits);
        let nodes = nodes::<String, PerKind<Option<LimitScope>>>(self.allowances.len());
        size_of::<Self>() + text(self.org.as_str()) + names + allowances.sum::<usize>() + nodes + stale
    }
}

impl Policy {
    /// Bytes of memory that it takes up.
    #[must_use]
    pub fn size(&self) -> usize {
        size_of::<Self>() + object(self.fields())
    }
}

impl OrgLimits {
    /// Bytes of memory that they take up.
    #[must_use]
    pub fn size(&self) -> usize {
        size_of::<Self>() + self.config.size()
    }
}

impl SharedName {
    /// Bytes of memory that it takes up.
    #[must_use]
    pub fn size(&self) -> usize {
        size_of::<Self>() + text(self.org().as_str()) + text(self.digest())
    }
}

impl KeyConfig {
    /// Bytes of memory that it takes up besides its own fields.
    fn size(&self) -> usize {
        let sealed = self.secrets.as_ref().map_or(0, |sealed| PIECE + sealed.as_bytes().len());
        let policies = self.policies.iter().map(|name| size_of::<String>() + text(name)).sum::<usize>();
        self.access.size() + object(&self.document) + limits(&self.limits) + policies + sealed
    }
}

/// Bytes that limits take up besides their own fields.
fn limits(limits: &Limits) -> usize {
    let (scoped, parked) = (&limits.scoped, &limits.parked.scoped);
    let names = scoped.keys().chain(parked.keys()).map(|scope| text(scope.as_str())).sum::<usize>();
    let [scoped, parked] = [scoped, parked].map(|scopes| nodes::<LimitScope, ScopedWindows>(scopes.len()));
    names + scoped + parked
}

fn object(fields: &Map<String, Value>) -> usize {
    let entries = fields.iter().map(|(name, field)| text(name) + value(field));
    nodes::<String, Value>(fields.len()) + entries.sum::<usize>()
}

/// Bytes that a value takes up on the heap.
fn value(json: &Value) -> usize {
    match json {
        Value::Null | Value::Bool(_) | Value::Number(_) => 0,
        Value::String(string) => text(string),
        Value::Array(values) => PIECE + size_of_val(values.as_slice()) + values.iter().map(value).sum::<usize>(),
        Value::Object(fields) => object(fields),
    }
}

fn text(text: &str) -> usize {
    if text.is_empty() { 0 } else { PIECE + text.len() }
}

/// Bytes of the nodes of a map with this number of entries.
fn nodes<K, V>(entries: usize) -> usize {
    entries.div_ceil(NODE / 2) * (PIECE * 2 + NODE * size_of::<(K, V)>())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_value_weighs_at_least_its_text() {
        for json in [json!({"a": "b"}), json!(["text", 1, null, {"x": {"y": "z".repeat(1000)}}]), json!({"": [[], {}]})]
        {
            assert!(value(&json) + size_of::<Value>() >= json.to_string().len(), "{json}");
        }
    }

    #[test]
    fn many_small_objects_weigh_many_times_their_text() {
        // Each entry has a node to itself, so 31 KB of rules once took up 335 KB.
        let rules = Value::Array(vec![json!({"url": "/a", "methods": ["GET"]}); 700]);
        assert!(value(&rules) > 10 * rules.to_string().len(), "{} of {}", value(&rules), rules.to_string().len());
    }
}
