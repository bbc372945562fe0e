//! What the server logs of requests: for people, or for programs.

use std::path::Path;

use latchkey_harness::{key, send};
use serde_json::Value;

use crate::process::{Process, latchkey_on};

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";

/// What a server with these settings logs of a create, a read of a key that does not exist, and three probes.
async fn logged(folder: &Path, settings: &[(&str, &str)]) -> String {
    let mut command = latchkey_on(folder);
    command.envs(settings.iter().copied());
    let server = Process::spawn(command).await;
    let _made = server.admin("POST", "/tyk/keys/create", key("acme")).await.expect(200);
    let url = format!("http://{}", server.address);
    let trace = format!("00-{TRACE}-00f067aa0ba902b7-01");
    let headers = [("X-Tyk-Authorization", server.secret.as_str()), ("traceparent", trace.as_str())];
    let client = reqwest::Client::new();
    let _missing = send(&client, &format!("{url}/tyk/keys/name-nobody-sees"), "GET", &headers, ()).await.expect(404);
    for probe in ["healthz", "readyz", "metrics"] {
        let _went_well = send(&client, &format!("{url}/{probe}"), "GET", &[], ()).await.expect(200);
    }
    let ended = server.stop().await;
    assert!(!ended.stderr.contains("name-nobody-sees"), "{}", ended.stderr);
    ended.stderr
}

#[tokio::test]
async fn a_request_is_one_line_for_people() {
    let folder = tempfile::tempdir().unwrap();
    let log = logged(folder.path(), &[]).await;
    let lines: Vec<_> = log.lines().filter(|line| line.contains(" request request_id=")).collect();
    assert_eq!(lines.len(), 2, "{log}");
    for (line, parts) in
        lines.iter().zip([
            &[
                "INFO",
                "function=\"tyk-create-key\"",
                "status=200",
                "code=\"ok\"",
                "caller=\"admin\"",
                "org_id=\"acme\"",
            ][..],
            &["INFO", "route=\"GET /tyk/keys/{keyName}\"", "status=404", "code=\"no_such_key\"", TRACE],
        ])
    {
        assert!(parts.iter().all(|part| line.contains(part)), "{line}");
    }
}

#[tokio::test]
async fn or_one_object_of_json_for_programs() {
    let folder = tempfile::tempdir().unwrap();
    let log = logged(folder.path(), &[("LATCHKEY_LOG", "json")]).await;
    let lines: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(lines.iter().all(|line| line["timestamp"].is_string() && line["level"].is_string()), "{log}");
    let requests: Vec<_> = lines.iter().filter(|line| line["message"] == "request").collect();
    assert_eq!(requests.len(), 2, "{log}");
    let [created, missing] = requests[..] else { panic!("{log}") };
    assert_eq!((&created["code"], &created["write_units"]), (&"ok".into(), &6.0.into()), "{created}");
    assert!(created["key_id"].is_string() && created.get("trace_id").is_none(), "{created}");
    assert_eq!((&missing["code"], &missing["trace_id"]), (&"no_such_key".into(), &TRACE.into()), "{missing}");
}

#[tokio::test]
async fn requests_that_went_well_can_be_left_out() {
    for (log, codes) in [("failures", &["no_such_key"][..]), ("errors", &[])] {
        let folder = tempfile::tempdir().unwrap();
        let log = logged(folder.path(), &[("LATCHKEY_REQUEST_LOG", log), ("LATCHKEY_LOG", "json")]).await;
        let lines = log.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        let logged: Vec<_> =
            lines.filter(|line| line["message"] == "request").map(|line| line["code"].clone()).collect();
        assert_eq!(logged, codes, "{log}");
    }
}
