//! Plans in several processes of the built server on one store.

use std::process::Stdio;

use futures_util::future::join_all;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::process::Child;

use crate::dynamodb::{dynamodb, server_at};
use crate::process::Process;

const CALLERS: usize = 32;

/// Three servers with the same secrets on one DynamoDB.
struct Servers {
    all: Vec<Process>,
    _store: Child,
    _folders: Vec<TempDir>,
}

impl Servers {
    async fn start() -> Self {
        let (store, endpoint) = dynamodb(&["--memory"]).await;
        let folders: Vec<_> = (0..3).map(|_| tempfile::tempdir().unwrap()).collect();
        let mut all = vec![Process::spawn(server_at(&endpoint, folders[0].path())).await];
        for folder in &folders[1..] {
            for file in ["admin-secret", "id-secret", "seal-secrets"] {
                std::fs::copy(folders[0].path().join(file), folder.path().join(file)).unwrap();
            }
            let mut command = server_at(&endpoint, folder.path());
            command.stdin(Stdio::null());
            all.push(Process::spawn(command).await);
        }
        Self { all, _store: store, _folders: folders }
    }

    async fn put(&self, server: usize, fields: Value) {
        let mut policy = json!({"id": "gold", "org_id": "acme", "rate": -1, "per": 1, "access_rights": {"orders": {}}});
        policy.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        let _put = self.all[server].admin("POST", "/tyk/policies", policy).await.expect(200);
    }

    /// Lets every caller call so often, each at one of the servers: the codes of the answers.
    async fn calls(&self, token: &str, count: usize) -> Vec<String> {
        let callers = (0..CALLERS).map(async |caller| {
            let (server, mut codes) = (&self.all[caller % self.all.len()], Vec::new());
            for _ in 0..count {
                let question = json!({"key": token, "api": "orders"});
                let reply = server.bearer("POST", "/v1/keys/verify", &server.secret, question).await;
                codes.push(match reply.status {
                    200 => reply.json()["code"].as_str().unwrap().to_owned(),
                    503 => "undecided".to_owned(),
                    _ => panic!("{reply:?}"),
                });
            }
            codes
        });
        join_all(callers).await.concat()
    }
}

fn admitted(codes: &[String]) -> usize {
    codes.iter().filter(|code| *code == "ok").count()
}

#[tokio::test(flavor = "multi_thread")]
async fn after_an_edits_answer_no_process_admits_a_call_beyond_the_new_limit() {
    let servers = Servers::start().await;
    let quota = |max: usize| json!({"quota_max": max, "quota_renewal_rate": 3600});
    servers.put(0, quota(100_000)).await;
    let key = json!({"org_id": "acme", "apply_policies": ["gold"]});
    let token = servers.all[1].admin("POST", "/tyk/keys/create", key).await.expect(200).text_of("key");
    let mut used = admitted(&servers.calls(&token, 3).await);
    for round in 0..3 {
        // Calls while the limit is lowered and raised.
        let edits = async {
            for max in [used + 40, used + 5, used + 100_000] {
                servers.put(round, quota(max)).await;
            }
        };
        let (during, ()) = tokio::join!(servers.calls(&token, 4), edits);
        used += admitted(&during);
        servers.put(round, quota(used + 7)).await;
        let codes = servers.calls(&token, 2).await;
        assert_eq!(admitted(&codes), 7, "round {round}");
        used += 7;
        servers.put((round + 1) % 3, quota(used)).await;
        assert_eq!(admitted(&servers.calls(&token, 1).await), 0, "round {round}");
        servers.put(0, quota(100_000)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_policy_that_is_switched_off_refuses_at_once_in_every_process() {
    let servers = Servers::start().await;
    servers.put(0, json!({})).await;
    let key = json!({"org_id": "acme", "apply_policies": ["gold"]});
    let token = servers.all[0].admin("POST", "/tyk/keys/create", key).await.expect(200).text_of("key");
    for round in 0..3 {
        let switch = servers.put(round, json!({"is_inactive": true}));
        let ((), _during) = tokio::join!(switch, servers.calls(&token, 3));
        let codes = servers.calls(&token, 2).await;
        assert!(codes.iter().all(|code| code == "inactive"), "{codes:?}");
        servers.put((round + 1) % 3, json!({"is_inactive": false})).await;
        let codes = servers.calls(&token, 1).await;
        assert!(codes.iter().all(|code| code == "ok"), "{codes:?}");
    }
}
