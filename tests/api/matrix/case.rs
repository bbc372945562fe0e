//! What each function is asked: its sample event, at each of its routes, and a few requests that go further.

use std::fs;

use latchkey_functions::table::FUNCTIONS;
use latchkey_harness::{Reply, TestServer, patient_client, test_secret};
use latchkey_shared::runtime::function::{Function, Serves};
use latchkey_shared::runtime::service::Service;
use latchkey_shared::secrets::Secrets;
use latchkey_shared::settings::{ID_SECRET, Settings};
use latchkey_shared::store::Store;
use serde_json::{Value, json};

use super::world::{World, session};

/// A request of a function.
#[derive(Clone)]
pub(super) struct Case {
    pub(super) name: String,
    function: &'static Function,
    /// The event of an authorizer, or an HTTP API's.
    event: Value,
}

/// The answer, as far as these tests look at it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Answer {
    pub(super) status: u16,
    /// Whether a call was let through.
    pub(super) admitted: bool,
    pub(super) text: String,
}

impl Answer {
    /// Whether it is the one to a store that failed.
    pub(super) fn failed(&self) -> bool {
        self.status >= 500 || self.text.contains("Failed to remove the key")
    }
}

/// Every case of every function.
pub(super) fn cases(world: &World) -> Vec<Case> {
    let mut cases: Vec<_> = FUNCTIONS.into_iter().flat_map(|function| sampled(world, function)).collect();
    cases.extend(further(world));
    cases
}

/// The sample event of a function, sent to each of its routes.
fn sampled(world: &World, function: &'static Function) -> Vec<Case> {
    let file = format!("{}/../events/{}.json", env!("CARGO_MANIFEST_DIR"), function.name);
    let event = world.fill(&fs::read_to_string(&file).unwrap_or_else(|error| panic!("{file}: {error}")));
    let own = Case { name: function.name.to_owned(), function, event: event.clone() };
    if matches!(function.serves, Serves::Authorizations(_)) || function.routes.is_empty() {
        return vec![own];
    }
    let at = |route: &latchkey_shared::runtime::function::Route| {
        let mut event = event.clone();
        let params = event["pathParameters"].as_object().cloned().unwrap_or_default();
        let path = params.iter().fold(route.path.to_owned(), |path, (name, value)| {
            let value = value.as_str().unwrap();
            path.replace(&format!("{{{name}}}"), value).replace(&format!("{{{name}+}}"), value)
        });
        event["rawPath"] = path.into();
        event["requestContext"]["http"]["method"] = route.method.into();
        Case { name: format!("{} at {} {}", function.name, route.method, route.path), function, event }
    };
    function.routes.iter().map(at).collect()
}

