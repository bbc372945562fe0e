//! The placeholders of a case, such as `{{run}}` and `{{now-1d|rfc3339}}`, and the paths into an answer.

use std::collections::HashMap;
use std::sync::LazyLock;

use jiff::Timestamp;
use latchkey_harness::ADMIN;
use latchkey_shared::clock::Millis;
use regex::Regex;
use serde_json::{Map, Value};

/// A placeholder in a text.
static PLACEHOLDER: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\{\{([^{}]+)\}\}").unwrap());
/// A time that is told from now.
static NOW: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"^now(?:([+-]\d+)([smhd]?))?$").unwrap());
/// The path of a member of the element of a list that has another member's value.
static ELEMENT: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"^\$\.(\w+)\[\?\(@\.(\w+)=='(.*)'\)\]\.(\w+)$").unwrap());

/// What the placeholders of one case stand for.
pub(super) struct Vars {
    /// When the case began, in seconds; waiting does not move `{{now}}`.
    now: i64,
    named: HashMap<String, Value>,
}

impl Vars {
    /// The names that every case has.
    pub(super) fn new(now: Millis) -> Self {
        let fresh: String = std::iter::repeat_with(fastrand::alphanumeric).take(12).collect();
        let fresh = fresh.to_lowercase();
        let named = [("admin", ADMIN), ("run", &fresh), ("uniq", &fresh)];
        let named = named.map(|(name, text)| (name.to_owned(), text.into()));
        Self { now: now.div_euclid(1000), named: named.into() }
    }

    /// Lets the case begin at `now`, after what it finds was prepared.
    pub(super) fn restart(&mut self, now: Millis) {
        self.now = now.div_euclid(1000);
    }

    /// Gives `value` a name.
    pub(super) fn set(&mut self, name: &str, value: Value) {
        self.named.insert(name.to_owned(), value);
    }

    /// Replaces the placeholders in a JSON value; one that is a whole text keeps the type of what it stands for.
    pub(super) fn fill(&self, template: &Value) -> Result<Value, String> {
        Ok(match template {
            Value::String(text) => match PLACEHOLDER.captures(text) {
                Some(whole) if whole[0] == **text => self.value(&whole[1])?,
                _ => self.text(text)?.into(),
            },
            Value::Array(items) => items.iter().map(|item| self.fill(item)).collect::<Result<_, _>>()?,
            Value::Object(members) => {
                let filled = members.iter().map(|(name, value)| Ok((self.text(name)?, self.fill(value)?)));
                Value::Object(filled.collect::<Result<Map<_, _>, String>>()?)
            }
            other => other.clone(),
        })
    }

    /// Replaces the placeholders in a text.
    pub(super) fn text(&self, template: &str) -> Result<String, String> {
        self.replace(template, |value| value)
    }

    /// A pattern whose placeholders stand for themselves, not for patterns.
    pub(super) fn regex(&self, template: &str) -> Result<fancy_regex::Regex, String> {
        let pattern = self.replace(template, |value| fancy_regex::escape(&value).into_owned())?;
        fancy_regex::Regex::new(&pattern).map_err(|error| format!("{template:?}: {error}"))
    }

    fn replace(&self, template: &str, write: impl Fn(String) -> String) -> Result<String, String> {
        let mut text = String::new();
        let mut rest = template;
        while let Some(found) = PLACEHOLDER.captures(rest) {
            let (before, after) = rest.split_once(&found[0]).unwrap();
            text += before;
            text += &write(plain(&self.value(&found[1])?));
            rest = after;
        }
        Ok(text + rest)
    }

    /// What stands for `name`, `name|filter…` or `int:name`.
    fn value(&self, expression: &str) -> Result<Value, String> {
        let mut parts = expression.trim().split('|');
        let name = parts.next().unwrap_or_default();
        let (name, whole) = name.strip_prefix("int:").map_or((name, false), |name| (name, true));
        let value = parts.try_fold(self.named(name)?, |value, filter| filtered(&value, filter))?;
        let number =
            || plain(&value).parse::<i64>().map(Value::from).map_err(|_| format!("{value} is no whole number"));
        if whole { number() } else { Ok(value) }
    }

