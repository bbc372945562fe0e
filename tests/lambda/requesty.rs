//! The functions of the Requesty dialect, one process each on one store.

use latchkey_harness::{ADMIN, Reply};
use serde_json::json;

use crate::cloud::Cloud;
use crate::event::Event;

const KEY: &str = "GET /v1/manage/apikey/{api_key_id}";

async fn ask(cloud: &Cloud, function: &str, event: &Event) -> Reply {
    cloud.function(&format!("requesty-{function}")).await.call(event).await
}

#[tokio::test]
async fn a_key_lives_from_function_to_function() {
    let cloud = Cloud::start().await;
    let manager = json!({"name": "first", "permissions": {"manage": "write", "completions": "write"}});
    let create = Event::admin("POST /v1/manage/apikey");
    let first = create.organization("acme").bearer(ADMIN).json(&manager);
    let root = ask(&cloud, "create-key", &first).await.expect(201).text_of("api_key");
    let create =
        Event::admin("POST /v1/manage/apikey").bearer(&root).json(&json!({"name": "app", "monthly_limit": "0.3"}));
    let made = ask(&cloud, "create-key", &create).await.expect(201);
    let (id, secret) = (made.text_of("api_key_id"), made.text_of("api_key"));
    cloud.keep_secret(&root);
    cloud.keep_secret(&secret);
    let of_key = |route: &'static str| Event::admin(route).param("api_key_id", &id).bearer(&root);

    let list = ask(&cloud, "list-keys", &Event::admin("GET /v1/manage/apikey").bearer(&root)).await.expect(200);
    assert_eq!(list.json()["keys"].as_array().unwrap().len(), 2);
    let limit = of_key("POST /v1/manage/apikey/{api_key_id}/limit").json(&json!({"monthly_limit": 7}));
    let label = of_key("POST /v1/manage/apikey/{api_key_id}/label").json(&json!({"labels": {"env": "prod"}}));
    let expiry =
        of_key("POST /v1/manage/apikey/{api_key_id}/expiry").json(&json!({"expires_at": "2126-01-01T00:00:00Z"}));
    for (function, event) in [("set-limit", limit), ("set-labels", label), ("set-expiry", expiry)] {
        assert_eq!(ask(&cloud, function, &event).await.expect(204).text, "");
    }
    let details = ask(&cloud, "get-key", &of_key(KEY)).await.expect(200).json();
    assert_eq!((&details["monthly_limit"], &details["expires_at"]), (&json!(7), &json!("2126-01-01T00:00:00Z")));
    let own = Event::admin(KEY).param("api_key_id", "self").bearer(&secret);
    assert_eq!(ask(&cloud, "get-key", &own).await.expect(200).json(), details);
    let used = own.query("start_date=2126-01-01&end_date=2126-01-02");
    assert_eq!(ask(&cloud, "get-key", &used).await.expect(200).json(), json!({"completions_requests": 0, "spend": 0}));

    let question = json!({"key": secret, "api": "completions", "method": "POST"});
    let verify = Event::admin("POST /v1/keys/verify").bearer(ADMIN).json(&question);
    let mut gate = cloud.function("gate-verify").await;
    assert_eq!(gate.call(&verify).await.expect(200).json()["code"], "ok");
    let day = "start=2026-01-15T00%3A00%3A00Z&group_by=user_id";
    for (function, event) in [
        ("get-usage", of_key("GET /v1/manage/apikey/{api_key_id}/usage")),
        ("get-org-usage", Event::admin("GET /v1/manage/org/usage").bearer(&root)),
    ] {
        assert_eq!(ask(&cloud, function, &event.query(day)).await.expect(200).json(), json!({"usage": {}}));
    }

    let delete = of_key("DELETE /v1/manage/apikey/{api_key_id}");
    assert_eq!(ask(&cloud, "delete-key", &delete).await.expect(200).text, "");
    let _again = ask(&cloud, "delete-key", &delete).await.expect(404);
    assert_eq!(gate.call(&verify).await.expect(200).json()["code"], "unknown_key");
    let _gone = ask(&cloud, "check-auth", &Event::admin("GET /v1/auth/check").bearer(&secret)).await.expect(403);
    let _lives = ask(&cloud, "check-auth", &Event::admin("GET /v1/auth/check").bearer(&root)).await.expect(200);
}