/// Requests that take ways on which no sample event goes.
fn further(world: &World) -> Vec<Case> {
    let of = |name: &str| FUNCTIONS.into_iter().find(|function| function.name == name).unwrap();
    let case = |what: &str, name: &str, changes: &[(&str, Value)]| {
        let mut case = sampled(world, of(name)).remove(0);
        for (pointer, value) in changes {
            match case.event.pointer_mut(pointer) {
                Some(place) => *place = value.clone(),
                None => panic!("{name} has no {pointer}"),
            }
        }
        case.name = format!("{name}: {what}");
        case
    };
    let body = |body: Value| ("/body", Value::from(body.to_string()));
    let session = |user: &str| ("/headers/authorization", Value::from(format!("Bearer {}", session(user))));
    let mut moved = latchkey_harness::key("acme");
    (moved["quota_max"], moved["quota_renewal_rate"]) = (100.into(), 3600.into());
    let gone = ("/rawPath", Value::from("/tyk/keys/gone-key"));
    let used = ("/rawPath", Value::from("/tyk/keys/used-key"));
    let query = |query: &str| ("/rawQueryString", Value::from(query));
    let requesty = world.placeholder("MANAGING-KEY");
    let following = json!({"org_id": "plans", "apply_policies": ["followed-policy"]});
    let plan = ("/rawPath", Value::from("/tyk/keys/plan-key"));
    vec![
        case("follows a policy", "tyk-create-key", &[body(following.clone())]),
        case("follows another policy", "tyk-upsert-key", &[plan, body(following)]),
        case("is judged by its plan", "gate-verify", &[body(json!({"key": "plansplan-key", "api": "test"}))]),
        case("deletes a key with a plan", "tyk-delete-key", &[("/rawPath", Value::from("/tyk/keys/plansplan-key"))]),
        case("replaces a plan", "tyk-upsert-policy", &[body(json!({"id": "followed-policy", "org_id": "plans"}))]),
        case(
            "deletes a plan that a key follows",
            "tyk-delete-policy",
            &[("/rawPath", Value::from("/tyk/policies/followed-policy")), query("force=1")],
        ),
        case("puts a key on a plan", "gate-set-policies", &[body(json!({"policies": ["members-policy"]}))]),
        case("lists the followers", "gate-list-keys", &[query("org=plans&policy=followed-policy")]),
        case("moves a key", "tyk-upsert-key", &[body(moved.clone())]),
        case("moves a key that was used", "tyk-upsert-key", &[used, body(moved)]),
        case("revives a key", "tyk-upsert-key", &[gone, body(latchkey_harness::key(""))]),
        case("joins by an invitation", "gmi-get-profile", &[session("invited")]),
        case("has several invitations to choose from", "gmi-get-profile", &[session("invitee")]),
        case("leaves for a new organisation", "gmi-register-org", &[session("user")]),
        case("has none to leave", "gmi-register-org", &[session("nobody")]),
        case(
            "is refused by the organisation",
            "gate-verify",
            &[body(json!({"key": "closedrefused-key", "api": "test"}))],
        ),
        case("of all keys together", "requesty-get-org-usage", &[query("start=2026-01-15T00%3A00%3A00Z")]),
        case("reserves money", "gate-verify", &[body(json!({"key": requesty, "api": "completions", "spend": 2}))]),
        case(
            "reports more",
            "gate-report-usage",
            &[body(json!({"key": requesty, "id": "one", "spend": 2, "requests": 3}))],
        ),
    ]
}

impl Case {
    /// Whether it asks to see something.
    pub(super) fn reads(&self) -> bool {
        self.event.pointer("/requestContext/http/method").is_some_and(|method| method == "GET")
    }

    /// Asks once.
    pub(super) async fn ask(&self, server: &TestServer) -> Answer {
        match self.function.serves {
            Serves::Requests(_) => answer(&self.request(server).await),
            Serves::Authorizations(judge) => {
                let get = |name: &str| (name == ID_SECRET.name).then(|| test_secret('I'));
                let (settings, secrets) =
                    (Settings::read(get).unwrap(), Secrets::read(self.function.secrets, get).unwrap());
                let store = Store::new(patient_client(server.watch.of(self.function)), &settings);
                let service = Service { settings, secrets, store, clock: server.clock.clone() };
                match judge(&service, &self.event).await {
                    Ok(yes) => Answer { status: 200, admitted: yes["isAuthorized"] == true, text: String::new() },
                    Err(error) => Answer { status: 503, admitted: false, text: error.to_string() },
                }
            }
        }
    }

    async fn request(&self, server: &TestServer) -> Reply {
        let text = |pointer: &str| self.event.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
        let path = format!("{}?{}", text("/rawPath"), text("/rawQueryString"));
        let sent = ["authorization", "content-type", "x-organization-id", "x-tyk-authorization"];
        let mut headers = vec![("idempotency-key", "one-and-the-same-request")];
        for (name, value) in self.event["headers"].as_object().unwrap() {
            if sent.contains(&name.as_str()) {
                headers.push((name, value.as_str().unwrap()));
            }
        }
        server.send(text("/requestContext/http/method"), &path, &headers, text("/body")).await
    }
}

fn answer(reply: &Reply) -> Answer {
    let admitted = serde_json::from_str::<Value>(&reply.text).is_ok_and(|body| body["allowed"] == true);
    Answer { status: reply.status, admitted, text: reply.text.clone() }
}
