//! The functions for organisations' limits, one process each on one store.

use serde_json::json;

use crate::cloud::Cloud;
use crate::event::Event;

#[tokio::test]
async fn an_organisations_limits_live_from_function_to_function() {
    let cloud = Cloud::start().await;
    let mut upsert = cloud.function("tyk-upsert-org").await;
    let limits = json!({"rate": 5, "per": 60, "quota_max": -1});
    let set = |route| Event::admin(route).param("orgID", "acme").json(&limits);
    let made = upsert.call(&set("POST /tyk/org/keys/{orgID}")).await.expect(200);
    assert_eq!((made.text_of("key"), made.text_of("status")), ("acme".into(), "ok".into()));
    let _replaced = upsert.call(&set("PUT /tyk/org/keys/{orgID}")).await.expect(200);

    let mut get = cloud.function("tyk-get-org").await;
    let read = Event::admin("GET /tyk/org/keys/{orgID}").param("orgID", "acme");
    assert_eq!(get.call(&read).await.expect(200).json()["rate"], 5);

    let mut list = cloud.function("tyk-list-orgs").await;
    let all = Event::admin("GET /tyk/org/keys");
    assert_eq!(list.call(&all).await.expect(200).json(), json!({"keys": ["acme"]}));

    let mut delete = cloud.function("tyk-delete-org").await;
    let remove = Event::admin("DELETE /tyk/org/keys/{orgID}").param("orgID", "acme");
    let deleted = delete.call(&remove).await.expect(200);
    assert_eq!(deleted.json(), json!({"key": "acme", "status": "ok", "action": "deleted"}));
    assert_eq!(delete.call(&remove).await.expect(404).text_of("message"), "Org not found");
    assert_eq!(get.call(&read).await.expect(404).text_of("message"), "Org not found");
    assert_eq!(list.call(&all).await.expect(200).json(), json!({"keys": []}));
}
