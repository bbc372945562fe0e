//! `latchkey keys update`, `pause`, `resume` and `set-policies`.

use http::Method;
use latchkey_shared::keys::KeyId;
use serde_json::json;

use super::session::SessionOptions;
use crate::client::failure::Failure;
use crate::client::object::Object;
use crate::client::output::{self, Output};
use crate::client::service::{Answer, Service};
use crate::client::token::{KeyName, Named, key_id};

/// What of a key changes.
#[derive(clap::Args)]
pub struct Update {
    #[command(flatten)]
    key: KeyName,
    #[command(flatten)]
    session: SessionOptions,
}

/// The policies that a key follows.
#[derive(clap::Args)]
pub struct SetPolicies {
    /// The key's id
    #[arg(value_name = "ID", value_parser = key_id)]
    key: KeyId,
    /// A policy of the key's organisation; may be repeated
    #[arg(long, value_name = "ID", required_unless_present = "none", conflicts_with = "none")]
    policy: Vec<String>,
    /// None: the key has its own limits again
    #[arg(long)]
    none: bool,
}

impl Update {
    pub(super) async fn run(&self, service: &Service, output: Output) -> Result<(), Failure> {
        let key = self.key.read()?;
        let mut session = read(service, &key).await?;
        self.session.apply(&mut session)?;
        let answer = write(service, &key, &session).await?;
        output.answer(&answer, || Ok("updated".into()))
    }
}

impl SetPolicies {
    pub(super) async fn run(&self, service: &Service, output: Output) -> Result<(), Failure> {
        let call = service.gate(Method::PUT, &["v1", "keys", &self.key.to_string(), "policies"])?;
        let answer = service.send(&call.json(&json!({"policies": self.policy}))?).await?;
        output.answer(&answer, || output::details_of(&answer))
    }
}

/// Switches a key off or on.
pub(super) async fn set_inactive(
    name: &KeyName,
    inactive: bool,
    service: &Service,
    output: Output,
) -> Result<(), Failure> {
    let key = name.read()?;
    let mut session = read(service, &key).await?;
    session.set("is_inactive", inactive)?;
    let answer = write(service, &key, &session).await?;
    output.answer(&answer, || Ok(if inactive { "paused" } else { "resumed" }.into()))
}

/// The session of a Tyk key.
pub(super) async fn read(service: &Service, key: &Named) -> Result<Object, Failure> {
    match service.send(&key.tyk(service, Method::GET)?).await {
        Err(Failure::Rejected(_)) if matches!(key, Named::Id(_)) => Err(Failure::usage(
            "this service does not find Tyk keys by their id: give the token with - or --token-file",
        )),
        answer => answer?.read(),
    }
}

/// Replaces the session of a Tyk key; what was used stays used.
pub(super) async fn write(service: &Service, key: &Named, session: &Object) -> Result<Answer, Failure> {
    let call = key.tyk(service, Method::PUT)?.query("suppress_reset", Some("1"));
    service.send(&call.json(session)?).await
}
