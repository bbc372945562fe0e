//! What a case expects of an answer.

use jiff::Timestamp;
use latchkey_harness::Reply;
use latchkey_shared::clock::Millis;
use serde_json::{Map, Value};

use super::vars::{Vars, find};

/// How an array within `body_subset` is compared.
#[derive(Clone, Copy)]
pub(super) enum Arrays {
    /// It is the whole array.
    Exact,
    /// Each of its elements is matched by some element.
    Included,
}

/// Compares answers with expectations.
pub(super) struct Checker<'a> {
    pub(super) vars: &'a Vars,
    pub(super) now: Millis,
    pub(super) arrays: Arrays,
}

impl Checker<'_> {
    /// The first thing that is not as expected.
    pub(super) fn check(&self, expected: &Map<String, Value>, reply: &Reply) -> Result<(), String> {
        // A wrong status says most, so it comes first.
        let (status, others): (Vec<_>, Vec<_>) = expected.iter().partition(|(kind, _)| *kind == "status");
        status.into_iter().chain(others).try_for_each(|(kind, want)| self.holds(kind, want, reply))
    }

    fn holds(&self, kind: &str, want: &Value, reply: &Reply) -> Result<(), String> {
        let text = &reply.text;
        // No body is null; what is no JSON is an error where JSON is wanted.
        let body = if text.trim().is_empty() { Ok(Value::Null) } else { serde_json::from_str::<Value>(text) };
        let shown: String = text.chars().take(200).collect();
        let unless = |fine: bool, problem: String| if fine { Ok(()) } else { Err(problem) };
        match kind {
            "status" => {
                let allowed = want.as_array().map_or(std::slice::from_ref(want), Vec::as_slice);
                unless(
                    allowed.contains(&reply.status.into()),
                    format!("status {}, want {want}; body {shown:?}", reply.status),
                )
            }
            "body_equals" => {
                let want = self.vars.fill(want)?;
                let equal = match (&want, &body) {
                    (Value::String(want), Err(_)) => text.trim() == want.trim(),
                    (Value::String(want), _) if want.is_empty() => text.trim().is_empty(),
                    (want, body) => body.as_ref().is_ok_and(|body| same(want, body)),
                };
                unless(equal, format!("body {shown:?}, want {want}"))
            }
            "body_subset" => match body {
                Ok(Value::Null) | Err(_) => Err(format!("body is no JSON: {shown:?}")),
                Ok(body) => self.within(&self.vars.fill(want)?, &body, "$"),
            },
            "body_regex" => unless(self.matches(want, text)?, format!("body {shown:?} does not match {want}")),
            "body_not_regex" => unless(!self.matches(want, text)?, format!("body {shown:?} matches {want}")),
            "body_absent" => each(want, |path| match find(body.as_ref().unwrap_or(&Value::Null), path) {
                Some(value) => Err(format!("{path} is present: {value}")),
                None => Ok(()),
            }),
            "body_now" => members(want, |path, want| {
                let (offset, tolerance) = (want[0].as_f64().unwrap(), want[1].as_f64().unwrap());
                let value = body.as_ref().ok().and_then(|body| find(body, path)).ok_or(format!("{path} is absent"))?;
                let at = seconds(value).ok_or(format!("{path} is no time: {value}"))?;
                let off = at - self.now as f64 / 1000.0 - offset;
                unless(off.abs() <= tolerance, format!("{path} is {value}, not now{offset:+}"))
            }),
            "response_headers" => members(want, |name, want| {
                let value = reply.header(name);
                unless(self.matches(want, value)?, format!("header {name} is {value:?}, want {want}"))
            }),
            "response_headers_absent" => {
                each(want, |name| unless(!reply.headers.contains_key(name), format!("header {name} is present")))
            }
            _ => Err(format!("unknown expectation {kind}")),
        }
    }

    fn matches(&self, pattern: &Value, text: &str) -> Result<bool, String> {
        let pattern = self.vars.regex(pattern.as_str().unwrap())?;
        pattern.is_match(text).map_err(|error| error.to_string())
    }

    /// Whether everything in `want` is in `got`, which is found at `at`.
    fn within(&self, want: &Value, got: &Value, at: &str) -> Result<(), String> {
        match (want, got, self.arrays) {
            (Value::Object(want), Value::Object(got), _) => want.iter().try_for_each(|(name, want)| {
                let at = format!("{at}.{name}");
                self.within(want, got.get(name).ok_or(format!("{at} is absent"))?, &at)
            }),
            (Value::Array(want), Value::Array(got), Arrays::Included) => want.iter().try_for_each(|want| {
                let found = got.iter().any(|got| self.within(want, got, at).is_ok());
                if found { Ok(()) } else { Err(format!("{at}: no element like {want}")) }
            }),
            _ if same(want, got) => Ok(()),
            _ => Err(format!("{at}: want {want}, got {got}")),
        }
    }
}

/// Whether two values are equal; 1 is 1.0.
fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) if a.is_f64() != b.is_f64() => a.as_f64() == b.as_f64(),
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(name, a)| b.get(name).is_some_and(|b| same(a, b)))
        }
        _ => a == b,
    }
}

