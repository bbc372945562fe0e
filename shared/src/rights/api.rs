//! The rules for one API: versions, methods, URLs, and endpoints with limits of their own.

use serde_json::{Map, Value};

use super::path::CallPath;
use super::pattern::{Exhausted, Pattern, Searcher};
use super::{Barred, Call, TooExpensive};
use crate::limits::LimitScope;

/// The cost limit of all patterns together, in steps: they are compiled at once, searched one after
/// the other, and kept in memory. The largest key with ordinary rules stays below it.
const MAX_COST: usize = 20_000;

/// What a key may do with one API.
#[derive(Debug)]
pub(in super::super) struct ApiRights {
    /// Empty = all.
    versions: Box<[Box<str>]>,
    /// Empty = all.
    methods: Box<[Box<str>]>,
    /// Empty = all.
    urls: Box<[UrlRule]>,
    endpoints: Box<[Endpoint]>,
}

#[derive(Debug)]
struct UrlRule {
    pattern: Pattern,
    methods: Box<[Box<str>]>,
}

/// An endpoint with limits of its own.
#[derive(Debug)]
struct Endpoint {
    pattern: Pattern,
    /// The limited methods, in capitals.
    limits: Box<[(Box<str>, LimitScope)]>,
}

/// The cost of the patterns so far.
pub(super) struct Costs {
    /// Whether a pattern that costs too much is an error; if not, it matches nothing.
    strict: bool,
    total: usize,
}

impl Costs {
    /// Costs above the limit are an error.
    pub(super) fn bounded() -> Self {
        Self { strict: true, total: 0 }
    }

    /// No cost is an error; a single pattern that is too large matches nothing.
    pub(super) fn unbounded() -> Self {
        Self { strict: false, total: 0 }
    }

    fn pattern(&mut self, of: &Value, name: &str) -> Result<Pattern, TooExpensive> {
        let text = of.get(name).and_then(Value::as_str).unwrap_or_default();
        match Pattern::new(text) {
            Ok(pattern) => {
                self.total += pattern.cost();
                if self.strict && self.total > MAX_COST { Err(TooExpensive) } else { Ok(pattern) }
            }
            Err(_) if self.strict => Err(TooExpensive),
            Err(_) => Ok(Pattern::NEVER),
        }
    }
}

impl ApiRights {
    pub(super) fn read(api: &str, rules: &Map<String, Value>, costs: &mut Costs) -> Result<Self, TooExpensive> {
        let list = |name: &str| rules.get(name).and_then(Value::as_array).into_iter().flatten();
        let urls = list("allowed_urls").map(|rule| UrlRule::read(rule, costs)).collect::<Result<_, _>>()?;
        let endpoints = list("endpoints").map(|of| Endpoint::read(api, of, costs)).collect::<Result<_, _>>()?;
        Ok(Self { versions: texts(rules.get("versions")), methods: texts(rules.get("methods")), urls, endpoints })
    }

    /// Judges a call of this API; returns the scope of the endpoint that limits it, if one does.
    pub(in super::super) fn judge(&self, call: &Call<'_>) -> Result<Option<&LimitScope>, Barred> {
        let lists = |list: &[Box<str>], wanted: &str| list.is_empty() || list.iter().any(|one| **one == *wanted);
        if !call.version.is_empty() && !lists(&self.versions, call.version) {
            return Err(Barred::Api);
        }
        if !lists(&self.methods, call.method) {
            return Err(Barred::Resource);
        }
        if self.urls.is_empty() && self.endpoints.is_empty() {
            return Ok(None);
        }
        match CallPath::read(call.path) {
            CallPath::Untold if self.urls.is_empty() => Ok(None),
            CallPath::Untold | CallPath::Ambiguous => Err(Barred::Resource),
            // What cannot be judged in time is refused.
            CallPath::Readings(readings) => {
                self.judge_path(call.method, &readings).map_err(|Exhausted| Barred::Resource)?
            }
        }
    }

