//! The actors of these tests: users with session tokens, and an organisation with one of each role.

use latchkey_harness::{Body, Reply, TestServer, session_token};
use serde_json::{Value, json};
use uuid::Uuid;

/// Begins every path.
pub(super) const API: &str = "/api/v1";
/// Where invitations are taken.
pub(super) const PROFILE: &str = "/api/v1/me/profile";
/// Where a key's holder asks about it.
pub(super) const CURRENT: &str = "/api/v1/me/api-keys/current";

/// Somebody whom the identity provider vouches for.
#[derive(Clone, Debug)]
pub(super) struct User {
    pub(super) id: String,
    pub(super) name: String,
}

impl User {
    pub(super) fn new(name: &str) -> Self {
        Self { id: Uuid::new_v4().to_string(), name: name.to_owned() }
    }

    pub(super) fn email(&self) -> String {
        format!("{}@example.org", self.name.to_lowercase())
    }

    /// What a token of this moment says.
    pub(super) fn claims(&self, server: &TestServer) -> Value {
        let now = server.clock.now() / 1000;
        json!({
            "userId": self.id, "sub": self.id, "email": self.email(), "email_verified": true,
            "firstName": self.name, "lastName": "Tester", "iat": now, "exp": now + 3600,
        })
    }

    pub(super) fn token(&self, server: &TestServer) -> String {
        session_token(&self.claims(server))
    }

    pub(super) async fn ask(&self, server: &TestServer, method: &str, path: &str, body: impl Into<Body>) -> Reply {
        server.bearer(&self.token(server), method, path, body).await
    }

    /// Makes an organisation; its id.
    pub(super) async fn register(&self, server: &TestServer) -> String {
        let reply = self.ask(server, "POST", "/api/v1/organizations", json!({"name": "Acme"})).await;
        reply.expect(201).text_of("id")
    }

    /// Shows the profile.
    pub(super) async fn profile(&self, server: &TestServer) -> Value {
        self.ask(server, "GET", PROFILE, ()).await.expect(200).json()
    }
}

/// An organisation with one of each role and a second user.
pub(super) struct Org {
    pub(super) id: String,
    pub(super) owner: User,
    pub(super) admin: User,
    pub(super) user: User,
    pub(super) other_user: User,
}

impl Org {
    /// Registers it and fills it by invitations.
    pub(super) async fn start(server: &TestServer) -> Self {
        let [owner, admin, user, other_user] = ["Olga", "Adam", "Ursula", "Ulf"].map(User::new);
        let org = Self { id: owner.register(server).await, owner, admin, user, other_user };
        org.invite(server, &org.admin, "org_admin").await;
        for user in [&org.user, &org.other_user] {
            org.invite(server, user, "org_user").await;
        }
        org
    }

    /// Invites somebody, who takes it.
    pub(super) async fn invite(&self, server: &TestServer, user: &User, role: &str) {
        let body = json!({"invitees": [{"email": user.email(), "role": role}]});
        let _invited = self.owner.ask(server, "POST", &self.invitations(), body).await.expect(200);
        assert_eq!(user.profile(server).await["organization"], json!({"id": self.id, "role": role}));
    }

    pub(super) fn keys(&self) -> String {
        format!("{API}/organizations/{}/api-keys", self.id)
    }

    pub(super) fn key(&self, id: &str) -> String {
        format!("{}/{id}", self.keys())
    }

    pub(super) fn users(&self) -> String {
        format!("{API}/organizations/{}/users", self.id)
    }

    pub(super) fn member(&self, user: &User) -> String {
        format!("{}/{}", self.users(), user.id)
    }

    pub(super) fn invitations(&self) -> String {
        format!("{API}/organizations/{}/invitations/email", self.id)
    }

    /// A key that `by` makes: its id and its token.
    pub(super) async fn create(&self, server: &TestServer, by: &User) -> (String, String) {
        self.create_as(server, by, json!({"name": "a key"})).await
    }

    /// A key of this body that `by` makes: its id and its token.
    pub(super) async fn create_as(&self, server: &TestServer, by: &User, body: Value) -> (String, String) {
        let token = by.ask(server, "POST", &self.keys(), body).await.expect(201).text_of("key");
        let current = server.bearer(&token, "GET", CURRENT, ()).await.expect(200).json();
        (current["key"]["id"].as_str().unwrap().to_owned(), token)
    }

    /// The keys that `by` sees.
    pub(super) async fn list(&self, server: &TestServer, by: &User) -> Vec<Value> {
        let list = by.ask(server, "GET", &self.keys(), ()).await.expect(200).json();
        list["keys"].as_array().unwrap().clone()
    }

    /// The ids of the keys that `by` sees, in byte order.
    pub(super) async fn ids(&self, server: &TestServer, by: &User) -> Vec<String> {
        let keys = self.list(server, by).await;
        let mut ids: Vec<_> = keys.iter().map(|key| key["id"].as_str().unwrap().to_owned()).collect();
        ids.sort();
        ids
    }

    /// The members' roles by their first names, as the owner sees them.
    pub(super) async fn roles(&self, server: &TestServer) -> Vec<String> {
        let users = self.owner.ask(server, "GET", &self.users(), ()).await.expect(200).json();
        let users = users["users"].as_array().unwrap().iter();
        let mut roles: Vec<_> =
            users.map(|user| format!("{} {}", text(user, "firstName"), text(user, "orgRole"))).collect();
        roles.sort();
        roles
    }
}

pub(super) fn text(object: &Value, name: &str) -> String {
    object[name].as_str().unwrap().to_owned()
}

/// The request was refused with exactly this status, group and code, in the dialect's envelope.
#[track_caller]
pub(super) fn assert_refused(reply: &Reply, status: u16, group: &str, code: i64) {
    let body = reply.json();
    assert_eq!((reply.status, &body["group"], &body["code"]), (status, &group.into(), &code.into()), "{}", reply.text);
    assert_eq!(reply.header("content-type"), "application/json");
    let known = ["group", "code", "message", "traces", "validationDetail"];
    assert!(body.as_object().unwrap().keys().all(|name| known.contains(&name.as_str())), "{body}");
    assert!(!body.as_object().unwrap().values().any(Value::is_null), "{body}");
}

/// The request was refused for these faults: field, expression, argument and original value.
#[track_caller]
pub(super) fn assert_faults(reply: &Reply, faults: &[(&str, &str, Option<&str>, Option<Value>)]) {
    assert_refused(reply, 400, "request", 0);
    let body = reply.json();
    assert!(body.get("message").is_none(), "{body}");
    let told = body["validationDetail"].as_array().unwrap_or_else(|| panic!("no detail: {body}"));
    let told: Vec<_> = told
        .iter()
        .map(|fault| {
            assert!(fault["reason"].as_str().is_some_and(|reason| !reason.is_empty()), "{fault}");
            let text = |name: &str| fault[name].as_str();
            (text("field").unwrap(), text("expression").unwrap(), text("argument"), fault.get("originalValue").cloned())
        })
        .collect();
    assert_eq!(told, faults, "{body}");
}

/// A server, and an organisation on it.
pub(super) async fn start() -> (TestServer, Org) {
    let server = TestServer::start().await;
    let org = Org::start(&server).await;
    (server, org)
}
