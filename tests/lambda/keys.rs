//! The functions for keys, one process each on one store.

use latchkey_harness::key;
use serde_json::json;

use crate::cloud::Cloud;
use crate::event::Event;

#[tokio::test]
async fn a_key_lives_from_function_to_function() {
    let cloud = Cloud::start().await;
    let mut create = cloud.function("tyk-create-key").await;
    let made = create.call(&Event::admin("POST /tyk/keys/create").json(&key("acme"))).await.expect(200);
    assert_eq!((made.header("content-type"), made.text_of("action").as_str()), ("application/json", "create"));
    let token = made.text_of("key");
    cloud.keep_secret(&token);
    assert!(token.starts_with("acme"), "{token}");

    let mut get = cloud.function("tyk-get-key").await;
    let read = Event::admin("GET /tyk/keys/{keyName}").param("keyName", &token);
    assert_eq!(get.call(&read).await.expect(200).json()["rate"], 1000);

    let mut list = cloud.function("tyk-list-keys").await;
    let all = Event::admin("GET /tyk/keys");
    assert_eq!(list.call(&all).await.expect(200).json(), json!({"keys": [token]}));

    let mut upsert = cloud.function("tyk-upsert-key").await;
    let mut changed = key("acme");
    changed["rate"] = 7.into();
    let replace = Event::admin("PUT /tyk/keys/{keyName}").param("keyName", &token).json(&changed);
    let replaced = upsert.call(&replace).await.expect(200);
    assert_eq!(replaced.json(), json!({"key": token, "status": "ok", "action": "modified"}));
    assert_eq!(get.call(&read).await.expect(200).json()["rate"], 7);

    let mut delete = cloud.function("tyk-delete-key").await;
    let remove = Event::admin("DELETE /tyk/keys/{keyName}").param("keyName", &token);
    let deleted = delete.call(&remove).await.expect(200);
    assert_eq!(deleted.json(), json!({"key": token, "status": "ok", "action": "deleted"}));
    assert_eq!(get.call(&read).await.expect(404).text_of("message"), "Key not found");
    assert_eq!(delete.call(&remove).await.expect(404).text_of("message"), "There is no such key found");
    assert_eq!(list.call(&all).await.expect(200).json(), json!({"keys": []}));
}

#[tokio::test]
async fn a_trailing_slash_makes_no_difference_in_the_cloud() {
    let cloud = Cloud::start().await;
    let mut create = cloud.function("tyk-create-key").await;
    let made = create.call(&Event::slash("POST /tyk/keys/create", "").json(&key("acme"))).await.expect(200);
    let token = made.text_of("key");
    cloud.keep_secret(&token);
    let mut get = cloud.function("tyk-get-key").await;
    let read = Event::slash("GET /tyk/keys/{keyName}", "").param("keyName", &token);
    assert_eq!(get.call(&read).await.expect(200).json()["rate"], 1000);
    let mut list = cloud.function("tyk-list-keys").await;
    let page = list.call(&Event::slash("GET /tyk/keys", "").query("limit=1")).await.expect(200);
    assert_eq!(page.json(), json!({"keys": [token]}));
    // Whether API Gateway names a parameter that took nothing is left open here.
    let mut unnamed = Event::slash("GET /tyk/keys", "").to_json();
    unnamed.as_object_mut().unwrap().remove("pathParameters").unwrap();
    assert_eq!(list.call_json(unnamed).await.expect(200).json(), json!({"keys": [token]}));
    let mut apis = cloud.function("tyk-list-apis").await;
    assert_eq!(apis.call(&Event::slash("GET /tyk/apis", "")).await.expect(200).json(), json!([]));
    let mut delete = cloud.function("tyk-delete-key").await;
    let remove = Event::slash("DELETE /tyk/keys/{keyName}", "").param("keyName", &token);
    assert_eq!(delete.call(&remove).await.expect(200).text_of("action"), "deleted");
}

