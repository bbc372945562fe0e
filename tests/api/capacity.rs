//! What each request costs: the lines of `capacity.jsonl`, which the tests assert and the docs show.

use std::collections::BTreeSet;

use latchkey_harness::TestServer;
use serde_json::Value;

const LINES: &str = include_str!("capacity.jsonl");
/// Where the lines are asserted.
const TESTS: [&str; 9] = [
    include_str!("tyk/capacity.rs"),
    include_str!("gmi/capacity.rs"),
    include_str!("requesty/capacity.rs"),
    include_str!("gate/capacity.rs"),
    include_str!("gate/usage_capacity.rs"),
    include_str!("gate/authorizer.rs"),
    include_str!("gate/list_keys.rs"),
    include_str!("gate/get_key.rs"),
    include_str!("gate/list_audit.rs"),
];

/// The function and the request of each line, and its calls.
fn lines() -> impl Iterator<Item = ((String, String), Vec<String>)> {
    LINES.lines().map(|line| {
        let line: Value = serde_json::from_str(line).unwrap();
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let calls = line["calls"].as_array().unwrap().iter().map(text).collect();
        ((text(&line["function"]), text(&line["request"])), calls)
    })
}

/// The store calls since this was last called: the tables, what was done to them, and the units.
pub(crate) fn calls(server: &TestServer) -> Vec<String> {
    server.watch.calls().iter().map(ToString::to_string).collect()
}

/// Fails unless a request made just the calls that its line says.
#[track_caller]
pub(crate) fn assert_cost(function: &str, request: &str, calls: &[String]) {
    let (_, expected) = lines()
        .find(|((of, what), _)| of == function && what == request)
        .unwrap_or_else(|| panic!("capacity.jsonl has no line for {function}, {request:?}: {calls:?}"));
    assert_eq!(calls, expected, "{function}, {request:?}: in capacity.jsonl on the right");
}

#[test]
fn every_line_is_asserted_once() {
    let tests = TESTS.concat().split_whitespace().collect::<Vec<_>>().join(" ");
    let mut seen = BTreeSet::new();
    for ((function, request), _) in lines() {
        let asserted = format!("\"{function}\", \"{request}\"");
        assert!(tests.contains(&asserted), "{asserted}: no test asserts it");
        assert!(seen.insert((function, request)), "{asserted}: two lines");
    }
}
