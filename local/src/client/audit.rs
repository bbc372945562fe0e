//! `latchkey audit`: who changed what.

use http::Method;
use latchkey_shared::keys::KeyId;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::failure::Failure;
use super::output::{self, Output, or_none};
use super::pages::Length;
use super::service::{Answer, Service};
use super::token::key_id;

/// Which records are listed.
#[derive(clap::Args)]
pub struct Audit {
    /// Changes in this organisation
    #[arg(long)]
    org: Option<String>,
    /// Changes of the key with this id
    #[arg(long, value_name = "ID", value_parser = key_id)]
    key: Option<KeyId>,
    /// Changes made by this actor, such as tyk-admin or key:ID
    #[arg(long)]
    actor: Option<String>,
    /// Changes of this kind, such as key.create
    #[arg(long)]
    action: Option<String>,
    /// From this time or UTC day on, such as 2030-01-15
    #[arg(long, value_name = "TIME")]
    from: Option<String>,
    /// Before this time or UTC day
    #[arg(long, value_name = "TIME")]
    to: Option<String>,
    #[command(flatten)]
    length: Length,
}

#[derive(Deserialize, Serialize)]
struct Records {
    records: Vec<Box<RawValue>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

#[derive(Deserialize)]
struct Record {
    at: String,
    actor: Option<String>,
    action: Option<String>,
    subject: Option<String>,
    org_id: Option<String>,
}

impl Audit {
    /// Prints the records, newest first.
    pub(super) async fn run(&self, service: &Service, output: Output) -> Result<(), Failure> {
        let call = service
            .gate(Method::GET, &["v1", "audit"])?
            .query("org", self.org.as_deref())
            .query("key_id", self.key.map(|id| id.to_string()))
            .query("actor", self.actor.as_deref())
            .query("action", self.action.as_deref())
            .query("from", self.from.as_deref())
            .query("to", self.to.as_deref());
        let records = |answer: &Answer| Ok(answer.read::<Records>()?.records);
        let found = self.length.fetch(service, call, records).await?;
        let rows: Vec<Record> = found.read()?;
        output.document(&Records { records: found.rows, next: found.next }, || Ok(table(rows)))
    }
}

fn table(records: Vec<Record>) -> String {
    let row = |Record { at, actor, action, subject, org_id }: Record| {
        vec![at, or_none(actor), or_none(action), or_none(subject), or_none(org_id)]
    };
    output::table(&["AT", "ACTOR", "ACTION", "SUBJECT", "ORG"], records.into_iter().map(row))
}
