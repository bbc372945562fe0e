//! `GET /v1/keys/{key_id}`: what an operator sees of a key.

use latchkey_harness::TestServer;
use serde_json::{Value, json};

use super::asking::{answer, call, make};
use super::capacity::calls;
use super::operating::{Owned, all_pages, get, id_of, make_requesty, make_tyk, operate};
use super::plans::{follower, policy, put};
use crate::capacity::assert_cost;

async fn shown(server: &TestServer, token: &str) -> Value {
    get(server, &format!("/v1/keys/{}", id_of(server, token).await)).await
}

#[tokio::test]
async fn a_key_is_shown_with_its_limits_and_what_is_left_of_them() {
    let server = TestServer::start().await;
    let endpoints = json!([{"path": "/slow/{id}", "methods": [{"name": "GET", "limit": {"rate": 1, "per": 2.5}}]}]);
    let fields = json!({
        "alias": "Ada", "tags": ["eu"], "meta_data": {"plan": "trial"}, "expires": server.clock.now() / 1000 + 7200,
        "rate": 100, "per": 60, "quota_max": 5, "quota_renewal_rate": 3600,
        "access_rights": {
            "test": {"api_id": "test", "endpoints": endpoints},
            "other": {"api_id": "other", "limit": {"rate": 7, "per": 1, "quota_max": 70, "quota_renewal_rate": -1}},
        },
    });
    let token = make_tyk(&server, "acme", fields).await;
    server.clock.advance(1000);
    assert_eq!(answer(&server, json!({"key": token, "api": "test", "cost": 2})).await["code"], "ok");
    let shown = shown(&server, &token).await;
    let rate = json!({"limit": 100, "remaining": 98, "resets_at": 1_768_478_461, "per": 60});
    let quota = json!({"limit": 5, "remaining": 3, "resets_at": 1_768_482_001, "per": 3600});
    let expected = json!({
        "key_id": id_of(&server, &token).await, "org_id": "acme", "dialect": "tyk", "alias": "Ada", "state": "active",
        "inactive": false, "policies": [], "tags": ["eu"], "created_at": "2026-01-15T12:00:00Z",
        "expires_at": "2026-01-15T14:00:00Z", "last_used_at": "2026-01-15T12:00:00Z", "deletes_at": null, "revision": 1,
        "meta_data": {"plan": "trial"}, "policies_unmet": false, "credential_required": false, "rate": rate, "quota": quota, "spend": null,
        "any_api": false,
        "apis": [
            {"api": "other", "rate": {"limit": 7, "remaining": 7, "resets_at": null, "per": 1},
             "quota": {"limit": 70, "remaining": 70, "resets_at": null, "per": null}},
            {"api": "test", "rate": rate, "quota": quota},
        ],
        "endpoints": [{"api": "test", "method": "GET", "path": "/slow/{id}", "rate": {"limit": 1, "remaining": 1, "resets_at": null, "per": 2.5}}],
    });
    assert_eq!(shown, expected);
}

#[tokio::test]
async fn a_key_of_any_dialect_is_shown_by_its_id_in_either_form() {
    let server = TestServer::with(&[("LATCHKEY_ALLOW_MASTER_KEYS", "true")]).await;
    let owned = Owned::register(&server, "olga").await;
    let gmi = owned.make(&server, json!({"name": "of gmi"})).await;
    let gmi = shown(&server, &gmi).await;
    assert_eq!((&gmi["dialect"], &gmi["alias"], &gmi["org_id"]), (&json!("gmi"), &json!("of gmi"), &json!(owned.org)));
    assert_eq!(gmi["apis"], json!([{"api": "ie_model", "rate": null, "quota": null}]));
    let (id, _token) = make_requesty(&server, "acme", json!({"name": "app", "monthly_limit": 20})).await;
    let requesty = get(&server, &format!("/v1/keys/{}", id.replace('-', ""))).await;
    assert_eq!(
        (&requesty["dialect"], &requesty["alias"], &requesty["key_id"]),
        (&json!("requesty"), &json!("app"), &json!(id))
    );
    let spend = json!({"limit": 20, "spent": 0, "remaining": 20, "resets_at": 1_769_904_000});
    assert_eq!(requesty["spend"], spend);
    let master = make(&server, json!({"access_rights": {}})).await;
    let master = shown(&server, &master).await;
    assert_eq!((&master["any_api"], &master["apis"]), (&json!(true), &json!([])));
}

#[tokio::test]
async fn a_key_is_shown_as_its_policies_make_it_before_its_next_call() {
    let server = TestServer::start().await;
    let plan = |max: i64, more: Value| {
        let mut plan = json!({"quota_max": max, "quota_renewal_rate": 3600, "access_rights": {"test": {}}});
        plan.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        policy("gold", plan)
    };
    put(&server, plan(5, json!({}))).await;
    let token = follower(&server, json!(["gold"])).await;
    assert_eq!(call(&server, &token).await["code"], "ok");
    put(&server, plan(3, json!({"tags": ["planned"]}))).await;
    let key = shown(&server, &token).await;
    assert_eq!(
        (&key["quota"]["limit"], &key["quota"]["remaining"]),
        (&json!(3), &json!(2)),
        "what was used stays used"
    );
    assert_eq!((&key["policies"], &key["tags"]), (&json!(["gold"]), &json!(["planned"])));
    assert_eq!((&key["state"], &key["policies_unmet"]), (&json!("active"), &json!(false)));
    assert_eq!(key["apis"][0]["quota"], key["quota"]);
    put(&server, plan(3, json!({"is_inactive": true}))).await;
    assert_eq!(shown(&server, &token).await["state"], "inactive");
    let _forced = server.admin("DELETE", "/tyk/policies/gold?org_id=default&force=1", ()).await.expect(200);
    let unmet = shown(&server, &token).await;
    assert_eq!(
        (&unmet["policies_unmet"], &call(&server, &token).await["code"]),
        (&json!(true), &json!("policies_unmet"))
    );
}

