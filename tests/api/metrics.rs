//! `/metrics`: what the server counts, as Prometheus scrapes it.

use std::collections::BTreeMap;

use latchkey_harness::{ADMIN, Fault, TestServer, key};
use regex::Regex;
use serde_json::json;

/// A scrape: the value of each sample, by its name and labels. Fails if it is not in Prometheus' text format.
async fn scrape(server: &TestServer) -> BTreeMap<String, f64> {
    let answer = server.send("GET", "/metrics", &[], ()).await.expect(200);
    assert_eq!(answer.header("content-type"), "text/plain; version=0.0.4; charset=utf-8");
    let label = r#"[a-z_]+="[^"\\\n]*""#;
    let sample = Regex::new(&format!(r"^(([a-z_]+)(?:\{{{label}(?:,{label})*\}})?) (\S+)$")).unwrap();
    let (mut samples, mut family) = (BTreeMap::new(), String::new());
    for line in answer.text.lines() {
        if let Some(comment) = line.strip_prefix("# TYPE ") {
            family = comment.split_once(' ').unwrap().0.to_owned();
            assert!(comment.ends_with(" counter") || comment.ends_with(" histogram"), "{line}");
        } else if !line.starts_with("# HELP latchkey_") {
            let found = sample.captures(line).unwrap_or_else(|| panic!("no sample: {line}"));
            let of_family = found[2].strip_prefix(&family).unwrap_or_else(|| panic!("not of {family}: {line}"));
            assert!(["", "_bucket", "_sum", "_count"].contains(&of_family), "{line}");
            assert!(samples.insert(found[1].to_owned(), found[3].parse().unwrap()).is_none(), "twice: {line}");
        }
    }
    assert!(answer.text.ends_with('\n') && samples.len() > 15, "{}", answer.text);
    samples
}

/// By how much each sample grew, if it did.
fn grown(before: &BTreeMap<String, f64>, after: &BTreeMap<String, f64>) -> BTreeMap<String, f64> {
    let growth = |name: &String| after[name] - before.get(name).copied().unwrap_or_default();
    after.keys().map(|name| (name.clone(), growth(name))).filter(|(_, growth)| *growth != 0.0).collect()
}

#[tokio::test]
async fn a_scrape_has_what_the_requests_since_the_last_one_did() {
    let server = TestServer::start().await;
    let token = server.create_key("acme").await;
    let before = scrape(&server).await;
    let _calls_so_far = server.watch.calls();
    for (key, code) in [(token.as_str(), "ok"), ("never-made", "unknown_key")] {
        let decided =
            server.bearer(ADMIN, "POST", "/v1/keys/verify", json!({"key": key, "api": "test"})).await.expect(200);
        assert_eq!(decided.json()["code"], code);
    }
    let _refused = server.admin("GET", "/tyk/keys/never-made", ()).await.expect(404);
    let calls = server.watch.calls();
    let units = |of: &str| {
        let writes = |call: &&latchkey_harness::Call| !call.operation.contains("Get");
        let of = calls.iter().filter(|call| writes(call) == (of == "write"));
        of.map(|call| call.units).sum::<f64>()
    };
    let mut grown = grown(&before, &scrape(&server).await);
    grown.retain(|name, _| !name.starts_with("latchkey_request_duration_seconds"));
    let calls_made = f64::from(u32::try_from(calls.len()).unwrap());
    let expected = BTreeMap::from([
        ("latchkey_requests_total{function=\"gate-verify\",status=\"200\"}".to_owned(), 2.0),
        ("latchkey_requests_total{function=\"tyk-get-key\",status=\"404\"}".to_owned(), 1.0),
        ("latchkey_decisions_total{code=\"ok\"}".to_owned(), 1.0),
        ("latchkey_decisions_total{code=\"unknown_key\"}".to_owned(), 1.0),
        ("latchkey_store_calls_total".to_owned(), calls_made),
        ("latchkey_capacity_units_total{kind=\"read\"}".to_owned(), units("read")),
        ("latchkey_capacity_units_total{kind=\"write\"}".to_owned(), units("write")),
    ]);
    assert_eq!(grown, expected);
}

