//! Whether two outputs are the same but for what differs from run to run: ids, tokens, dates and times.

use std::sync::LazyLock;

use regex::Regex;
use serde_json::Value;

/// What differs from run to run, and what stands for it. Numbers stay numbers, so that JSON stays JSON.
static VARYING: LazyLock<Vec<(Regex, &str)>> = LazyLock::new(|| {
    let rules = [
        (r"eyJ[\w-]+\.[\w-]+\.[\w-]+", "JWT"),
        (r"rqsty-sk-[A-Za-z0-9_-]+", "REQUESTY-TOKEN"),
        (r"\b[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\b", "UUID"),
        (r"[0-9a-f]{32,40}", "HEX"),
        (r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|\+00:00)", "TIME"),
        (r"\b(19|20)\d{2}-\d{2}-\d{2}\b", "DATE"),
        (r"\b(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d{2} \w{3} \d{4} \d{2}:\d{2}:\d{2} GMT", "TIME"),
        (r"\b1[6-9]\d{8}(\d{3})?\b", "1700000000"),
    ];
    rules.into_iter().map(|(pattern, name)| (Regex::new(pattern).unwrap(), name)).collect()
});

/// Whether `printed` is what `shown` shows: as JSON documents where both are, else as text.
pub(crate) fn alike(shown: &str, printed: &str) -> bool {
    let (shown, printed) = (settled(shown), settled(printed));
    match (documents(&shown), documents(&printed)) {
        (Some(shown), Some(printed)) => shown == printed,
        _ => shown.trim() == printed.trim(),
    }
}

/// The text with placeholders for what differs from run to run.
fn settled(text: &str) -> String {
    let text = text.lines().map(str::trim_end).collect::<Vec<_>>().join("\n");
    VARYING.iter().fold(text, |text, (pattern, name)| pattern.replace_all(&text, *name).into_owned())
}

/// All the JSON documents in a row that the text is.
pub(crate) fn documents(text: &str) -> Option<Vec<Value>> {
    serde_json::Deserializer::from_str(text).into_iter().collect::<Result<_, _>>().ok()
}

#[test]
fn only_what_differs_from_run_to_run_may_differ() {
    assert!(alike("{\"a\": \"2026-01-15\"}", "{\"a\":\"2026-11-25\"}\n"));
    assert!(alike("defaultaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "default0123456789abcdef0123456789abcdef"));
    assert!(!alike("{\"a\": 1}", "{\"a\": 2}"));
    assert!(!alike("{\"a\": \"2026-01-15\"}", "{\"a\": \"soon\"}"));
    assert!(!alike("one", "one two"));
}
