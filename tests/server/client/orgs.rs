//! `latchkey orgs`.

use serde_json::{Value, json};

use super::Operator;

#[tokio::test]
async fn limits_are_set_one_by_one_and_switching_off_keeps_them() {
    let operator = Operator::start().await;
    let token = operator.create(&["--api", "orders"]).await;
    let set = operator.done(&["orgs", "set", "acme", "--rate", "50/s", "--quota", "1000/1d", "--api", "orders"]).await;
    assert_eq!(set, "acme set\n");
    let _off = operator.done(&["orgs", "set", "acme", "--inactive"]).await;
    assert_eq!(operator.code_of(&token).await, "org_inactive");
    let _on = operator.done(&["orgs", "set", "acme", "--active", "--quota", "none"]).await;
    assert_eq!(operator.code_of(&token).await, "ok");
    let kept: Value = serde_json::from_str(&operator.done(&["orgs", "get", "acme", "--json"]).await).unwrap();
    assert_eq!((&kept["rate"], &kept["per"], &kept["quota_max"]), (&json!(50), &json!(1), &json!(-1)));
    let shown = operator.done(&["orgs", "get", "acme"]).await;
    assert!(shown.lines().any(|line| line.split_whitespace().collect::<Vec<_>>() == ["rate", "50"]), "{shown}");
}

#[tokio::test]
async fn organisations_with_limits_are_listed_and_deleted() {
    let operator = Operator::start().await;
    for org in ["acme", "acme-2"] {
        let _set = operator.done(&["orgs", "set", org, "--rate", "5/m"]).await;
    }
    assert_eq!(operator.done(&["orgs", "list"]).await, "ORG\nacme\nacme-2\n");
    assert_eq!(operator.done(&["orgs", "list", "--filter", "acme-"]).await, "ORG\nacme-2\n");
    assert_eq!(operator.done(&["orgs", "list", "--json"]).await, "{\"keys\":[\"acme\",\"acme-2\"]}\n");
    assert_eq!(operator.done(&["orgs", "delete", "acme"]).await, "acme deleted\n");
    let _gone = operator.ends(5, &["orgs", "get", "acme"]).await;
    let _gone = operator.ends(5, &["orgs", "delete", "acme"]).await;
    let _no_id = operator.ends(2, &["orgs", "get", ""]).await;
}
