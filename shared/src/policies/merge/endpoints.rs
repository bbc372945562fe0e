//! The limits of endpoints that several policies set, united.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::super::limit::{float, list, pace, text};

/// The endpoints of both; where both limit one, the looser limit. In order of path and method.
pub(super) fn united(own: &[Value], said: &[Value]) -> Vec<Value> {
    match (own, said) {
        (only, []) | ([], only) => return only.to_vec(),
        _ => {}
    }
    let mut limits: BTreeMap<(String, String), Value> = BTreeMap::new();
    for (place, limit) in own.iter().chain(said).flat_map(methods) {
        match limits.get(&place) {
            Some(known) if !is_looser(&limit, known) => {}
            _ => drop(limits.insert(place, limit)),
        }
    }
    let mut united: Vec<(String, Vec<Value>)> = Vec::new();
    for ((path, name), limit) in limits {
        let method = json!({"name": name, "limit": limit});
        match united.last_mut().filter(|(last, _)| *last == path) {
            Some((_, methods)) => methods.push(method),
            None => united.push((path, vec![method])),
        }
    }
    united.into_iter().map(|(path, methods)| json!({"path": path, "methods": methods})).collect()
}

/// The path, method and limit of each limited method. The gateway loses a path with a colon when it
/// unites endpoints.
fn methods(endpoint: &Value) -> Vec<((String, String), Value)> {
    let Some(endpoint) = endpoint.as_object() else { return Vec::new() };
    let path = text(endpoint, "path");
    let methods = list(endpoint, "methods").iter().filter(|_| !path.contains(':')).filter_map(Value::as_object);
    let limited = methods.map(|method| {
        let limit = method.get("limit").and_then(Value::as_object).cloned().unwrap_or_default();
        ((path.to_owned(), text(method, "name").to_owned()), Value::Object(limit))
    });
    limited.collect()
}

/// Whether `one` admits more than `other`; without a limit most of all.
fn is_looser(one: &Value, other: &Value) -> bool {
    let empty = Map::new();
    let [one, other] = [one, other].map(|limit| limit.as_object().unwrap_or(&empty));
    let rate = |limit| float(limit, "rate");
    let [pace_of_one, pace_of_other] = [one, other].map(|limit| pace(rate(limit), float(limit, "per")));
    pace_of_one < pace_of_other || (pace_of_one.total_cmp(&pace_of_other).is_eq() && rate(one) > rate(other))
}
