//! `latchkey policies`.

use serde_json::{Value, json};

use super::{Operator, file};

#[tokio::test]
async fn a_policy_is_applied_shown_listed_and_deleted() {
    let operator = Operator::start().await;
    let gold =
        r#"{"id": "gold", "org_id": "acme", "name": "Gold", "rate": 1.50, "per": 60, "access_rights": {"orders": {}}}"#;
    let policy = file(gold);
    let apply = ["policies", "apply", "-f", policy.path().to_str().unwrap()];
    assert_eq!(operator.done(&apply).await, "gold added\n");
    let _again = operator.reading(gold, 0, &["policies", "apply", "-f", "-"]).await;
    assert_eq!(operator.done(&["policies", "list"]).await, "ID    ORG   NAME  STATE\ngold  acme  Gold  active\n");
    let listed: Value = serde_json::from_str(&operator.done(&["policies", "list", "--json"]).await).unwrap();
    assert_eq!(listed[0]["id"], json!("gold"));
    let shown: Value = serde_json::from_str(&operator.done(&["policies", "get", "gold", "--json"]).await).unwrap();
    assert_eq!(shown["rate"], json!(1.5));
    assert!(operator.done(&["policies", "get", "gold"]).await.contains("Gold"));

    let follower = operator.create(&["--policy", "gold"]).await;
    let kept = operator.ends(6, &["policies", "delete", "gold"]).await;
    assert!(kept.stderr.contains("Keys follow this policy"), "{}", kept.stderr);
    assert_eq!(operator.code_of(&follower).await, "ok");
    assert_eq!(operator.done(&["policies", "delete", "gold", "--force"]).await, "gold deleted\n");
    assert_eq!(operator.code_of(&follower).await, "policies_unmet");
    let _gone = operator.ends(5, &["policies", "get", "gold"]).await;
    let no_json = file("{");
    let _no_json = operator.ends(2, &["policies", "apply", "-f", no_json.path().to_str().unwrap()]).await;
}
