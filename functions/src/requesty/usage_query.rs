//! Which usage a request selects: the hours, the resolution and the groups. The query takes
//! precedence over the body.

use std::collections::BTreeSet;
use std::ops::Range;

use jiff::{SignedDuration, Timestamp};
use latchkey_shared::envelope::requesty::Failure;
use latchkey_shared::runtime::request::Request;
use serde_json::{Map, Value};

use super::time;
use crate::usage::{Resolution, hours};

/// The longest time range of one request.
const MOST: SignedDuration = SignedDuration::from_hours(100 * 24);
/// The default length of the time range.
const USUAL: SignedDuration = SignedDuration::from_hours(24);
/// The groups of any usage.
const GROUPS: [&str; 6] = ["user_id", "model_requested", "model_used", "provider_used", "is_byok", "origin_title"];
/// The additional groups of an organisation's usage.
const ORG_GROUPS: [&str; 3] = [BY_KEY, "group_id", "group_name"];
/// The prefix of groups that the callers of the API define.
const EXTRA: &str = "extra.";
/// The only group that has values: the usage of each key.
pub(super) const BY_KEY: &str = "api_key_id";
/// The most groups, and characters of a name: every period repeats them.
const MAX_GROUPS: usize = 16;
const MAX_NAME: usize = 63;

/// What used something: decides which groups there are.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum SubjectKind {
    Key,
    Organisation,
}

/// The usage that a request selects.
#[derive(Debug)]
pub(super) struct UsageQuery {
    /// Hours since 1970.
    pub(super) hours: Range<i64>,
    pub(super) resolution: Resolution,
    /// The names of the groups; empty for no grouping.
    pub(super) group_by: BTreeSet<String>,
}

impl UsageQuery {
    /// Reads the query and the body of `request`.
    pub(super) async fn read(request: &Request, kind: SubjectKind) -> Result<Self, Failure> {
        let parameters = Parameters::of(request).await?;
        let start = parameters.instant("start")?.ok_or_else(|| invalid("start", "is required"))?;
        let end = match parameters.instant("end")? {
            Some(end) => end,
            None => start.checked_add(USUAL).map_err(|_| invalid("start", INSTANT))?,
        };
        match end.duration_since(start) {
            length if length <= SignedDuration::ZERO => return Err(invalid("end", "must be after start")),
            length if length > MOST => return Err(invalid("end", "must be at most 100 days after start")),
            _ => {}
        }
        let resolution = Resolution::read(parameters.text("resolution", Resolution::PROBLEM)?.as_deref());
        let resolution = resolution.ok_or_else(|| invalid("resolution", Resolution::PROBLEM))?;
        let group_by = parameters.groups()?;
        if group_by.len() > MAX_GROUPS || !group_by.iter().all(|name| is_group(name, kind)) {
            return Err(invalid("group_by", "has a name that usage cannot be grouped by"));
        }
        Ok(Self { hours: hours::at_least_one(hours::around(start, end)), resolution, group_by })
    }

    /// Whether it asks for the usage of each key.
    pub(super) fn by_key(&self) -> bool {
        self.group_by.contains(BY_KEY)
    }
}

const INSTANT: &str = "must be a time in RFC 3339, such as 2026-01-15T12:00:00Z";

fn is_group(name: &str, kind: SubjectKind) -> bool {
    let extra = name.strip_prefix(EXTRA).is_some_and(|name| !name.is_empty());
    let known = extra || GROUPS.contains(&name) || (kind == SubjectKind::Organisation && ORG_GROUPS.contains(&name));
    known && name.chars().count() <= MAX_NAME
}

fn invalid(what: &str, problem: &'static str) -> Failure {
    Failure::Invalid(what.to_owned(), problem)
}

/// The parameters of a request, each in the query or else in the body.
struct Parameters<'a> {
    request: &'a Request,
    body: Map<String, Value>,
}

impl<'a> Parameters<'a> {
    async fn of(request: &'a Request) -> Result<Self, Failure> {
        let body = request.body().await?;
        let body = if body.trim_ascii().is_empty() { Ok(Map::new()) } else { serde_json::from_slice(body) };
        Ok(Self { request, body: body.map_err(|_| Failure::Malformed)? })
    }

    /// The value of `name` in the body; null counts as missing.
    fn in_body(&self, name: &str) -> Option<&Value> {
        self.body.get(name).filter(|value| !value.is_null())
    }

    fn text(&self, name: &str, problem: &'static str) -> Result<Option<String>, Failure> {
        if let Some(text) = self.request.query.value(name) {
            return Ok(Some(text.to_owned()));
        }
        let text = self.in_body(name).map(|value| value.as_str().ok_or_else(|| invalid(name, problem)));
        Ok(text.transpose()?.map(str::to_owned))
    }

    fn instant(&self, name: &str) -> Result<Option<Timestamp>, Failure> {
        let text = self.text(name, INSTANT)?;
        text.map(|text| time::instant(&text).ok_or_else(|| invalid(name, INSTANT))).transpose()
    }

    /// The names of the groups: repeated parameters or a comma-separated list; in the body also an
    /// array.
    fn groups(&self) -> Result<BTreeSet<String>, Failure> {
        let problem = "must be a list of strings";
        let mut listed: Vec<&str> = self.request.query.all("group_by").collect();
        if listed.is_empty() {
            listed = match self.in_body("group_by") {
                None => Vec::new(),
                Some(Value::Array(names)) => names
                    .iter()
                    .map(|name| name.as_str().ok_or_else(|| invalid("group_by", problem)))
                    .collect::<Result<_, _>>()?,
                Some(name) => vec![name.as_str().ok_or_else(|| invalid("group_by", problem))?],
            };
        }
        Ok(listed.iter().flat_map(|names| names.split(',')).map(|name| name.trim().to_owned()).collect())
    }
}
