//! The black-box cases of `tests/cases`, each on a server of its own.

mod expect;
mod gmi_fixtures;
mod requesty_fixtures;
mod vars;

use std::collections::BTreeMap;

use futures_util::{StreamExt, stream};
use latchkey_harness::{Body, TestServer};
use serde::Deserialize;
use serde_json::{Map, Value};

use expect::{Arrays, Checker};
use vars::{Vars, find, plain};

#[derive(Deserialize)]
struct Case {
    id: String,
    /// What the server is started with.
    #[serde(default)]
    config: Map<String, Value>,
    steps: Vec<Step>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Step {
    /// Seconds that pass before the request.
    #[serde(default)]
    wait_s: i64,
    method: String,
    path: String,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    /// JSON; text is sent as it is, and null is no body.
    #[serde(default)]
    body: Value,
    #[serde(default)]
    expect: Map<String, Value>,
    /// Names for parts of the answer, by their paths.
    #[serde(default)]
    capture: BTreeMap<String, String>,
}

/// What came of each case: its id, and what was wrong.
type Outcomes = Vec<(String, Result<(), String>)>;

/// Runs the cases in `file`, JSON a line, eight at a time.
async fn run(file: &str, arrays: Arrays) -> Outcomes {
    let cases = file.lines().map(|line| serde_json::from_str::<Case>(line).unwrap());
    let outcomes = cases.map(|case| async move {
        let id = case.id.clone();
        // In a task, so that a panic is the failure of this case and not the end of the others.
        let outcome = tokio::spawn(follow(case, arrays)).await;
        (id, outcome.unwrap_or_else(|panic| Err(panic.to_string())))
    });
    stream::iter(outcomes).buffered(8).collect().await
}

#[track_caller]
fn assert_passed(outcomes: &Outcomes, count: usize) {
    let failed = outcomes.iter().filter_map(|(id, outcome)| Some(format!("{id}: {}", outcome.as_ref().err()?)));
    let failed: Vec<_> = failed.collect();
    assert!(failed.is_empty(), "{} of {} cases failed:\n{}", failed.len(), outcomes.len(), failed.join("\n"));
    assert_eq!(outcomes.len(), count, "another number of cases ran");
}

async fn follow(case: Case, arrays: Arrays) -> Result<(), String> {
    let settings = settings(&case.config)?;
    let settings: Vec<_> = settings.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let server = TestServer::with(&settings).await;
    let mut vars = Vars::new(server.clock.now());
    match case.id.split('-').next() {
        Some("gmi") => gmi_fixtures::prepare(&server, &mut vars).await,
        Some("req") => requesty_fixtures::prepare(&server, &mut vars).await,
        _ => {}
    }
    for (number, step) in (1..).zip(&case.steps) {
        let taken = take(&server, step, &mut vars, arrays).await;
        taken.map_err(|problem| format!("step {number} {} {}: {problem}", step.method, step.path))?;
    }
    Ok(())
}

/// The settings that a case's `config` stands for.
fn settings(config: &Map<String, Value>) -> Result<BTreeMap<&'static str, String>, String> {
    let mut settings = BTreeMap::from([
        ("LATCHKEY_ENFORCE_ORG_LIMITS", "false".to_owned()),
        ("LATCHKEY_MAX_KEYS_PER_ORG", gmi_fixtures::MAX_KEYS.to_string()),
    ]);
    for (key, value) in config {
        let name = match key.as_str() {
            "edition" => "LATCHKEY_TYK_EDITION",
            "apis" => "LATCHKEY_APIS",
            "allow_master_keys" => "LATCHKEY_ALLOW_MASTER_KEYS",
            "min_token_length" => "LATCHKEY_MIN_TOKEN_LENGTH",
            "hash_keys" => "LATCHKEY_HASH_KEYS",
            "enforce_org_quotas" => "LATCHKEY_ENFORCE_ORG_LIMITS",
            "rate_limit_response_headers" => "LATCHKEY_RATE_LIMIT_HEADERS",
            _ => return Err(format!("unknown config {key}")),
        };
        // Only the first word of an API is ours; the others describe the local sample API.
        let first_word = |api: &Value| plain(api).split(' ').next().map(str::to_owned);
        let value = match value {
            Value::Array(apis) => apis.iter().filter_map(first_word).collect::<Vec<_>>().join(","),
            value => plain(value),
        };
        settings.insert(name, value);
    }
    Ok(settings)
}

