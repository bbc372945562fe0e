//! The limits in a session, in the store's terms.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::limit::{float, int, list, text};
use crate::limits::{LimitScope, Limits, PerKind, ScopedWindows, Window, WindowKind};

/// Which counters a call of an API uses, by the kind of window; `None` = the key's own. Only keys
/// with policies need it: without, an API with limits of its own has counters of its own.
pub type Allowances = BTreeMap<String, PerKind<Option<LimitScope>>>;

/// All limits of a session without policies: its own, and those of single APIs and endpoints.
#[must_use]
pub fn limits(session: &Map<String, Value>) -> Limits {
    let mut scoped = BTreeMap::new();
    for (api, entry) in rights(session) {
        if let Some(limit) = own_limit(entry) {
            scoped.insert(LimitScope::api(api), windows(limit).map(Some));
        }
        add_endpoints(&mut scoped, api, entry);
    }
    Limits { windows: windows(session), scoped, ..Limits::default() }
}

/// All limits of a session that was merged with its policies, and which of them apply to each API.
///
/// The entry of an API names its counter (`allowance_scope`); without a name it is the key's own.
/// APIs with one counter share it, and the least of their limits applies to all of them. An API
/// without a limit is not counted.
#[must_use]
pub fn limits_by_policy(session: &Map<String, Value>) -> (Limits, Allowances) {
    let own = windows(session);
    let mut shared: BTreeMap<Option<LimitScope>, PerKind<Option<Window>>> = BTreeMap::new();
    let mut wanted = BTreeMap::new();
    for (api, entry) in rights(session) {
        let limit = own_limit(entry);
        let scope = limit.and(Some(text(entry, "allowance_scope")).filter(|scope| !scope.is_empty()));
        let (scope, held) = (scope.map(LimitScope::api), limit.map_or(own, windows));
        let least = shared.entry(scope.clone()).or_default();
        for (kind, window) in held.iter() {
            least[kind] = [least[kind], Some(*window)].into_iter().flatten().min_by(tightness);
        }
        wanted.insert(api.clone(), (scope, held));
    }
    let own = PerKind::from_fn(|kind| shared.get(&None).and_then(|least| least[kind]).unwrap_or(own[kind]));
    let mut scoped: BTreeMap<_, _> =
        shared.iter().filter_map(|(scope, least)| Some((scope.clone()?, *least))).collect();
    let mut allowances = Allowances::new();
    for (api, (scope, held)) in wanted {
        let counter = |kind| {
            let counted = scope.as_ref().map_or(Some(own[kind]), |scope| scoped[scope][kind]);
            let uncounted = held[kind].is_unlimited() && counted.is_some_and(|window| !window.is_unlimited());
            if uncounted { Some(LimitScope::uncounted(&api)) } else { scope.clone() }
        };
        let counters = PerKind::from_fn(counter);
        if let Some(scope) = counters.iter().find_map(|(_, scope)| scope.clone().filter(LimitScope::is_uncounted)) {
            scoped.insert(scope, PerKind::from_fn(|_| Some(Window::UNLIMITED)));
        }
        allowances.insert(api, counters);
    }
    for (api, entry) in rights(session) {
        add_endpoints(&mut scoped, api, entry);
    }
    (Limits { windows: own, scoped, ..Limits::default() }, allowances)
}

/// Whether an API's `limit` takes the place of the session's: it does as soon as one number in it
/// is not zero.
#[must_use]
pub fn shows_own_limit(limit: &Map<String, Value>) -> bool {
    limit.values().any(|value| value.as_f64().is_some_and(|number| number != 0.0))
}

/// The limits of single endpoints of an API, of which each has a counter of its own.
fn add_endpoints(scoped: &mut BTreeMap<LimitScope, ScopedWindows>, api: &str, entry: &Map<String, Value>) {
    for endpoint in list(entry, "endpoints").iter().filter_map(Value::as_object) {
        for method in list(endpoint, "methods").iter().filter_map(Value::as_object) {
            // Where there is none, or one of zeros, which is left out, nothing limits the endpoint's rate.
            let rate = method.get("limit").and_then(Value::as_object).map_or(Window::UNLIMITED, rate);
            let scope = LimitScope::endpoint(api, text(method, "name"), text(endpoint, "path"));
            scoped.entry(scope).or_insert(PerKind::from_fn(|kind| (kind == WindowKind::Rate).then_some(rate)));
        }
    }
}

/// The tighter window first: fewer units for each millisecond, then fewer units.
fn tightness(one: &Window, other: &Window) -> std::cmp::Ordering {
    let pace = |window: &Window| i128::from(window.max);
    let [a, b] = [pace(one) * i128::from(other.period), pace(other) * i128::from(one.period)];
    one.is_unlimited().cmp(&other.is_unlimited()).then(a.cmp(&b)).then(one.max.cmp(&other.max))
}

