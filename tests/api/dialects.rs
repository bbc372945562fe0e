//! Three dialects on one store: each manages its own keys only, the gate judges all, and an organisation's limits hold all.

use latchkey_harness::{ADMIN, TestServer, key, session_token};
use latchkey_shared::access::OrgScope;
use latchkey_shared::auth::Admin;
use latchkey_shared::keys::{Dialect, KeyConfig, KeyId};
use latchkey_shared::limits::{BIG, Limits};
use latchkey_shared::orgs::OrgId;
use latchkey_shared::rights::Access;
use latchkey_shared::runtime::request::Request;
use latchkey_shared::secrets::{Secret, Secrets};
use latchkey_shared::settings::{ADMIN_SECRET, Settings};
use latchkey_shared::store::{Change, Counters, NewKey, Store, StoreError, Table};
use serde_json::{Value, json};

/// One organisation with a key of each dialect.
struct World {
    server: TestServer,
    org: String,
    session: String,
    tyk: String,
    gmi: String,
    requesty: String,
}

impl World {
    async fn start() -> Self {
        let server = TestServer::start().await;
        let now = server.clock.now() / 1000;
        let session = session_token(&json!({"sub": "olga", "email": "olga@example.org", "exp": now + 360_000}));
        let org = server.bearer(&session, "POST", "/api/v1/organizations", json!({"name": "Acme"})).await;
        let org = org.expect(201).text_of("id");
        let tyk = server.create_key(&org).await;
        let keys = format!("/api/v1/organizations/{org}/api-keys");
        let gmi = server.bearer(&session, "POST", &keys, json!({"name": "gmi"})).await.expect(201).text_of("key");
        let body = json!({"name": "requesty", "permissions": {"manage": "write", "completions": "write"}});
        let requesty = server.send("POST", "/v1/manage/apikey", &admin(&org), body).await.expect(201);
        let requesty = requesty.text_of("api_key");
        Self { server, org, session, tyk, gmi, requesty }
    }

    /// Each key, and the API that it may call.
    fn keys(&self) -> [(&str, &str); 3] {
        [(&self.tyk, "test"), (&self.gmi, "ie_model"), (&self.requesty, "completions")]
    }

    async fn verify(&self, token: &str, api: &str) -> Value {
        let question = json!({"key": token, "api": api, "method": "GET"});
        self.server.bearer(ADMIN, "POST", "/v1/keys/verify", question).await.expect(200).json()
    }

    async fn id_of(&self, token: &str, api: &str) -> String {
        self.verify(token, api).await["key_id"].as_str().unwrap().to_owned()
    }

    async fn ids(&self) -> [String; 3] {
        let [tyk, gmi, requesty] = self.keys();
        [self.id_of(tyk.0, tyk.1).await, self.id_of(gmi.0, gmi.1).await, self.id_of(requesty.0, requesty.1).await]
    }
}

