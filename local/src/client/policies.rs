//! `latchkey policies`: the plans that keys follow.

use std::path::PathBuf;

use http::Method;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::connection;
use super::failure::Failure;
use super::object::Object;
use super::output::{self, Output, or_none};
use super::pages::Length;
use super::service::{Answer, Call, Service};

/// What is done.
#[derive(clap::Subcommand)]
pub enum Command {
    /// List the policies of all organisations
    List(Length),
    /// Show a policy
    Get(Policy),
    /// Add the policy in a file, or replace the one with its id; keys follow it from the next call on
    Apply(Apply),
    /// Delete a policy
    Delete(Delete),
}

/// A policy.
#[derive(clap::Args)]
pub struct Policy {
    /// The policy's id
    id: String,
    /// The organisation that owns it, if several have one with this id
    #[arg(long)]
    org: Option<String>,
}

/// A policy to be added or replaced.
#[derive(clap::Args)]
pub struct Apply {
    /// The policy as JSON, or - for standard input
    #[arg(long, short, value_name = "FILE")]
    file: PathBuf,
}

/// A policy to be deleted.
#[derive(clap::Args)]
pub struct Delete {
    #[command(flatten)]
    policy: Policy,
    /// Delete it even if keys follow it; they are refused from then on
    #[arg(long)]
    force: bool,
}

#[derive(Deserialize)]
struct Row {
    id: String,
    org_id: Option<String>,
    name: Option<String>,
    #[serde(default)]
    is_inactive: bool,
}

/// What a change answers.
#[derive(Deserialize)]
struct Done {
    key: String,
    action: String,
}

impl Command {
    pub(super) async fn run(&self, service: &Service, output: Output) -> Result<(), Failure> {
        let call = match self {
            Self::List(length) => return list(length, service, output).await,
            Self::Get(policy) => {
                let answer = service.send(&policy.call(service, Method::GET)?).await?;
                return output.answer(&answer, || output::details_of(&answer));
            }
            Self::Apply(Apply { file }) => {
                let policy = serde_json::from_str::<Object>(&connection::read(file)?);
                let policy = policy.map_err(|error| Failure::usage(format!("{}: {error}", file.display())))?;
                service.tyk(Method::POST, &["tyk", "policies"])?.json(&policy)?
            }
            Self::Delete(Delete { policy, force }) => {
                policy.call(service, Method::DELETE)?.query("force", force.then_some("1"))
            }
        };
        let answer = service.send(&call).await?;
        output.answer(&answer, || {
            let Done { key, action } = answer.read()?;
            Ok(output::printable(&format!("{key} {action}")))
        })
    }
}

impl Policy {
    fn call(&self, service: &Service, method: Method) -> Result<Call, Failure> {
        Ok(service.tyk(method, &["tyk", "policies", &self.id])?.query("org_id", self.org.as_deref()))
    }
}

async fn list(length: &Length, service: &Service, output: Output) -> Result<(), Failure> {
    let policies = |answer: &Answer| answer.read::<Vec<Box<RawValue>>>();
    let found = length.fetch(service, service.tyk(Method::GET, &["tyk", "policies"])?, policies).await?;
    let rows: Vec<Row> = found.read()?;
    let row = |Row { id, org_id, name, is_inactive }: Row| {
        let state = if is_inactive { "inactive" } else { "active" };
        vec![id, or_none(org_id), or_none(name), state.to_owned()]
    };
    output.document(&found.rows, || Ok(output::table(&["ID", "ORG", "NAME", "STATE"], rows.into_iter().map(row))))
}