#[tokio::test]
async fn what_follows_a_slash_is_answered_as_where_no_route_is() {
    let cloud = Cloud::start().await;
    let mut list = cloud.function("tyk-list-keys").await;
    let mut get = cloud.function("tyk-get-key").await;
    let missing = list.call(&Event::slash("GET /tyk/keys", "a/b")).await.expect(404);
    assert_eq!(missing.text, "404 page not found\n");
    let below = |rest| Event::slash("GET /tyk/keys/{keyName}", rest).param("keyName", "policy");
    let other_method = get.call(&below("some-key")).await.expect(405);
    assert_eq!(other_method.text_of("message"), "Method not supported");
    assert_eq!(get.call(&below("a/b")).await.expect(404).text, "404 page not found\n");
    let redirected = list.call(&Event::slash("GET /tyk/keys", "some-key/").query("org_id=a%26b")).await.expect(308);
    assert_eq!(redirected.header("location"), "/tyk/keys/some-key?org_id=a%26b");
    for event in [Event::slash("GET /tyk/keys", "a/b"), Event::slash("GET /tyk/keys", "create")] {
        let refused = list.call(&event.anonymous()).await.expect(403);
        assert_eq!(refused.text_of("message"), "Attempted administrative access with invalid or missing key!");
    }
    let mut upsert = cloud.function("tyk-upsert-key").await;
    let nothing = Event::slash("POST /tyk/keys/{keyName}", "b").param("keyName", "a").json(&key("acme"));
    let _missing = upsert.call(&nothing).await.expect(404);
    assert_eq!(list.call(&Event::admin("GET /tyk/keys")).await.expect(200).json(), json!({"keys": []}));
}

#[tokio::test]
async fn a_body_that_came_as_base64_is_read_as_its_bytes() {
    let cloud = Cloud::start().await;
    let mut create = cloud.function("tyk-create-key").await;
    let mut session = key("acme");
    session["alias"] = "Zoë's key".into();
    let made = create.call(&Event::admin("POST /tyk/keys/create").bytes(session.to_string().as_bytes())).await;
    let token = made.expect(200).text_of("key");
    cloud.keep_secret(&token);
    let mut get = cloud.function("tyk-get-key").await;
    let read = Event::admin("GET /tyk/keys/{keyName}").param("keyName", &token);
    assert_eq!(get.call(&read).await.expect(200).text_of("alias"), "Zoë's key");

    let garbage = create.call(&Event::admin("POST /tyk/keys/create").bytes(&[0xff, 0xfe, 0x00])).await;
    assert_eq!(garbage.expect(500).text_of("message"), "Unmarshalling failed");
}

#[tokio::test]
async fn a_name_is_taken_as_api_gateway_decoded_it() {
    let cloud = Cloud::start().await;
    let mut upsert = cloud.function("tyk-upsert-key").await;
    let mut get = cloud.function("tyk-get-key").await;
    for name in ["name with spaces", "a+b=c&d;e@f:g"] {
        let make = Event::admin("POST /tyk/keys/{keyName}").param("keyName", name).json(&key(""));
        assert_eq!(upsert.call(&make).await.expect(200).text_of("key"), name);
        let read = Event::admin("GET /tyk/keys/{keyName}").param("keyName", name);
        assert_eq!(get.call(&read).await.expect(200).json()["rate"], 1000, "{name}");
    }
    // Decoded again, the first would be names that are allowed; the last is one that no header carries.
    for name in ["sample%2Dkey", "100%", "naïve-ключ"] {
        let make = Event::admin("POST /tyk/keys/{keyName}").param("keyName", name).json(&key(""));
        let _refused = upsert.call(&make).await.expect(400);
    }
}

#[tokio::test]
async fn a_query_is_decoded_once() {
    let cloud = Cloud::start().await;
    let mut upsert = cloud.function("tyk-upsert-key").await;
    for name in ["one two", "one", "three"] {
        let make = Event::admin("POST /tyk/keys/{keyName}").param("keyName", name).json(&key(""));
        let _made = upsert.call(&make).await.expect(200);
    }
    let mut list = cloud.function("tyk-list-keys").await;
    let found = list.call(&Event::admin("GET /tyk/keys").query("filter=one%20t")).await.expect(200);
    assert_eq!(found.json(), json!({"keys": ["one two"]}));
}
