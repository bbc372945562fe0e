//! The gate judges these keys too: each may call the API whose id is its scope.

use latchkey_harness::{ADMIN, TestServer};
use serde_json::{Value, json};

use super::asking::start;

async fn verify(server: &TestServer, key: &str, api: &str) -> Value {
    let body = json!({"key": key, "api": api, "method": "POST", "path": "/v1/chat"});
    server.bearer(ADMIN, "POST", "/v1/keys/verify", body).await.expect(200).json()
}

#[tokio::test]
async fn a_key_calls_the_api_of_its_scope_and_no_other() {
    let (server, org) = start().await;
    for (scope, other) in [("ie_model", "ce_resource"), ("ce_resource", "ie_model")] {
        let (id, token) = org.create_as(&server, &org.user, json!({"name": "k", "scope": scope})).await;
        let allowed = verify(&server, &token, scope).await;
        assert_eq!(
            (&allowed["allowed"], &allowed["key_id"], &allowed["org_id"]),
            (&true.into(), &id.into(), &org.id.clone().into())
        );
        for api in [other, "test"] {
            assert_eq!(verify(&server, &token, api).await["code"], "api_not_allowed", "{scope} {api}");
        }
    }
}

#[tokio::test]
async fn a_deleted_or_expired_key_is_refused_at_the_very_next_call() {
    let (server, org) = start().await;
    let ends = server.clock.now() / 1000 + 60;
    let (id, token) = org.create_as(&server, &org.user, json!({"name": "k", "expiresAt": ends})).await;
    assert_eq!(verify(&server, &token, "ie_model").await["code"], "ok");
    server.clock.advance(60_000);
    assert_eq!(verify(&server, &token, "ie_model").await["code"], "expired");
    let (other, other_token) = org.create(&server, &org.user).await;
    for (id, token) in [(id, token), (other, other_token)] {
        let _seen = verify(&server, &token, "ie_model").await;
        let _deleted = org.user.ask(&server, "DELETE", &org.key(&id), ()).await.expect(200);
        assert_eq!(verify(&server, &token, "ie_model").await["code"], "unknown_key");
    }
}

#[tokio::test]
async fn a_damaged_token_is_unknown_and_costs_no_call() {
    let (server, org) = start().await;
    let (_, token) = org.create(&server, &org.user).await;
    let _calls = server.watch.calls();
    for damaged in [format!("{token}x"), token.replacen("eyJ", "eyK", 1), token.replace('.', ".A")] {
        let unknown = verify(&server, &damaged, "ie_model").await;
        assert_eq!(unknown["code"], "unknown_key", "{damaged}");
        let calls = server.watch.calls();
        // What does not even look like a token of this dialect may be a name of Tyk's, and is looked up.
        assert!(calls.is_empty() || !damaged.starts_with("eyJ"), "{damaged}: {calls:?}");
    }
}

#[tokio::test]
async fn the_limits_of_the_organisation_hold_its_keys() {
    let (server, org) = start().await;
    let (_, token) = org.create(&server, &org.user).await;
    let limits = json!({"quota_max": 1, "quota_renewal_rate": 3600});
    let _limited = server.admin("POST", &format!("/tyk/org/keys/{}", org.id), limits).await.expect(200);
    let codes = [verify(&server, &token, "ie_model").await, verify(&server, &token, "ie_model").await];
    assert_eq!(codes.map(|answer| answer["code"].clone()), ["ok", "org_quota_exceeded"]);
}
