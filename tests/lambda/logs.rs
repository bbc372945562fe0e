//! What a function writes.

use latchkey_harness::key;

use crate::cloud::Cloud;
use crate::event::Event;

// That nothing written holds a secret or a token is checked at the end of every test: see `Cloud`.

#[tokio::test]
async fn a_refusal_is_one_line_of_json_without_anything_of_the_request() {
    let cloud = Cloud::start().await;
    cloud.keep_secret("name-of-a-missing-key");
    let mut get = cloud.function("tyk-get-key").await;
    let missing = Event::admin("GET /tyk/keys/{keyName}").param("keyName", "name-of-a-missing-key");
    let _refused = get.call(&missing).await.expect(404);
    let logs = cloud.logs();
    let refusals: Vec<_> = logs.lines().filter(|line| line.contains("NoSuchKey")).collect();
    assert_eq!(refusals.len(), 1, "{logs}");
    let line: serde_json::Value = serde_json::from_str(refusals[0]).unwrap();
    assert_eq!((&line["level"], &line["status"]), (&"INFO".into(), &404.into()), "{line}");
    assert_eq!((&line["function"], &line["refusal"]), (&"tyk-get-key".into(), &"NoSuchKey".into()), "{line}");
}

#[tokio::test]
async fn a_store_that_cannot_be_reached_is_logged_without_what_was_to_be_stored() {
    let cloud = Cloud::start().await;
    cloud.keep_secret("password-of-the-key");
    cloud.keep_secret("name-of-the-key");
    let mut session = key("acme");
    session["basic_auth_data"] = serde_json::json!({"password": "password-of-the-key"});
    let nowhere = [("AWS_ENDPOINT_URL_DYNAMODB", "http://127.0.0.1:1")];
    let mut upsert = cloud.function_with("tyk-upsert-key", &nowhere).await;
    let make = Event::admin("POST /tyk/keys/{keyName}").param("keyName", "name-of-the-key").json(&session);
    let failed = upsert.call(&make).await.expect(500);
    assert_eq!(failed.header("retry-after"), "1");
    let logs = cloud.logs();
    let line = logs.lines().find(|line| line.contains("the store failed")).unwrap_or_else(|| panic!("{logs}"));
    let line: serde_json::Value = serde_json::from_str(line).unwrap();
    assert_eq!((&line["level"], &line["function"]), (&"ERROR".into(), &"tyk-upsert-key".into()), "{line}");
}

#[tokio::test]
async fn passwords_and_malformed_bodies_are_not_logged() {
    let cloud = Cloud::start().await;
    cloud.keep_secret("password-of-the-key");
    let mut create = cloud.function("tyk-create-key").await;
    let mut session = key("acme");
    session["basic_auth_data"] = serde_json::json!({"password": "password-of-the-key"});
    let made = create.call(&Event::admin("POST /tyk/keys/create").json(&session)).await.expect(200);
    cloud.keep_secret(&made.text_of("key"));
    session["rate"] = "password-of-the-key".into();
    let _refused = create.call(&Event::admin("POST /tyk/keys/create").json(&session)).await.expect(500);
    assert!(cloud.logs().contains("Malformed"), "{}", cloud.logs());
}

#[tokio::test]
async fn what_has_no_effect_is_one_line_without_its_value() {
    let cloud = Cloud::start().await;
    cloud.keep_secret("value-of-the-field");
    let mut create = cloud.function("tyk-create-key").await;
    let mut session = key("acme");
    session["made_up"] = "value-of-the-field".into();
    let made = create.call(&Event::admin("POST /tyk/keys/create").json(&session)).await.expect(200);
    cloud.keep_secret(&made.text_of("key"));
    assert_eq!(made.header("latchkey-warning"), "unknown field: made_up");
    let logs = cloud.logs();
    let warnings: Vec<_> = logs.lines().filter(|line| line.contains("made_up")).collect();
    assert_eq!(warnings.len(), 1, "{logs}");
    let line: serde_json::Value = serde_json::from_str(warnings[0]).unwrap();
    assert_eq!((&line["level"], &line["warning"]), (&"WARN".into(), &"unknown field: made_up".into()), "{line}");
}

#[tokio::test]
async fn a_key_that_is_too_large_is_logged_as_a_refusal() {
    let cloud = Cloud::start().await;
    let mut session = key("acme");
    session["meta_data"] = serde_json::json!({"text": "a".repeat(500_000)});
    let mut create = cloud.function("tyk-create-key").await;
    let _refused = create.call(&Event::admin("POST /tyk/keys/create").json(&session)).await.expect(400);
    let logs = cloud.logs();
    assert!(logs.contains("\"refusal\":\"TooLarge\""), "{logs}");
    assert!(!logs.contains("the store failed") && !logs.contains("ERROR"), "{logs}");
}