async fn take(server: &TestServer, step: &Step, vars: &mut Vars, arrays: Arrays) -> Result<(), String> {
    server.clock.advance(step.wait_s * 1000);

    let mut headers = Vec::new();
    for (name, value) in &step.headers {
        headers.push((name.as_str(), vars.text(value)?));
    }
    let body = match vars.fill(&step.body)? {
        Value::Null => Body::Empty,
        body => Body::Bytes(plain(&body).into_bytes()),
    };
    let typed = headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("Content-Type"));
    if matches!(body, Body::Bytes(_)) && !typed {
        headers.push(("Content-Type", "application/json".to_owned()));
    }
    let headers: Vec<_> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let reply = server.send(&step.method, &vars.text(&step.path)?, &headers, body).await;

    Checker { vars, now: server.clock.now(), arrays }.check(&step.expect, &reply)?;
    for (name, path) in &step.capture {
        let body = serde_json::from_str(&reply.text).unwrap_or_default();
        let value = find(&body, &vars.text(path)?).ok_or(format!("nothing at {path} to capture as {name}"))?;
        vars.set(name, value.clone());
    }
    Ok(())
}

/// A test for each file of cases: its name, how arrays are compared, and how many cases there are.
macro_rules! passes {
    ($($test:ident: $file:literal, $arrays:ident, $cases:literal;)*) => {$(
        #[tokio::test]
        async fn $test() {
            let cases = include_str!(concat!("../../cases/", $file));
            assert_passed(&run(cases, Arrays::$arrays).await, $cases);
        }
    )*};
}

passes! {
    every_case_of_the_documented_edition_passes: "tyk-documented.jsonl", Exact, 14;
    every_case_of_gateway_5_13_passes: "tyk-5.13.jsonl", Exact, 107;
    every_case_of_policies_passes: "tyk-policies.jsonl", Included, 50;
    every_case_from_users_reports_passes: "reports.jsonl", Exact, 24;
    every_case_like_those_from_users_reports_passes: "reports-more.jsonl", Exact, 106;
    every_case_of_gmi_passes: "gmi.jsonl", Included, 25;
    every_case_of_requesty_passes: "requesty.jsonl", Included, 25;
}

#[tokio::test]
async fn a_case_that_does_not_hold_is_reported() {
    let cases = r#"
        {"id": "right", "steps": [{"method": "GET", "path": "/tyk/keys/none", "expect": {"status": [401, 403]}}]}
        {"id": "wrong", "steps": [{"method": "GET", "path": "/tyk/keys/none", "expect": {"status": 200}}]}
        {"id": "config", "config": {"unheard": true}, "steps": []}
        {"id": "expect", "steps": [{"method": "GET", "path": "/", "expect": {"unheard": true}}]}
        {"id": "name", "steps": [{"method": "GET", "path": "/{{unheard}}"}]}
        {"id": "capture", "steps": [{"method": "GET", "path": "/", "capture": {"k": "/unheard"}}]}
        {"id": "panic", "steps": [{"method": "NO METHOD", "path": "/"}]}"#;
    let outcomes = run(cases.trim_start(), Arrays::Exact).await;
    let problem = |id: &str| outcomes.iter().find(|(of, _)| of == id).unwrap().1.as_ref().unwrap_err();
    assert!(problem("wrong").starts_with("step 1 GET /tyk/keys/none: status 40"), "{}", problem("wrong"));
    assert_eq!(problem("config"), "unknown config unheard");
    assert_eq!(problem("expect"), "step 1 GET /: unknown expectation unheard");
    assert_eq!(problem("name"), "step 1 GET /{{unheard}}: nothing is called unheard");
    assert_eq!(problem("capture"), "step 1 GET /: nothing at /unheard to capture as k");
    assert!(problem("panic").contains("panicked"), "{}", problem("panic"));
    assert_eq!((outcomes[0].1.clone(), outcomes.len()), (Ok(()), 7));
}
