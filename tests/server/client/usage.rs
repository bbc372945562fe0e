//! `latchkey usage` and `latchkey audit`.

use serde_json::{Value, json};

use super::Operator;

#[tokio::test]
async fn usage_is_shown_by_period_with_its_total() {
    let operator = Operator::start().await;
    let token = operator.create(&["--dialect", "requesty", "--alias", "app"]).await;
    let id = operator.id_of(&token).await;
    for (at, spend) in [("one", "0.1"), ("two", "0.000000002")] {
        let report = json!({"key": token, "id": at, "spend": spend, "requests": 2, "input_tokens": 7});
        let _counted =
            operator.server.bearer("POST", "/v1/keys/usage", &operator.server.secret, report).await.expect(200);
    }
    for subject in [["--key", id.as_str()], ["--org", "acme"]] {
        let printed = operator.done(&[&["usage"][..], &subject].concat()).await;
        let lines: Vec<_> = printed.lines().map(|line| line.split_whitespace().collect::<Vec<_>>()).collect();
        assert_eq!(lines[0], ["START", "REQUESTS", "SPEND", "INPUT", "TOKENS", "OUTPUT", "TOKENS"]);
        assert_eq!(lines[1][1..], ["4", "0.100000002", "14", "0"]);
        assert_eq!(lines[2], ["total", "4", "0.100000002", "14", "0"]);
    }
    // Three calendar months are three answers.
    let printed =
        operator.done(&["usage", "--org", "acme", "--from", "2025-01-01", "--resolution", "month", "--json"]).await;
    let report: Value = serde_json::from_str(&printed).unwrap();
    assert_eq!(report["usage"].as_array().unwrap().len(), 1);
    assert_eq!(report["total"], json!({"requests": 4, "spend": 0.100000002, "input_tokens": 14, "output_tokens": 0}));
    let _unknown = operator.ends(5, &["usage", "--key", "7b1c9f0e-2f5d-8c55-9a43-0d6f2f8b7e11"]).await;
    let wrong = operator.ends(6, &["usage", "--org", "acme", "--from", "soon"]).await;
    assert!(wrong.stderr.contains("from must be a time"), "{}", wrong.stderr);
    let _neither = operator.ends(2, &["usage"]).await;
}

#[tokio::test]
async fn the_audit_shows_who_changed_what() {
    let operator = Operator::start().await;
    let token = operator.create(&["--api", "orders"]).await;
    let id = operator.id_of(&token).await;
    let _paused = operator.reading(&token, 0, &["keys", "pause", "-"]).await;
    let _deleted = operator.done(&["keys", "delete", &id]).await;
    let printed = operator.done(&["audit", "--key", &id]).await;
    let lines: Vec<_> = printed.lines().map(|line| line.split_whitespace().collect::<Vec<_>>()).collect();
    assert_eq!(lines[0], ["AT", "ACTOR", "ACTION", "SUBJECT", "ORG"]);
    let actions: Vec<_> = lines[1..].iter().map(|line| line[2]).collect();
    assert_eq!(actions, ["key.delete", "key.replace", "key.create"]);
    assert!(
        lines[1..].iter().all(|line| line[1] == "tyk-admin" && line[3] == format!("key:{id}") && line[4] == "acme"),
        "{printed}"
    );
    let printed = operator.done(&["audit", "--org", "acme", "--action", "key.delete", "--json"]).await;
    assert!(!printed.contains(&token), "{printed}");
    let records: Value = serde_json::from_str(&printed).unwrap();
    assert_eq!(records["records"].as_array().unwrap().len(), 1);
}