fn rights(session: &Map<String, Value>) -> impl Iterator<Item = (&String, &Map<String, Value>)> {
    let rights = session.get("access_rights").and_then(Value::as_object);
    rights.into_iter().flatten().filter_map(|(api, entry)| Some((api, entry.as_object()?)))
}

fn own_limit(entry: &Map<String, Value>) -> Option<&Map<String, Value>> {
    entry.get("limit").and_then(Value::as_object).filter(|limit| shows_own_limit(limit))
}

fn windows(of: &Map<String, Value>) -> PerKind<Window> {
    PerKind::from_fn(|kind| match kind {
        WindowKind::Rate => rate(of),
        WindowKind::Quota => Window::quota(int(of, "quota_max"), int(of, "quota_renewal_rate")),
    })
}

fn rate(of: &Map<String, Value>) -> Window {
    Window::rate(float(of, "rate"), float(of, "per"))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn fields(json: Value) -> Map<String, Value> {
        json.as_object().unwrap().clone()
    }

    fn both(rate: Window, quota: Window) -> PerKind<Window> {
        PerKind::from_fn(|kind| if kind == WindowKind::Rate { rate } else { quota })
    }

    #[test]
    fn an_api_limit_stands_beside_the_sessions_as_soon_as_one_number_is_set() {
        let session = json!({"rate": 5, "per": 1, "quota_max": -1, "access_rights": {
            "own": {"limit": {"quota_max": 9, "quota_renewal_rate": 60}}, "none": {"limit": {"rate": 0}}, "null": {},
            "part": {"endpoints": [{"path": "/a", "methods": [{"name": "GET", "limit": {"rate": 2, "per": 1}}]}]}}});
        let limits = limits(&fields(session));
        assert_eq!(limits.windows, both(Window::fresh(5, 1000), Window::UNLIMITED));
        let own = both(Window::UNLIMITED, Window::fresh(9, 60_000)).map(Some);
        let part = PerKind::from_fn(|kind| (kind == WindowKind::Rate).then_some(Window::fresh(2, 1000)));
        let expected =
            BTreeMap::from([(LimitScope::api("own"), own), (LimitScope::endpoint("part", "GET", "/a"), part)]);
        assert_eq!(limits.scoped, expected);
    }

    #[test]
    fn an_endpoint_is_limited_by_its_first_entry_and_by_none_of_zeros() {
        let session = json!({"rate": 5, "per": 1, "access_rights": {"test": {"endpoints": [
            {"path": "/a", "methods": [{"name": "get", "limit": {"rate": 2, "per": 1}},
                                       {"name": "GET", "limit": {"rate": 3, "per": 1}}]},
            {"path": "/a", "methods": [{"name": "GET", "limit": {"rate": 4, "per": 1}},
                                       {"name": "PUT", "limit": {"rate": 0, "per": 0}}]},
            {"path": "/b", "methods": [{"name": "GET"}]}, {"path": "/c"}]}}});
        let limit = |rate| PerKind::from_fn(|kind| (kind == WindowKind::Rate).then_some(rate));
        let expected = BTreeMap::from([
            (LimitScope::endpoint("test", "GET", "/a"), limit(Window::fresh(2, 1000))),
            (LimitScope::endpoint("test", "PUT", "/a"), limit(Window::UNLIMITED)),
            (LimitScope::endpoint("test", "GET", "/b"), limit(Window::UNLIMITED)),
        ]);
        assert_eq!(limits(&fields(session)).scoped, expected);
    }

    #[test]
    fn apis_with_one_counter_share_the_least_of_their_limits() {
        let limit = |max: i64| json!({"rate": 1000, "per": 1, "quota_max": max, "quota_renewal_rate": 60});
        let session = json!({"quota_max": 3, "access_rights": {
            "a": {"limit": limit(2)}, "b": {"limit": limit(3)}, "free": {"limit": limit(-1)},
            "c": {"limit": limit(7), "allowance_scope": "p"}, "d": {"limit": limit(9), "allowance_scope": "p"}}});
        let (limits, allowances) = limits_by_policy(&fields(session));
        let rate = Window::fresh(1000, 1000);
        assert_eq!(limits.windows, both(rate, Window::fresh(2, 60_000)));
        assert_eq!(limits.scoped[&LimitScope::api("p")], both(rate, Window::fresh(7, 60_000)).map(Some));
        for (api, scope) in [("a", None), ("b", None), ("c", Some("p")), ("d", Some("p"))] {
            assert_eq!(allowances[api], PerKind::from_fn(|_| scope.map(LimitScope::api)), "{api}");
        }
        let free = &allowances["free"];
        assert_eq!((&free[WindowKind::Rate], &free[WindowKind::Quota]), (&None, &Some(LimitScope::uncounted("free"))));
        assert!(limits.holding(WindowKind::Quota, free[WindowKind::Quota].as_ref()).is_unlimited());
    }
}
