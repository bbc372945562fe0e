//! A store in which every function finds something to work on, made once and copied for each case.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use dynoxide::Database;
use latchkey::embedded::Embedded;
use latchkey_harness::{ADMIN, TestServer, key, session_token};
use latchkey_shared::clock::Clock;
use latchkey_shared::store::Table;
use serde_json::{Value, json};

type Item = HashMap<String, AttributeValue>;

/// What every clock of these tests says.
const NOW: i64 = 1_768_478_400_000;

/// The items of all tables, and what the placeholders in sample events stand for.
pub(super) struct World {
    items: Vec<(Table, Item)>,
    placeholders: Vec<(&'static str, String)>,
}

/// Policies that nobody names, that a key names, and that members' keys could name. The key's limits in the store follow
/// from its policy as it was before.
async fn plans(server: &TestServer, placeholders: &[(&'static str, String)]) {
    let org = &placeholders.iter().find(|(name, _)| *name == "ORG-ID").unwrap().1;
    let put = async |id: &str, org: &str, max: i64| {
        let policy = json!({"id": id, "org_id": org, "quota_max": max, "quota_renewal_rate": 3600,
                            "access_rights": {"test": {}, "ie_model": {}}});
        let _put = server.admin("POST", "/tyk/policies", policy).await.expect(200);
    };
    put("sample-policy", "default", 100).await;
    put("members-policy", org, 100).await;
    put("followed-policy", "plans", 100).await;
    let named = json!({"org_id": "plans", "apply_policies": ["followed-policy"]});
    let _made = server.admin("POST", "/tyk/keys/plan-key", named).await.expect(200);
    put("followed-policy", "plans", 90).await;
}

impl World {
    /// Makes a key of each dialect, an organisation with members and an invitation, and limits of an organisation. Some
    /// keys were used an hour ago.
    pub(super) async fn make() -> Self {
        let server = TestServer::start().await;
        let mut limited = key("");
        (limited["quota_max"], limited["quota_renewal_rate"]) = (100.into(), 3600.into());
        let _made = server.admin("POST", "/tyk/keys/sample-key", limited).await.expect(200);
        let gone = server.admin("POST", "/tyk/keys/gone-key", key("")).await.expect(200);
        let _gone = server.admin("DELETE", &format!("/tyk/keys/{}", gone.text_of("key")), ()).await.expect(200);
        for org in ["default", "acme"] {
            let limits = json!({"quota_max": 50, "quota_renewal_rate": 3600});
            let _made = server.admin("POST", &format!("/tyk/org/keys/{org}"), limits).await.expect(200);
        }
        let mut refused = key("closed");
        (refused["quota_max"], refused["quota_renewal_rate"]) = (100.into(), 3600.into());
        let _made = server.admin("POST", "/tyk/keys/refused-key", refused).await.expect(200);
        let closed = json!({"is_inactive": true});
        let _made = server.admin("POST", "/tyk/org/keys/closed", closed).await.expect(200);
        let mut placeholders = vec![("REPLACE-ME", ADMIN.to_owned())];
        placeholders.extend(managed_key(&server).await);
        placeholders.extend(members(&server).await);
        plans(&server, &placeholders).await;
        use_keys(&server, &placeholders).await;
        let mut items = Vec::new();
        for table in Table::ALL {
            items.extend(server.items(table).await.into_iter().map(|item| (table, item)));
        }
        Self { items, placeholders }
    }

    /// A server on a copy.
    pub(super) async fn server(&self) -> TestServer {
        let database = Embedded::new(Database::memory().unwrap());
        let server = TestServer::on(database, Clock::manual(NOW), &[]).await;
        for (table, item) in &self.items {
            let put = server.client.put_item().table_name(table.full_name(&server.prefix));
            let _put = put.set_item(Some(item.clone())).send().await.unwrap();
        }
        server
    }

    /// `event` with what its placeholders stand for.
    pub(super) fn fill(&self, event: &str) -> Value {
        let filled = self.placeholders.iter().fold(event.to_owned(), |event, (name, with)| event.replace(name, with));
        serde_json::from_str(&filled).unwrap()
    }

    /// What a placeholder stands for.
    pub(super) fn placeholder(&self, name: &str) -> &str {
        &self.placeholders.iter().find(|(of, _)| *of == name).unwrap().1
    }
}

/// Uses a key of the Tyk dialect, and one of the Requesty dialect.
async fn use_keys(server: &TestServer, placeholders: &[(&'static str, String)]) {
    let used = server.admin("POST", "/tyk/keys/used-key", key("")).await.expect(200).text_of("key");
    let managing = &placeholders.iter().find(|(name, _)| *name == "MANAGING-KEY").unwrap().1;
    server.clock.advance(-60 * 60 * 1000);
    for (key, api) in [(used.as_str(), "test"), (managing.as_str(), "completions")] {
        let question = json!({"key": key, "api": api, "method": "POST"});
        let admitted = server.bearer(ADMIN, "POST", "/v1/keys/verify", question).await.expect(200).json();
        assert_eq!(admitted["allowed"], true, "{admitted}");
    }
    server.clock.advance(60 * 60 * 1000);
}

async fn managed_key(server: &TestServer) -> [(&'static str, String); 3] {
    let bearer = format!("Bearer {ADMIN}");
    let headers = [("authorization", bearer.as_str()), ("x-organization-id", "acme")];
    let body = json!({"name": "first", "permissions": {"manage": "write", "completions": "write"}});
    let create = async || server.send("POST", "/v1/manage/apikey", &headers, &body).await.expect(201);
    let [managing, managed, spare] = [create().await, create().await, create().await];
    let id = |reply: &latchkey_harness::Reply| reply.text_of("api_key_id");
    [("MANAGING-KEY", managing.text_of("api_key")), ("SAMPLE-KEY-UUID", id(&managed)), ("SPARE-KEY-UUID", id(&spare))]
}

/// A session token of a user with an e-mail address of their own.
pub(super) fn session(user: &str) -> String {
    let claims = json!({
        "userId": user, "email": format!("{user}@example.org"), "email_verified": true, "exp": 9_999_999_999_i64,
    });
    session_token(&claims)
}

async fn members(server: &TestServer) -> Vec<(&'static str, String)> {
    let owner = session("owner");
    let register = server.bearer(&owner, "POST", "/api/v1/organizations", json!({"name": "Acme"})).await;
    let org = register.expect(201).text_of("id");
    let invitations = format!("/api/v1/organizations/{org}/invitations/email");
    for user in ["user", "invited"] {
        let invitees = json!({"invitees": [{"email": format!("{user}@example.org"), "role": "org_user"}]});
        let _invited = server.bearer(&owner, "POST", &invitations, invitees).await.expect(200);
    }
    let _joined = server.bearer(&session("user"), "GET", "/api/v1/me/profile", ()).await.expect(200);
    let keys = format!("/api/v1/organizations/{org}/api-keys");
    let token = server.bearer(&owner, "POST", &keys, json!({"name": "a key"})).await.expect(201).text_of("key");
    let current = server.bearer(&token, "GET", "/api/v1/me/api-keys/current", ()).await.expect(200).json();
    let id = current["key"]["id"].as_str().unwrap().to_owned();
    let mut placeholders = invitee(server, &owner, &invitations).await;
    placeholders.extend([("SESSION-TOKEN", owner), ("API-KEY", token), ("ORG-ID", org), ("KEY-ID", id)]);
    placeholders.push(("USER-ID", "user".to_owned()));
    placeholders
}

/// Somebody whom two organisations invite.
async fn invitee(server: &TestServer, owner: &str, invitations: &str) -> Vec<(&'static str, String)> {
    let rival = session("rival");
    let register = server.bearer(&rival, "POST", "/api/v1/organizations", json!({"name": "Rival"})).await;
    let rivals = format!("/api/v1/organizations/{}/invitations/email", register.expect(201).text_of("id"));
    let invitees = json!({"invitees": [{"email": "invitee@example.org", "role": "org_user"}]});
    for (by, path) in [(owner, invitations), (rival.as_str(), rivals.as_str())] {
        let _invited = server.bearer(by, "POST", path, &invitees).await.expect(200);
    }
    let invitee = session("invitee");
    let profile = server.bearer(&invitee, "GET", "/api/v1/me/profile", ()).await.expect(200).json();
    let id = |at: usize| profile["invitations"][at]["id"].as_str().unwrap().to_owned();
    vec![("INVITEE-TOKEN", invitee), ("INVITATION-ID", id(0)), ("UNWANTED-ID", id(1))]
}
