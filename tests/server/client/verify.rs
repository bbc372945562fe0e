//! `latchkey verify`: its exit code is the decision.

use serde_json::{Value, json};

use super::{Operator, file};

#[tokio::test]
async fn an_allowed_call_ends_with_0_and_a_refused_one_with_1() {
    let operator = Operator::start().await;
    let token = operator.create(&["--api", "orders", "--quota", "1/1h"]).await;
    let verify = ["verify", "--api", "orders", "--method", "GET", "--path", "/orders/42"];
    let id = operator.id_of(&token).await;
    let allowed = operator.reading(&format!("{token}\n"), 0, &verify).await.stdout;
    let lines: Vec<_> = allowed.lines().collect();
    assert_eq!(
        lines[..5],
        ["allowed    true", "code       ok", "status     200", "message    OK", &format!("key_id     {id}")]
    );
    let refused = operator.reading(&token, 1, &[&verify[..], &["--json"]].concat()).await.stdout;
    let refused: Value = serde_json::from_str(&refused).unwrap();
    assert_eq!((&refused["allowed"], &refused["code"]), (&json!(false), &json!("quota_exceeded")));
    let _other_api = operator.reading(&token, 1, &["verify", "--api", "billing"]).await;
    let _unknown = operator.reading("no-such-token", 1, &verify).await;
}

#[tokio::test]
async fn a_question_of_no_cost_counts_nothing_and_the_token_may_be_in_a_file() {
    let operator = Operator::start().await;
    let token = operator.create(&["--api", "orders", "--quota", "1/1h"]).await;
    let held = file(&token);
    let ask = ["verify", "--api", "orders", "--token-file", held.path().to_str().unwrap(), "--cost"];
    for (cost, code) in [("0", 0), ("0", 0), ("1", 0), ("0", 0), ("1", 1), ("2", 1)] {
        let _decided = operator.ends(code, &[&ask[..], &[cost]].concat()).await;
    }
}

#[tokio::test]
async fn money_is_reserved() {
    let operator = Operator::start().await;
    let token = operator.create(&["--dialect", "requesty", "--alias", "app", "--monthly-limit", "1"]).await;
    let reserve = ["verify", "--api", "completions", "--method", "POST", "--spend", "0.75", "--json"];
    let answer: Value = serde_json::from_str(&operator.reading(&token, 0, &reserve).await.stdout).unwrap();
    assert_eq!(answer["reservation"]["spend"], json!(0.75));
    let _too_much = operator.reading(&token, 1, &reserve).await;
}

#[tokio::test]
async fn without_a_token_nothing_is_asked() {
    let operator = Operator::start().await;
    let none = operator.reading("\n", 2, &["verify", "--api", "orders"]).await;
    assert_eq!(none.stderr, "error: there is no token in the first line\n");
    let no_file = operator.ends(2, &["verify", "--api", "orders", "--token-file", "no/such/file"]).await;
    assert!(no_file.stderr.starts_with("error: no/such/file: "), "{}", no_file.stderr);
}
