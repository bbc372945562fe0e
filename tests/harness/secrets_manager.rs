//! A stub of AWS Secrets Manager on a loopback port: a test puts versions of secrets into it, and sees which are read.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use latchkey_shared::secrets::Secret;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::server::{ADMIN, test_secret};
use crate::session::SESSION_SECRET;

/// The stub, with a secret for each that functions declare.
#[derive(Clone)]
pub struct SecretsManager {
    /// Where it is.
    pub endpoint: String,
    state: Arc<Mutex<Secrets>>,
}

#[derive(Default)]
struct Secrets {
    /// By ARN: the number of the version, and its text.
    versions: HashMap<String, (usize, String)>,
    reads: Vec<Secret>,
    fails: bool,
}

/// The ARN of a secret.
#[must_use]
pub fn arn(secret: Secret) -> String {
    format!("arn:aws:secretsmanager:eu-west-1:123456789012:secret:{secret:?}-AbCdEf")
}

impl SecretsManager {
    /// Starts one with the secrets of the tests, as the template generates them: the seal secret has no name.
    ///
    /// # Panics
    /// When there is no port to be had.
    pub async fn start() -> Self {
        let state: Arc<Mutex<Secrets>> = Arc::default();
        let app = axum::Router::new().fallback(answer).with_state(state.clone());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, app).await });
        let manager = Self { endpoint, state };
        manager.put(Secret::Admin, ADMIN);
        manager.put(Secret::Id, &test_secret('I'));
        manager.put(Secret::Seal, &test_secret('S'));
        manager.put(Secret::Session, SESSION_SECRET);
        manager
    }

    /// Puts a new version of a secret.
    ///
    /// # Panics
    /// When the stub has failed.
    pub fn put(&self, secret: Secret, text: &str) {
        let mut state = self.lock();
        let version = state.versions.get(&arn(secret)).map_or(1, |(before, _)| before + 1);
        state.versions.insert(arn(secret), (version, text.to_owned()));
    }

    /// From now on every read fails, or none does.
    ///
    /// # Panics
    /// When the stub has failed.
    pub fn fail(&self, fails: bool) {
        self.lock().fails = fails;
    }

    /// What was read since this was last called.
    ///
    /// # Panics
    /// When the stub has failed.
    #[must_use]
    pub fn reads(&self) -> Vec<Secret> {
        std::mem::take(&mut self.lock().reads)
    }

    /// The settings by which `secrets` are found here and are in no configuration.
    #[must_use]
    pub fn settings(&self, secrets: &[Secret]) -> Vec<(&'static str, String)> {
        let of = |secret: &Secret| [(secret.setting().name, String::new()), (secret.arn_setting().name, arn(*secret))];
        let endpoint = ("AWS_ENDPOINT_URL_SECRETS_MANAGER", self.endpoint.clone());
        secrets.iter().flat_map(of).chain([endpoint]).collect()
    }

    fn lock(&self) -> MutexGuard<'_, Secrets> {
        self.state.lock().unwrap()
    }
}

async fn answer(
    State(state): State<Arc<Mutex<Secrets>>>,
    headers: HeaderMap,
    body: Bytes,
) -> (StatusCode, [(&'static str, &'static str); 1], String) {
    assert_eq!(headers["x-amz-target"], "secretsmanager.GetSecretValue");
    assert!(headers["authorization"].to_str().unwrap().contains("/secretsmanager/aws4_request"));
    let request: Value = serde_json::from_slice(&body).unwrap();
    let id = request["SecretId"].as_str().unwrap();
    let mut state = state.lock().unwrap();
    state.reads.extend(Secret::ALL.into_iter().find(|secret| arn(*secret) == id));
    let (status, answer) = match state.versions.get(id) {
        _ if state.fails => (500, json!({"__type": "InternalServiceError", "Message": "out of order"})),
        Some((version, text)) => (
            200,
            json!({"ARN": id, "Name": "a-secret", "VersionId": format!("version-{version}"), "SecretString": text}),
        ),
        None => (400, json!({"__type": "ResourceNotFoundException", "Message": "there is no such secret"})),
    };
    (StatusCode::from_u16(status).unwrap(), [("content-type", "application/x-amz-json-1.1")], answer.to_string())
}
