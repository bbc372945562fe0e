//! The sample events for `make invoke` and `sam local invoke`.

use std::fs;
use std::path::PathBuf;

use latchkey_functions::table::FUNCTIONS;
use latchkey_harness::{ADMIN, key, session_token};
use latchkey_shared::runtime::function::{Function, Serves};
use serde_json::{Value, json};

use crate::cloud::Cloud;
use crate::event::Event;

fn folder() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../events"))
}

fn sample(name: &str) -> String {
    fs::read_to_string(folder().join(format!("{name}.json"))).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// What the placeholders of Requesty keys stand for: a managing key, and the ids of two keys that it manages.
async fn managed_key(cloud: &Cloud) -> [(&'static str, String); 3] {
    let body = json!({"name": "first", "permissions": {"manage": "write", "completions": "write"}});
    let create = || Event::admin("POST /v1/manage/apikey").organization("acme").bearer(ADMIN).json(&body);
    let mut function = cloud.function("requesty-create-key").await;
    let mut made = Vec::new();
    for _ in 0..3 {
        made.push(function.call(&create()).await.expect(201));
    }
    let token = made[0].text_of("api_key");
    cloud.keep_secret(&token);
    let [managed, spare] = [1, 2].map(|at: usize| made[at].text_of("api_key_id"));
    [("MANAGING-KEY", token), ("SAMPLE-KEY-UUID", managed), ("SPARE-KEY-UUID", spare)]
}

/// What the placeholders in the events of the GMI dialect stand for.
struct Members {
    placeholders: Vec<(&'static str, String)>,
    stranger: String,
}

impl Members {
    /// An organisation of an owner and a user, with a key.
    async fn start(cloud: &Cloud) -> Self {
        let token = |user: &str| {
            let claims = json!({
                "userId": user, "email": format!("{user}@example.org"), "email_verified": true, "exp": 9_999_999_999_i64,
            });
            let token = session_token(&claims);
            cloud.keep_secret(&token);
            token
        };
        let [owner, user, stranger, invitee] = ["owner", "user", "stranger", "invitee"].map(token);
        let ask = async |function: &str, event: Event| cloud.function(function).await.call(&event).await;
        let register = Event::admin("POST /api/v1/organizations").bearer(&owner).json(&json!({"name": "Acme"}));
        let org = ask("gmi-register-org", register).await.expect(201).text_of("id");
        let invite = Event::admin("POST /api/v1/organizations/{orgId}/invitations/email").param("orgId", &org);
        let invitees = json!({"invitees": [{"email": "user@example.org", "role": "org_user"}]});
        let _invited = ask("gmi-invite-users", invite.bearer(&owner).json(&invitees)).await.expect(200);
        let profile = Event::admin("GET /api/v1/me/profile").bearer(&user);
        let _joined = ask("gmi-get-profile", profile).await.expect(200);
        let create = Event::admin("POST /api/v1/organizations/{orgId}/api-keys").param("orgId", &org);
        let create = create.bearer(&owner).json(&json!({"name": "a key"}));
        let key = ask("gmi-create-key", create).await.expect(201).text_of("key");
        cloud.keep_secret(&key);
        let current = Event::admin("GET /api/v1/me/api-keys/current").bearer(&key);
        let current = ask("gmi-verify-key", current).await.expect(200).json();
        let id = current["key"]["id"].as_str().unwrap().to_owned();
        let [wanted, unwanted] = invitations(cloud, [&owner, &token("rival")], &invitee, &org).await;
        let placeholders = [
            ("INVITEE-TOKEN", invitee),
            ("INVITATION-ID", wanted),
            ("UNWANTED-ID", unwanted),
            ("SESSION-TOKEN", owner),
            ("API-KEY", key),
            ("ORG-ID", org),
            ("KEY-ID", id),
            ("USER-ID", "user".to_owned()),
        ];
        Self { placeholders: placeholders.into(), stranger }
    }

    /// The event of this function with what its placeholders stand for.
    fn fill(&self, function: &str, event: &str) -> String {
        // The owner of an organisation with members cannot leave it for a new one.
        let event =
            if function == "gmi-register-org" { event.replace("SESSION-TOKEN", &self.stranger) } else { event.into() };
        self.placeholders.iter().fold(event, |event, (placeholder, with)| event.replace(placeholder, with))
    }
}

/// Two organisations invite somebody: the invitations' ids.
async fn invitations(cloud: &Cloud, [owner, rival]: [&str; 2], invitee: &str, org: &str) -> [String; 2] {
    let ask = async |function: &str, event: Event| cloud.function(function).await.call(&event).await;
    let register = Event::admin("POST /api/v1/organizations").bearer(rival).json(&json!({"name": "Rival"}));
    let rivals = ask("gmi-register-org", register).await.expect(201).text_of("id");
    for (by, org) in [(owner, org), (rival, &rivals)] {
        let invite = Event::admin("POST /api/v1/organizations/{orgId}/invitations/email").param("orgId", org);
        let invitees = json!({"invitees": [{"email": "invitee@example.org", "role": "org_user"}]});
        let _invited = ask("gmi-invite-users", invite.bearer(by).json(&invitees)).await.expect(200);
    }
    let profile = ask("gmi-get-profile", Event::admin("GET /api/v1/me/profile").bearer(invitee)).await.expect(200);
    [0, 1].map(|at| profile.json()["invitations"][at]["id"].as_str().unwrap().to_owned())
}

#[tokio::test]
async fn a_user_whose_id_has_a_slash_can_be_managed_in_the_cloud() {
    let cloud = Cloud::start().await;
    let ask = async |function: &str, event: Event| cloud.function(function).await.call(&event).await;
    let [owner, user] = ["owner", "provider/user"].map(|id| {
        session_token(
            &json!({"userId": id, "email": "u@example.org", "email_verified": true, "exp": 9_999_999_999_i64}),
        )
    });
    let register = Event::admin("POST /api/v1/organizations").bearer(&owner).json(&json!({"name": "Acme"}));
    let org = ask("gmi-register-org", register).await.expect(201).text_of("id");
    let invite = Event::admin("POST /api/v1/organizations/{orgId}/invitations/email").param("orgId", &org);
    let invitees = json!({"invitees": [{"email": "u@example.org", "role": "org_user"}]});
    let _invited = ask("gmi-invite-users", invite.bearer(&owner).json(&invitees)).await.expect(200);
    let _joined = ask("gmi-get-profile", Event::admin("GET /api/v1/me/profile").bearer(&user)).await.expect(200);
    let at = |route| Event::admin(route).param("orgId", &org).param("userId", "provider/user").bearer(&owner);
    let promote = at("PUT /api/v1/organizations/{orgId}/users/{userId+}").json(&json!({"role": "org_admin"}));
    let _promoted = ask("gmi-set-role", promote).await.expect(200);
    let _removed = ask("gmi-remove-user", at("DELETE /api/v1/organizations/{orgId}/users/{userId+}")).await.expect(200);
}

/// Each function with an event that does what it is for; those that delete come last, so that the others find something.
pub(crate) async fn samples(cloud: &Cloud) -> Vec<(&'static Function, Value)> {
    let mut upsert = cloud.function("tyk-upsert-key").await;
    let make = Event::admin("POST /tyk/keys/{keyName}").param("keyName", "sample-key").json(&key(""));
    let _made = upsert.call(&make).await.expect(200);
    let placeholders = managed_key(cloud).await;
    let members = Members::start(cloud).await;
    let (last, first): (Vec<_>, Vec<_>) =
        FUNCTIONS.into_iter().partition(|function: &&Function| function.name.contains("delete"));
    let filled = first.into_iter().chain(last).map(|function| {
        let event = placeholders.iter().fold(sample(function.name), |event, (name, with)| event.replace(name, with));
        let event = members.fill(function.name, &event.replace("REPLACE-ME", ADMIN));
        (function, serde_json::from_str(&event).unwrap())
    });
    filled.collect()
}

#[tokio::test]
async fn each_sample_event_does_what_its_function_is_for() {
    let cloud = Cloud::start().await;
    for (function, event) in samples(&cloud).await {
        if matches!(function.serves, Serves::Authorizations(_)) {
            let answer = cloud.function(function.name).await.ask(event).await.unwrap();
            assert_eq!(answer["isAuthorized"], true, "{answer}");
            continue;
        }
        let reply = cloud.function(function.name).await.call_json(event).await;
        let expected = match function.name {
            "unrouted" => 404,
            "gmi-create-key" | "gmi-register-org" | "requesty-create-key" => 201,
            "requesty-set-limit" | "requesty-set-labels" | "requesty-set-expiry" => 204,
            _ => 200,
        };
        assert_eq!(reply.status, expected, "{}: {}", function.name, reply.text);
    }
}