    /// Judges a path. Every reading of it must be allowed, and have the same limit.
    fn judge_path(&self, method: &str, readings: &[String]) -> Result<Result<Option<&LimitScope>, Barred>, Exhausted> {
        let mut searcher = Searcher::new(self.longest_pattern());
        let mut scopes = Vec::new();
        for path in readings {
            if !self.allows(method, path, &mut searcher)? {
                return Ok(Err(Barred::Resource));
            }
            scopes.push(self.endpoint(method, path, &mut searcher)?);
        }
        scopes.dedup();
        Ok(if let [scope] = *scopes { Ok(scope) } else { Err(Barred::Resource) })
    }

    fn allows(&self, method: &str, path: &str, searcher: &mut Searcher) -> Result<bool, Exhausted> {
        for rule in self.urls.iter().filter(|rule| rule.methods.iter().any(|one| **one == *method)) {
            if rule.pattern.is_in(path, searcher)? {
                return Ok(true);
            }
        }
        Ok(self.urls.is_empty())
    }

    /// The first endpoint that limits the method at this path.
    fn endpoint(&self, method: &str, path: &str, searcher: &mut Searcher) -> Result<Option<&LimitScope>, Exhausted> {
        let method = method.to_uppercase();
        for endpoint in &self.endpoints {
            let scope = endpoint.limits.iter().find(|(limited, _)| **limited == *method).map(|(_, scope)| scope);
            if scope.is_some() && endpoint.pattern.is_in(path, searcher)? {
                return Ok(scope);
            }
        }
        Ok(None)
    }

    fn longest_pattern(&self) -> usize {
        let urls = self.urls.iter().map(|rule| &rule.pattern);
        let patterns = urls.chain(self.endpoints.iter().map(|endpoint| &endpoint.pattern));
        patterns.map(Pattern::steps).max().unwrap_or_default()
    }

    /// Bytes that they take up on the heap.
    pub(super) fn size(&self) -> usize {
        let urls = self.urls.iter().map(|rule| size_of::<UrlRule>() + rule.pattern.size() + texts_size(&rule.methods));
        let endpoints = self.endpoints.iter().map(|endpoint| {
            let limits = endpoint
                .limits
                .iter()
                .map(|(method, scope)| size_of::<(Box<str>, LimitScope)>() + method.len() + scope.as_str().len());
            size_of::<Endpoint>() + endpoint.pattern.size() + limits.sum::<usize>()
        });
        let lists = texts_size(&self.versions) + texts_size(&self.methods);
        lists + urls.sum::<usize>() + endpoints.sum::<usize>()
    }
}

impl UrlRule {
    fn read(rule: &Value, costs: &mut Costs) -> Result<Self, TooExpensive> {
        Ok(Self { pattern: costs.pattern(rule, "url")?, methods: texts(rule.get("methods")) })
    }
}

impl Endpoint {
    fn read(api: &str, endpoint: &Value, costs: &mut Costs) -> Result<Self, TooExpensive> {
        let path = endpoint.get("path").and_then(Value::as_str).unwrap_or_default();
        let methods = endpoint.get("methods").and_then(Value::as_array).into_iter().flatten();
        let limits = methods.map(|method| {
            let name = method.get("name").and_then(Value::as_str).unwrap_or_default();
            (name.to_uppercase().into(), LimitScope::endpoint(api, name, path))
        });
        Ok(Self { pattern: costs.pattern(endpoint, "path")?, limits: limits.collect() })
    }
}

fn texts(list: Option<&Value>) -> Box<[Box<str>]> {
    let list = list.and_then(Value::as_array).into_iter().flatten();
    list.filter_map(Value::as_str).map(Box::from).collect()
}

fn texts_size(texts: &[Box<str>]) -> usize {
    texts.iter().map(|text| size_of::<Box<str>>() + text.len()).sum()
}
