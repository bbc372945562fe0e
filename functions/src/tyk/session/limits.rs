//! The limits and the lifetime in a session, in the store's terms.

use std::collections::BTreeMap;

use latchkey_shared::clock::Millis;
use latchkey_shared::limits::{LimitScope, Limits, PerKind, Window, WindowKind};
use serde_json::{Map, Value};

use super::Session;

/// All limits of a session: its own, and those of single APIs and endpoints.
pub(crate) fn limits(session: &Session) -> Limits {
    let mut scoped = BTreeMap::new();
    for (api, access) in session.object("access_rights").into_iter().flatten() {
        if let Some(limit) = access.get("limit").and_then(Value::as_object).filter(|limit| shows_own_limit(limit)) {
            scoped.insert(LimitScope::api(api), windows(limit).map(Some));
        }
        for endpoint in list(access, "endpoints") {
            let path = endpoint.get("path").and_then(Value::as_str).unwrap_or_default();
            for method in list(endpoint, "methods") {
                let name = method.get("name").and_then(Value::as_str).unwrap_or_default();
                // Where there is none, or one of zeros, which is left out, nothing limits the endpoint's rate.
                let rate = method.get("limit").and_then(Value::as_object).map_or(Window::UNLIMITED, rate);
                let first = scoped.entry(LimitScope::endpoint(api, name, path));
                first.or_insert(PerKind::from_fn(|kind| (kind == WindowKind::Rate).then_some(rate)));
            }
        }
    }
    Limits { windows: windows(session.fields()), scoped, ..Limits::default() }
}

/// Whether an API's `limit` takes the place of the session's: it does as soon as one number in it is not zero.
pub(crate) fn shows_own_limit(limit: &Map<String, Value>) -> bool {
    limit.values().any(|value| value.as_f64().is_some_and(|number| number != 0.0))
}

/// Until when the store keeps a session that is saved at `now`; `None` for ever.
pub(crate) fn lifetime(session: &Session, now: Millis) -> Option<Millis> {
    let seconds = |seconds: i64| seconds.saturating_mul(1000);
    let expires = session.int("expires");
    if expires >= 1 {
        match (session.text("post_expiry_action"), session.int("post_expiry_grace_period")) {
            ("delete", _) => return Some(seconds(expires)),
            ("retain", ..=-1) => return None,
            ("retain", grace @ 1..) => return Some(seconds(expires.saturating_add(grace))),
            _ => {}
        }
    }
    match session.int("session_lifetime") {
        lifetime @ 1.. => Some(now.saturating_add(seconds(lifetime))),
        _ => None,
    }
}

fn windows(of: &Map<String, Value>) -> PerKind<Window> {
    PerKind::from_fn(|kind| match kind {
        WindowKind::Rate => rate(of),
        WindowKind::Quota => quota(of),
    })
}

fn rate(of: &Map<String, Value>) -> Window {
    let float = |name: &str| of.get(name).and_then(Value::as_f64).unwrap_or_default();
    Window::rate(float("rate"), float("per"))
}

fn quota(of: &Map<String, Value>) -> Window {
    let int = |name: &str| of.get(name).and_then(Value::as_i64).unwrap_or_default();
    Window::quota(int("quota_max"), int("quota_renewal_rate"))
}

fn list<'a>(of: &'a Value, name: &str) -> &'a [Value] {
    of.get(name).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use latchkey_shared::limits::BIG;

    use super::*;

    fn session(body: &str) -> Session {
        Session::whole(body.as_bytes()).unwrap().0
    }

    #[test]
    fn an_api_limit_stands_beside_the_sessions_as_soon_as_one_number_is_set() {
        let body = r#"{"rate":5,"per":1,"quota_max":-1,"access_rights":{
            "own":{"limit":{"quota_max":9,"quota_renewal_rate":60}},"none":{"limit":{"rate":0}},"null":{"limit":null},
            "part":{"endpoints":[{"path":"/a","methods":[{"name":"GET","limit":{"rate":2,"per":1}}]}]}}}"#;
        let limits = limits(&session(body));
        let windows = |rate, quota| PerKind::from_fn(|kind| if kind == WindowKind::Rate { rate } else { quota });
        assert_eq!(limits.windows.map(Some), windows(Some(Window::fresh(5, 1000)), Some(Window::UNLIMITED)));
        let own = windows(Some(Window::UNLIMITED), Some(Window::fresh(9, 60_000)));
        let part = windows(Some(Window::fresh(2, 1000)), None);
        let expected =
            BTreeMap::from([(LimitScope::api("own"), own), (LimitScope::endpoint("part", "GET", "/a"), part)]);
        assert_eq!(limits.scoped, expected);
    }

    #[test]
    fn an_endpoint_is_limited_by_its_first_entry_and_by_none_of_zeros() {
        let body = r#"{"rate":5,"per":1,"access_rights":{"test":{"endpoints":[
            {"path":"/a","methods":[{"name":"get","limit":{"rate":2,"per":1}},{"name":"GET","limit":{"rate":3,"per":1}}]},
            {"path":"/a","methods":[{"name":"GET","limit":{"rate":4,"per":1}},{"name":"PUT","limit":{"rate":0,"per":0}}]},
            {"path":"/b","methods":[{"name":"GET"}]},{"path":"/c"}]}}}"#;
        let limit = |rate| PerKind::from_fn(|kind| (kind == WindowKind::Rate).then_some(rate));
        let expected = BTreeMap::from([
            (LimitScope::endpoint("test", "GET", "/a"), limit(Window::fresh(2, 1000))),
            (LimitScope::endpoint("test", "PUT", "/a"), limit(Window::UNLIMITED)),
            (LimitScope::endpoint("test", "GET", "/b"), limit(Window::UNLIMITED)),
        ]);
        assert_eq!(limits(&session(body)).scoped, expected);
    }

    #[test]
    fn a_session_is_kept_as_long_as_its_first_rule_says() {
        for (body, until) in [
            ("{}", None),
            (r#"{"session_lifetime":60}"#, Some(61_000)),
            (r#"{"session_lifetime":60,"expires":10,"post_expiry_action":"delete"}"#, Some(10_000)),
            (r#"{"session_lifetime":60,"expires":10,"post_expiry_action":"retain"}"#, Some(61_000)),
            (r#"{"expires":10,"post_expiry_action":"retain","post_expiry_grace_period":5}"#, Some(15_000)),
            (
                r#"{"session_lifetime":60,"expires":10,"post_expiry_action":"retain","post_expiry_grace_period":-1}"#,
                None,
            ),
            (r#"{"session_lifetime":60,"expires":0,"post_expiry_action":"delete"}"#, Some(61_000)),
        ] {
            assert_eq!(lifetime(&session(body), 1000), until, "{body}");
        }
        assert!(lifetime(&session(r#"{"session_lifetime":9223372036854775807}"#), 1).is_some_and(|until| until > BIG));
    }
}