fn admin(org: &str) -> [(&'static str, &str); 2] {
    [("Authorization", "Bearer admin-secret-of-the-tests"), ("X-Organization-Id", org)]
}

#[tokio::test]
async fn each_dialect_lists_finds_and_deletes_its_own_keys_only() {
    let world = World::start().await;
    let World { server, org, session, tyk, gmi, requesty } = &world;
    let ids = world.ids().await;

    let listed = server.admin("GET", "/tyk/keys", ()).await.expect(200).json();
    assert_eq!(listed, json!({"keys": [tyk]}));
    let keys = format!("/api/v1/organizations/{org}/api-keys");
    let listed = server.bearer(session, "GET", &keys, ()).await.expect(200).json();
    let names: Vec<_> = listed["keys"].as_array().unwrap().iter().map(|key| &key["name"]).collect();
    assert_eq!(names, ["gmi"]);
    let listed = server.bearer(requesty, "GET", "/v1/manage/apikey", ()).await.expect(200).json();
    let names: Vec<_> = listed["keys"].as_array().unwrap().iter().map(|key| &key["name"]).collect();
    assert_eq!(names, ["requesty"]);

    for (own, id) in ids.iter().enumerate() {
        if own != 1 {
            let _gmi = server.bearer(session, "DELETE", &format!("{keys}/{id}"), ()).await.expect(404);
        }
        if own != 2 {
            let path = format!("/v1/manage/apikey/{id}");
            for method in ["GET", "DELETE"] {
                let _requesty = server.bearer(requesty, method, &path, ()).await.expect(404);
            }
        }
    }
    for other in [gmi, requesty] {
        for method in ["GET", "DELETE"] {
            let _tyk = server.admin(method, &format!("/tyk/keys/{other}"), ()).await.expect(404);
        }
    }
    for (token, api) in world.keys() {
        assert_eq!(world.verify(token, api).await["code"], "ok", "{api}: it is there still");
    }
}

#[tokio::test]
async fn a_key_of_one_dialect_is_no_credential_of_another() {
    let world = World::start().await;
    let keys = format!("/api/v1/organizations/{}/api-keys", world.org);
    for token in [&world.tyk, &world.gmi, &world.requesty] {
        let _no_session = world.server.bearer(token, "GET", &keys, ()).await.expect(401);
        let _no_admin = world.server.bearer(token, "GET", "/v1/usage?org=", ()).await.expect(401);
    }
    for token in [&world.tyk, &world.gmi, &world.session] {
        let _no_key = world.server.bearer(token, "GET", "/v1/manage/apikey", ()).await.expect(403);
    }
    for token in [&world.tyk, &world.requesty, &world.session] {
        let _no_key = world.server.bearer(token, "GET", "/api/v1/me/api-keys/current", ()).await.expect(401);
    }
}

#[tokio::test]
async fn the_gate_lets_each_key_call_the_api_of_its_dialect_and_no_other() {
    let world = World::start().await;
    for (token, own) in world.keys() {
        for api in ["test", "ie_model", "ce_resource", "completions"] {
            let code = world.verify(token, api).await["code"].clone();
            assert_eq!(code, if api == own { "ok" } else { "api_not_allowed" }, "{own}: {api}");
        }
    }
}

#[tokio::test]
async fn the_limits_of_an_organisation_hold_the_keys_of_all_dialects_together() {
    let world = World::start().await;
    let limits = json!({"quota_max": 4, "quota_renewal_rate": 3600});
    let _limited = world.server.admin("POST", &format!("/tyk/org/keys/{}", world.org), limits).await.expect(200);
    let mut codes = Vec::new();
    for (token, api) in world.keys().into_iter().chain(world.keys()) {
        codes.push(world.verify(token, api).await["code"].clone());
    }
    assert_eq!(codes, ["ok", "ok", "ok", "ok", "org_quota_exceeded", "org_quota_exceeded"]);
}

#[tokio::test]
async fn use_is_told_of_all_dialects_by_the_gate_and_of_its_own_by_requesty() {
    let world = World::start().await;
    let used = async || {
        let all = format!("/v1/usage?org={}", world.org);
        let all = world.server.bearer(ADMIN, "GET", &all, ()).await.expect(200).json()["total"]["requests"].clone();
        let own = "/v1/manage/org/usage?start=2026-01-01T00:00:00Z&end=2026-02-01T00:00:00Z&resolution=month";
        let own = world.server.bearer(&world.requesty, "GET", own, ()).await.expect(200).json();
        (all, own["usage"]["2026-01-01T00:00:00Z"]["total_requests"].clone())
    };
    for (token, api) in world.keys() {
        assert_eq!(world.verify(token, api).await["code"], "ok");
    }
    assert_eq!(used().await, (json!(3), json!(1)));
}

#[tokio::test]
async fn every_change_of_every_dialect_is_recorded_with_who_made_it() {
    let world = World::start().await;
    let id = world.id_of(&world.requesty, "completions").await;
    let made = world.server.bearer(&world.requesty, "POST", "/v1/manage/apikey", json!({"name": "by a key"})).await;
    let _made = made.expect(201);
    let records = world.server.items(Table::Audit).await;
    let text = |name: &str, record: &std::collections::HashMap<_, _>| {
        let value: &aws_sdk_dynamodb::types::AttributeValue = &record[name];
        value.as_s().unwrap().clone()
    };
    let mut made: Vec<_> = records.iter().map(|record| (text("what", record), text("who", record))).collect();
    made.retain(|(what, _)| what == "key.create");
    made.sort_unstable();
    let who = ["key:".to_owned() + &id, "requesty-admin".into(), "tyk-admin".into(), "user:olga".into()];
    assert_eq!(made.into_iter().map(|(_, who)| who).collect::<Vec<_>>(), who);
}

#[tokio::test]
async fn a_name_that_looks_like_a_token_of_another_dialect_makes_no_key() {
    let world = World::start().await;
    for token in [&world.gmi, &world.requesty] {
        let _refused = world.server.admin("POST", &format!("/tyk/keys/{token}"), key("")).await.expect(400);
    }
}

/// A key that may do nothing, of no organisation.
fn powerless(scope: &OrgScope) -> NewKey {
    let config = KeyConfig {
        inactive: true,
        policies: Vec::new(),
        usable_until: BIG,
        kept_until: None,
        any_api: false,
        access: Access::default(),
        limits: Limits::default(),
        document: serde_json::Map::new(),
        secrets: None,
    };
    NewKey::of(scope, config, None)
}

#[tokio::test]
async fn the_store_puts_no_key_where_another_dialect_has_or_had_one() {
    let World { server, requesty, .. } = World::start().await;
    let secrets =
        Secrets::read(&[Secret::Admin], |name| (name == ADMIN_SECRET.name).then(|| ADMIN.to_owned())).unwrap();
    let mut request = Request::new(http::Method::PUT, "/".into(), Ok(bytes::Bytes::new()), "test".into());
    request.headers.insert("authorization", format!("Bearer {ADMIN}").parse().unwrap());
    let scope = Admin::from_bearer(&secrets, &request).ok().unwrap().everywhere(Dialect::Tyk, &request);
    let store = Store::new(server.client.clone(), &Settings::read(|_| None).unwrap());
    let verify = json!({"key": requesty, "api": "completions", "method": "GET"});
    let known = server.bearer(ADMIN, "POST", "/v1/keys/verify", verify).await.expect(200).json();
    let id = KeyId::parse(known["key_id"].as_str().unwrap()).unwrap();
    for deleted in [false, true] {
        if deleted {
            let path = format!("/v1/manage/apikey/{id}");
            let _deleted = server.bearer(&requesty, "DELETE", &path, ()).await.expect(200);
        }
        let before = server.everything().await;
        let put = |_: Option<&_>| {
            Ok::<_, StoreError>(Change::Put(Box::new(powerless(&scope.within(&OrgId::default()))), Counters::Reset))
        };
        let refused = store.change(&scope, &[id.into()], server.clock.now(), put).await;
        assert!(matches!(refused, Err(StoreError::Foreign)), "{refused:?}");
        assert_eq!(server.everything().await, before);
    }
}