#[tokio::test]
async fn keys_that_share_their_limits_show_what_is_left_for_all() {
    let server = TestServer::start().await;
    let fields =
        json!({"rate": 0, "quota_max": 4, "quota_renewal_rate": 3600, "meta_data": {"rate_limit_pattern": "team"}});
    let [one, other] = [make(&server, fields.clone()).await, make(&server, fields).await];
    assert_eq!(call(&server, &one).await["code"], "ok");
    for token in [one, other] {
        assert_eq!(shown(&server, &token).await["quota"]["remaining"], 3);
    }
}

#[tokio::test]
async fn a_key_that_does_not_exist_or_no_longer_does_is_404() {
    let server = TestServer::start().await;
    let token = make(&server, json!({})).await;
    let id = id_of(&server, &token).await;
    let _deleted = server.admin("DELETE", &format!("/tyk/keys/{token}"), ()).await.expect(200);
    for id in [id.as_str(), "00000000-0000-8000-8000-000000000000", "verify", "x", &token] {
        let _none = operate(&server, "GET", &format!("/v1/keys/{id}"), ()).await.expect(404);
    }
}

#[tokio::test]
async fn looking_at_a_key_costs_one_read_and_one_more_for_its_policies() {
    let server = TestServer::start().await;
    put(&server, policy("gold", json!({}))).await;
    let [own, planned] = [make(&server, json!({})).await, follower(&server, json!(["gold"])).await];
    for (token, request) in [(own, ""), (planned, "a key with policies")] {
        let path = format!("/v1/keys/{}", id_of(&server, &token).await);
        let _before = calls(&server);
        let _shown = get(&server, &path).await;
        match request {
            "" => assert_cost("gate-get-key", "", &calls(&server)),
            _ => assert_cost("gate-get-key", "a key with policies", &calls(&server)),
        }
    }
}

#[tokio::test]
async fn no_operators_answer_has_a_secret_or_a_token() {
    let server = TestServer::start().await;
    let owned = Owned::register(&server, "olga").await;
    let org = owned.org.as_str();
    let secrets = json!({
        "alias": "Ada", "hmac_enabled": true, "hmac_string": "SECRET-of-hmac", "jwt_data": {"secret": "SECRET-of-jwt"},
        "basic_auth_data": {"password": "SECRET-of-basic", "hash_type": ""}, "oauth_keys": {"client": "SECRET-of-oauth"},
    });
    let mut tokens = vec![
        make_tyk(&server, org, secrets.clone()).await,
        make_tyk(&server, org, json!({})).await,
        owned.make(&server, json!({"name": "of gmi"})).await,
        make_requesty(&server, org, json!({"name": "app"})).await.1,
    ];
    let mut again = latchkey_harness::key(org);
    again.as_object_mut().unwrap().extend(secrets.as_object().unwrap().clone());
    let _replaced = server.admin("PUT", &format!("/tyk/keys/{}", tokens[1]), again).await.expect(200);
    let mut texts = Vec::new();
    let mut see = async |path: String| texts.push(operate(&server, "GET", &path, ()).await.expect(200).text);
    for path in ["/v1/keys".to_owned(), format!("/v1/keys?org={org}"), format!("/v1/audit?org={org}")] {
        see(path).await;
    }
    let keys = all_pages(&server, "/v1/keys", "keys").await;
    assert_eq!(keys.len(), tokens.len());
    for key in keys {
        let id = key["key_id"].as_str().unwrap();
        see(format!("/v1/keys/{id}")).await;
        see(format!("/v1/audit?key_id={id}")).await;
    }
    tokens.extend(["SECRET-of".to_owned(), "$2".to_owned(), latchkey_harness::ADMIN.to_owned(), owned.session.clone()]);
    for text in &texts {
        for secret in &tokens {
            assert!(!text.contains(secret.as_str()), "{secret} is in {text}");
        }
    }
}

#[tokio::test]
async fn only_the_administrator_operates() {
    let server = TestServer::start().await;
    let (id, token) = make_requesty(&server, "acme", json!({"name": "app"})).await;
    for path in ["/v1/keys".to_owned(), format!("/v1/keys/{id}"), "/v1/audit?org=acme".into(), "/v1/keys?x=1".into()] {
        for headers in [&[][..], &[("Authorization", "Bearer wrong")], &[("Authorization", &format!("Bearer {token}"))]]
        {
            let _refused = server.send("GET", &path, headers, ()).await.expect(401);
        }
    }
}
