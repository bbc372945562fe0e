//! `latchkey keys create`.

use std::path::PathBuf;

use http::Method;
use serde::Deserialize;
use serde_json::json;

use super::session::SessionOptions;
use crate::client::failure::Failure;
use crate::client::object::Object;
use crate::client::output::{self, Output};
use crate::client::service::{Answer, Call, Service};
use crate::client::{connection, token};

/// The new key.
#[derive(clap::Args)]
pub struct Create {
    /// The organisation that owns the key
    #[arg(long)]
    org: String,
    /// The dialect, which decides what the token looks like and what the key can be limited by
    #[arg(long, value_enum, default_value = "tyk")]
    dialect: Dialect,
    #[command(flatten)]
    session: SessionOptions,
    /// A Tyk session as JSON, or - for standard input; options replace what it says
    #[arg(long, short, value_name = "FILE")]
    file: Option<PathBuf>,
    /// Requesty: the money that may be spent in a month
    #[arg(long, value_name = "MONEY")]
    monthly_limit: Option<String>,
    /// Requesty: whether the key may manage other keys
    #[arg(long, value_parser = PERMISSIONS)]
    manage: Option<String>,
    /// Requesty: whether the key may make calls
    #[arg(long, value_parser = PERMISSIONS)]
    completions: Option<String>,
    /// Names this creation: with the same text it returns the same key for 24 hours
    #[arg(long, value_name = "TEXT")]
    idempotency_key: Option<String>,
}

const PERMISSIONS: [&str; 3] = ["none", "read", "write"];

/// The dialects in which the administrator can make keys.
#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Dialect {
    Tyk,
    Requesty,
}

/// A key that was made, in either dialect.
#[derive(Deserialize)]
struct Made {
    #[serde(alias = "api_key")]
    key: String,
    api_key_id: Option<String>,
}

impl Create {
    /// Makes the key and prints its token.
    pub(super) async fn run(&self, service: &Service, output: Output) -> Result<(), Failure> {
        let call = match self.dialect {
            Dialect::Tyk => self.tyk(service)?,
            Dialect::Requesty => self.requesty(service)?,
        };
        let given = self.idempotency_key.clone();
        let answer = create(service, call, &given.unwrap_or_else(|| uuid::Uuid::new_v4().to_string())).await?;
        if self.dialect == Dialect::Requesty && !self.session.policy.is_empty() {
            let id = answer.read::<Made>()?.api_key_id.ok_or_else(Failure::unexpected)?;
            let call = service.gate(Method::PUT, &["v1", "keys", &id, "policies"])?;
            service.send(&call.json(&json!({"policies": self.session.policy}))?).await?;
        }
        print_token(service, &answer, output).await
    }

    fn tyk(&self, service: &Service) -> Result<Call, Failure> {
        if self.monthly_limit.is_some() || self.manage.is_some() || self.completions.is_some() {
            return Err(Failure::usage("--monthly-limit, --manage and --completions need --dialect requesty"));
        }
        let mut session = match &self.file {
            Some(file) => serde_json::from_str::<Object>(&connection::read(file)?)
                .map_err(|error| Failure::usage(format!("{}: {error}", file.display())))?,
            None => Object::default(),
        };
        session.set("org_id", &self.org)?;
        self.session.apply(&mut session)?;
        service.tyk(Method::POST, &["tyk", "keys", "create"])?.json(&session)
    }

    fn requesty(&self, service: &Service) -> Result<Call, Failure> {
        if self.file.is_some() || !self.session.is_for_any_dialect() {
            return Err(Failure::usage("--api, --rate, --quota, --tag, --expires and --file need --dialect tyk"));
        }
        let name = self.session.alias.as_deref();
        let name = name.ok_or_else(|| Failure::usage("--dialect requesty needs --alias, the key's name"))?;
        let mut body = json!({"name": name});
        if let Some(limit) = &self.monthly_limit {
            body["monthly_limit"] = limit.as_str().into();
        }
        if self.manage.is_some() || self.completions.is_some() {
            let manage = self.manage.as_deref().unwrap_or("none");
            let completions = self.completions.as_deref().unwrap_or("write");
            body["permissions"] = json!({"manage": manage, "completions": completions});
        }
        let call = service.gate(Method::POST, &["v1", "manage", "apikey"])?;
        call.header("x-organization-id", &self.org)?.json(&body)
    }
}

/// Sends a creation that can be repeated by this name.
pub(super) async fn create(service: &Service, call: Call, idempotency_key: &str) -> Result<Answer, Failure> {
    let sent = service.send(&call.idempotent(idempotency_key)?).await;
    sent.inspect_err(|failure| {
        if matches!(failure, Failure::Unavailable(_)) {
            output::note(&format!("if the key was made, this option returns it: --idempotency-key {idempotency_key}"));
        }
    })
}

/// Prints the token of a key that was made: it must be out before anything else is done.
pub(super) async fn print_token(service: &Service, answer: &Answer, output: Output) -> Result<(), Failure> {
    let made: Made = answer.read()?;
    output.answer(answer, || Ok(made.key.clone()))?;
    if output.is_json() {
        return Ok(());
    }
    let id = match made.api_key_id {
        Some(id) => Some(id),
        // The key is made, whether its id is found or not.
        None => token::id_of(service, &made.key).await.ok().map(|id| id.to_string()),
    };
    if let Some(id) = id {
        output::note(&format!("made the key {}; its token is not shown again", output::printable(&id)));
    }
    Ok(())
}
