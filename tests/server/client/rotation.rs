//! `latchkey keys rotate-secret`: whatever interrupts it, one of two tokens works, and the new one is printed.

use std::process::Stdio;

use serde_json::{Value, json};

use super::{Operator, file};

/// The session of the key with this token, without what only this key has.
async fn configuration(operator: &Operator, token: &str) -> Value {
    let mut session = operator.server.admin("GET", &format!("/tyk/keys/{token}"), ()).await.expect(200).json();
    let fields = session.as_object_mut().unwrap();
    for field in ["date_created", "last_updated", "quota_remaining", "quota_renews"] {
        let _own = fields.remove(field);
    }
    session
}

async fn tokens(operator: &Operator) -> Vec<Value> {
    operator.server.admin("GET", "/tyk/keys", ()).await.expect(200).json()["keys"].as_array().unwrap().clone()
}

#[tokio::test]
async fn the_new_token_has_the_same_configuration_and_the_old_one_is_refused() {
    let operator = Operator::start().await;
    let session = file(
        r#"{"alias": "Ada", "meta_data": {"n": 12345678901234567}, "rate": 0.5, "per": 1, "quota_max": 5, "quota_renewal_rate": 3600,
            "access_rights": {"orders": {"limit": {"quota_max": 3, "quota_renewal_rate": 60}}}, "tags": ["eu"]}"#,
    );
    let old = operator.create(&["--file", session.path().to_str().unwrap(), "--expires", "2040-01-01"]).await;
    let _used = operator.reading(&old, 0, &["verify", "--api", "orders"]).await;
    let before = configuration(&operator, &old).await;
    let rotated = operator.reading(&old, 0, &["keys", "rotate-secret", "-"]).await;
    let new = rotated.stdout.trim_end();
    assert_eq!(rotated.stdout, format!("{new}\n"));
    assert!(!rotated.stderr.contains(&old) && !rotated.stderr.contains(new), "{}", rotated.stderr);
    let mut after = configuration(&operator, new).await;
    let left = before["access_rights"]["orders"]["limit"]["quota_remaining"].clone();
    assert_eq!(left, 2);
    after["access_rights"]["orders"]["limit"]["quota_remaining"] = left;
    assert_eq!(after, before);
    assert_eq!(operator.code_of(new).await, "ok");
    assert_eq!(operator.code_of(&old).await, "unknown_key");
    let _gone = operator.reading(&old, 5, &["keys", "rotate-secret", "-"]).await;
}

#[tokio::test]
async fn in_the_time_of_grace_both_tokens_work() {
    let operator = Operator::start().await;
    let old = operator.create(&["--api", "orders", "--quota", "3/1h"]).await;
    let _used = operator.reading(&old, 0, &["verify", "--api", "orders"]).await;
    let new = operator.reading(&old, 0, &["keys", "rotate-secret", "-", "--grace", "1h"]).await.stdout;
    assert_eq!([operator.code_of(&old).await, operator.code_of(new.trim()).await], ["ok", "ok"]);
    let session = operator.server.admin("GET", &format!("/tyk/keys/{old}"), ()).await.expect(200).json();
    assert_eq!(session["quota_remaining"], 2, "what was used stays used: {session}");
    let left = session["expires"].as_i64().unwrap() - jiff::Timestamp::now().as_second();
    assert!((3500..=3600).contains(&left), "{left}");
    assert_eq!(configuration(&operator, new.trim()).await.get("expires"), None);
    // Another run would have to make a third key.
    let again = operator.reading(&old, 6, &["keys", "rotate-secret", "-"]).await;
    assert!(again.stderr.contains("--idempotency-key makes another"), "{}", again.stderr);
    assert_eq!(tokens(&operator).await.len(), 2);
}

#[tokio::test]
async fn a_rotation_that_cannot_print_the_token_ends_nothing_and_is_safe_to_repeat() {
    let operator = Operator::start().await;
    let old = operator.create(&["--api", "orders"]).await;
    let held = file(&old);
    let arguments = ["keys", "rotate-secret", "--token-file", held.path().to_str().unwrap()];
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let mut child = operator.command(&arguments).stdout(Stdio::from(writer)).spawn().unwrap();
    assert_eq!(child.wait().await.unwrap().code(), Some(7));
    assert_eq!(operator.code_of(&old).await, "ok");
    let made = tokens(&operator).await;
    assert_eq!(made.len(), 2);
    let new = operator.done(&arguments).await;
    assert!(made.contains(&json!(new.trim())), "a third key was made");
    assert_eq!(tokens(&operator).await, [json!(new.trim())]);
}

#[tokio::test]
async fn a_key_with_a_password_is_not_copied() {
    let operator = Operator::start().await;
    let session = file(r#"{"basic_auth_data": {"password": "correct horse"}, "access_rights": {"orders": {}}}"#);
    let old = operator.create(&["--file", session.path().to_str().unwrap()]).await;
    let refused = operator.reading(&old, 2, &["keys", "rotate-secret", "-"]).await;
    assert!(refused.stderr.contains("cannot be copied: make a new one"), "{}", refused.stderr);
    assert_eq!(tokens(&operator).await.len(), 1);
}