/// A time as seconds: a number, digits in a text, or RFC 3339.
fn seconds(time: &Value) -> Option<f64> {
    let Some(text) = time.as_str() else { return time.as_f64() };
    let written = || Some(text.parse::<Timestamp>().ok()?.as_millisecond() as f64 / 1000.0);
    text.parse().ok().or_else(written)
}

fn each(texts: &Value, check: impl Fn(&str) -> Result<(), String>) -> Result<(), String> {
    texts.as_array().unwrap().iter().try_for_each(|text| check(text.as_str().unwrap()))
}

fn members(object: &Value, check: impl Fn(&str, &Value) -> Result<(), String>) -> Result<(), String> {
    object.as_object().unwrap().iter().try_for_each(|(name, value)| check(name, value))
}

#[cfg(test)]
mod tests {
    use latchkey_harness::Reply;
    use reqwest::header::{HeaderMap, HeaderValue};
    use serde_json::{Value, json};

    use super::{Arrays, Checker};
    use crate::cases::vars::Vars;

    /// Whether an answer with this body is as expected.
    fn passes(expected: &Value, arrays: Arrays, text: &str) -> bool {
        let headers = HeaderMap::from_iter([("x-left".parse().unwrap(), HeaderValue::from_static("5"))]);
        let reply = Reply { status: 200, headers, text: text.to_owned() };
        let mut vars = Vars::new(1_768_478_400_000);
        vars.set("k", "a.b".into());
        let checker = Checker { vars: &vars, now: 1_768_478_400_000, arrays };
        checker.check(expected.as_object().unwrap(), &reply).is_ok()
    }

    #[test]
    fn every_kind_of_expectation_can_hold_and_can_fail() {
        let body = json!({
            "k": "a.b", "n": 1, "tags": [{"id": 1, "x": 2}, {"id": 3}],
            "at": 1_768_478_405, "digits": "1768478405", "written": "2026-01-15T12:00:05.5Z",
        });
        let text = body.to_string();
        for (right, wrong) in [
            (json!({"status": 200}), json!({"status": 201})),
            (json!({"status": [404, 200]}), json!({"status": [404, 403]})),
            (json!({"body_equals": body}), json!({"body_equals": {"k": "{{k}}"}})),
            (json!({"body_subset": {"k": "{{k}}"}}), json!({"body_subset": {"k": "a_b"}})),
            (json!({"body_subset": {"n": 1.0}}), json!({"body_subset": {"n": "1"}})),
            (
                json!({"body_subset": {"tags": [{"id": 1.0, "x": 2}, {"id": 3}]}}),
                json!({"body_subset": {"tags": [{"id": 3}]}}),
            ),
            (json!({"body_subset": {}}), json!({"body_subset": {"none": null}})),
            (json!({"body_regex": "^(?=.*written).*\"k\":\"{{k}}\""}), json!({"body_regex": "^{{k}}"})),
            (json!({"body_not_regex": "none"}), json!({"body_not_regex": "digits"})),
            (json!({"body_absent": ["/none", "/tags/2"]}), json!({"body_absent": ["/none", "/tags/1"]})),
            (json!({"body_now": {"/at": [0, 10]}}), json!({"body_now": {"/at": [3600, 10]}})),
            (json!({"body_now": {"/digits": [5, 0]}}), json!({"body_now": {"/digits": [0, 1]}})),
            (json!({"body_now": {"/written": [5, 1]}}), json!({"body_now": {"/none": [5, 1]}})),
            (json!({"response_headers": {"X-Left": "^5$"}}), json!({"response_headers": {"X-Other": "5"}})),
            (json!({"response_headers_absent": ["X-Other"]}), json!({"response_headers_absent": ["X-Left"]})),
        ] {
            assert!(passes(&right, Arrays::Exact, &text), "{right}");
            assert!(!passes(&wrong, Arrays::Exact, &text), "{wrong}");
        }
    }

    #[test]
    fn an_array_may_be_asked_for_in_part() {
        let text = json!({"tags": [{"id": 1, "x": 2}, {"id": 3}]}).to_string();
        let asks = |tags: Value| passes(&json!({"body_subset": {"tags": tags}}), Arrays::Included, &text);
        assert!(asks(json!([{"id": 3}])) && asks(json!([{"id": 3}, {"x": 2}])));
        assert!(!asks(json!([{"id": 3, "x": 2}])) && !asks(json!([{"id": 2}])) && !asks(json!({})));
    }

    #[test]
    fn a_body_that_is_empty_or_no_json_equals_only_itself() {
        let equals = |want: Value, text: &str| passes(&json!({"body_equals": want}), Arrays::Exact, text);
        assert!(equals(json!(""), " \n") && equals(json!("not found"), "not found\n"));
        assert!(!equals(json!(""), "x") && !equals(json!("not"), "not found") && !equals(json!({}), "not found"));
        assert!(!passes(&json!({"body_subset": {}}), Arrays::Exact, ""));
    }
}