    fn named(&self, name: &str) -> Result<Value, String> {
        if let Some(found) = NOW.captures(name) {
            let amount = found.get(1).map_or(0, |amount| amount.as_str().parse::<i64>().unwrap());
            let seconds = match found.get(2).map(|unit| unit.as_str()) {
                Some("m") => 60,
                Some("h") => 3600,
                Some("d") => 86_400,
                _ => 1,
            };
            return Ok((self.now + amount * seconds).into());
        }
        match name {
            "today" => filtered(&self.now.into(), "date"),
            _ => self.named.get(name).cloned().ok_or(format!("nothing is called {name}")),
        }
    }
}

fn filtered(value: &Value, filter: &str) -> Result<Value, String> {
    let text = plain(value);
    let time = |format: &str| {
        let seconds = value.as_i64().and_then(|seconds| Timestamp::from_second(seconds).ok());
        seconds.map(|time| time.strftime(format).to_string()).ok_or(format!("{text} is no time"))
    };
    let last = filter.strip_prefix("last").and_then(|count| count.parse::<usize>().ok());
    let text = match (filter, last) {
        (_, Some(count)) => text.chars().skip(text.chars().count().saturating_sub(count)).collect(),
        ("upper", _) => text.to_uppercase(),
        ("lower", _) => text.to_lowercase(),
        ("rfc3339", _) => time("%Y-%m-%dT%H:%M:%SZ")?,
        ("date", _) => time("%Y-%m-%d")?,
        _ => return Err(format!("there is no filter {filter}")),
    };
    Ok(text.into())
}

/// A value as it stands within a text.
pub(super) fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// What is at a path: a JSON pointer, `$.a.b`, or `$.list[?(@.f=='v')].g`.
pub(super) fn find<'a>(body: &'a Value, path: &str) -> Option<&'a Value> {
    if let Some(found) = ELEMENT.captures(path) {
        let element = body[&found[1]].as_array()?.iter().find(|element| element[&found[2]] == found[3])?;
        return element.get(&found[4]);
    }
    match path.strip_prefix("$.") {
        Some(names) => names.split('.').try_fold(body, |value, name| value.get(name)),
        None => body.pointer(path),
    }
}

#[test]
fn placeholders_stand_for_names_times_and_what_a_filter_makes_of_them() {
    let mut vars = Vars::new(1_768_478_400_999);
    vars.set("k", "aB.c".into());
    vars.set("n", 5.into());
    for (template, filled) in [
        ("{{admin}}x", Value::from(format!("{ADMIN}x"))),
        ("{{now}}", 1_768_478_400.into()),
        ("{{now-2m}}", 1_768_478_280.into()),
        ("{{int:now+3600}}", 1_768_482_000.into()),
        ("at {{now+5}}", "at 1768478405".into()),
        ("{{now+1d|rfc3339}}", "2026-01-16T12:00:00Z".into()),
        ("{{now-13h|date}} {{today}}", "2026-01-14 2026-01-15".into()),
        ("{{k|upper}} {{k|lower}} {{k|last2}}", "AB.C ab.c .c".into()),
        ("{{n}}", 5.into()),
        ("{{n}}{{n}}", "55".into()),
    ] {
        assert_eq!(vars.fill(&template.into()), Ok(filled), "{template}");
    }
    assert_eq!(vars.regex("^{{k}}$").unwrap().as_str(), r"^aB\.c$");
    assert_eq!(vars.text("{{run}}"), vars.text("{{uniq}}"));
    assert!(vars.text("{{other}}").is_err() && vars.text("{{k|other}}").is_err() && vars.text("{{k|date}}").is_err());
}

#[test]
fn a_path_leads_to_one_value() {
    let body = serde_json::json!({"a": {"b/c": 1, "d": 2}, "keys": [{"name": "x", "id": 3}, {"name": "y", "id": 4}]});
    for (path, value) in [("/a/b~1c", 1), ("$.a.d", 2), ("/keys/0/id", 3), ("$.keys[?(@.name=='y')].id", 4)] {
        assert_eq!(find(&body, path), Some(&value.into()), "{path}");
    }
    for path in ["/a/e", "$.a.e", "/keys/2", "$.keys[?(@.name=='z')].id", "$.keys[?(@.name=='x')].no"] {
        assert_eq!(find(&body, path), None, "{path}");
    }
}