#[tokio::test]
async fn the_duration_of_each_request_is_in_the_histogram_of_its_function() {
    let server = TestServer::start().await;
    for _ in 0..3 {
        let _made = server.create_key("acme").await;
    }
    let scraped = scrape(&server).await;
    let name = |what: &str| format!("latchkey_request_duration_seconds_{what}{{function=\"tyk-create-key\"}}");
    assert_eq!(scraped[&name("count")], 3.0);
    assert!(scraped[&name("sum")] > 0.0);
    let slowest = "latchkey_request_duration_seconds_bucket{function=\"tyk-create-key\",le=\"+Inf\"}";
    assert_eq!(scraped[slowest], 3.0);
}

#[tokio::test]
async fn a_store_that_fails_or_throttles_is_counted() {
    let server = TestServer::start().await;
    let before = scrape(&server).await;
    server.watch.fail_next("GetItem", Fault::Refuse);
    let _failed = server.admin("GET", "/tyk/keys/some-key", ()).await.expect(500);
    // Refused twice: the client repeats a call that found the store too busy.
    server.watch.fail_next("GetItem", Fault::Throttle);
    let _failed = server.admin("GET", "/tyk/keys/some-key", ()).await.expect(500);
    // Repeated with success: the call did not fail.
    server.watch.fail_attempt(0, Fault::Throttle);
    let _missing = server.admin("GET", "/tyk/keys/some-key", ()).await.expect(404);
    let grown = grown(&before, &scrape(&server).await);
    assert_eq!(grown["latchkey_store_calls_total"], 3.0);
    assert_eq!(grown["latchkey_store_failures_total"], 2.0);
    assert_eq!(grown["latchkey_store_throttles_total"], 3.0);
}

#[tokio::test]
async fn a_condition_that_is_not_true_is_no_failure_of_the_store() {
    let server = TestServer::start().await;
    let upsert = |rate: i64| {
        let mut session = key("acme");
        session["rate"] = rate.into();
        session
    };
    let before = scrape(&server).await;
    server.watch.fail_next("TransactWriteItems", Fault::Conflict);
    let _made = server.admin("POST", "/tyk/keys/contended", upsert(1)).await.expect(200);
    let grown = grown(&before, &scrape(&server).await);
    assert!(server.watch.all_faults_happened());
    assert!(!grown.contains_key("latchkey_store_failures_total"), "{grown:?}");
}

#[tokio::test]
async fn decisions_of_the_sample_api_are_counted_and_all_codes_begin_at_zero() {
    let server = TestServer::start().await;
    let codes = |scraped: &BTreeMap<String, f64>| {
        scraped.keys().filter(|name| name.starts_with("latchkey_decisions_total{")).count()
    };
    let before = scrape(&server).await;
    assert_eq!(codes(&before), 15, "{before:?}");
    let _refused = server.send("GET", "/sample/orders", &[], ()).await.expect(401);
    let after = scrape(&server).await;
    assert_eq!(grown(&before, &after)["latchkey_decisions_total{code=\"no_credential\"}"], 1.0);
    assert_eq!(codes(&after), 15);
}

/// Labels are a fixed set: whatever clients send, a scrape does not grow with it and shows nothing of it.
#[tokio::test]
async fn no_label_comes_from_a_request() {
    let server = TestServer::start().await;
    let token = server.create_key("organisation-of-the-key").await;
    for at in 0..20 {
        let name = format!("chosen-by-a-client-{at}");
        let ask = json!({"key": token, "api": name, "method": name, "path": name});
        let _decided = server.bearer(ADMIN, "POST", "/v1/keys/verify", ask).await;
        let _missing = server.admin("GET", &format!("/tyk/keys/{name}"), ()).await;
        let _nowhere = server.send("GET", &format!("/{name}"), &[], ()).await;
    }
    let scraped = server.send("GET", "/metrics", &[], ()).await.expect(200).text;
    for part in ["chosen-by", "organisation-of", token.as_str()] {
        assert!(!scraped.contains(part), "{scraped}");
    }
    assert!(scraped.lines().count() < 150, "{scraped}");
}

#[tokio::test]
async fn metrics_take_no_other_method_and_no_other_path() {
    let server = TestServer::start().await;
    let refused = server.send("POST", "/metrics", &[], ()).await.expect(405);
    assert_eq!(refused.header("allow"), "GET, HEAD");
    let _head = server.send("HEAD", "/metrics", &[], ()).await.expect(200);
    let _slash = server.send("GET", "/metrics/", &[], ()).await.expect(200);
    let _nowhere = server.send("GET", "/metrics/keys", &[], ()).await.expect(404);
}
