//! `latchkey keys list`.

use http::Method;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::client::failure::Failure;
use crate::client::output::{self, Output, cell, joined, or_none};
use crate::client::pages::Length;
use crate::client::service::{Answer, Service};

/// Which keys are listed.
#[derive(clap::Args)]
pub struct List {
    /// Keys of this organisation
    #[arg(long)]
    org: Option<String>,
    /// Keys of this dialect
    #[arg(long, value_parser = ["tyk", "gmi", "requesty"])]
    dialect: Option<String>,
    /// Keys with this alias or name
    #[arg(long)]
    alias: Option<String>,
    /// Keys with this tag
    #[arg(long)]
    tag: Option<String>,
    /// Keys in this state
    #[arg(long, value_parser = ["active", "inactive", "expired"])]
    state: Option<String>,
    /// Keys that name this policy
    #[arg(long)]
    policy: Option<String>,
    /// Keys that expire before this time or UTC day, such as 2030-01-15
    #[arg(long, value_name = "TIME")]
    expires_before: Option<String>,
    #[command(flatten)]
    length: Length,
}

#[derive(Deserialize, Serialize)]
struct Keys {
    keys: Vec<Box<RawValue>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

#[derive(Deserialize)]
struct Row {
    key_id: String,
    org_id: String,
    dialect: String,
    alias: Option<Box<RawValue>>,
    state: String,
    #[serde(default)]
    policies: Vec<String>,
    expires_at: Option<String>,
    last_used_at: Option<String>,
}

impl List {
    /// Prints the keys.
    pub(super) async fn run(&self, service: &Service, output: Output) -> Result<(), Failure> {
        let call = service
            .gate(Method::GET, &["v1", "keys"])?
            .query("org", self.org.as_deref())
            .query("dialect", self.dialect.as_deref())
            .query("alias", self.alias.as_deref())
            .query("tag", self.tag.as_deref())
            .query("state", self.state.as_deref())
            .query("policy", self.policy.as_deref())
            .query("expires_before", self.expires_before.as_deref());
        let keys = |answer: &Answer| Ok(answer.read::<Keys>()?.keys);
        let found = self.length.fetch(service, call, keys).await?;
        let rows: Vec<Row> = found.read()?;
        output.document(&Keys { keys: found.rows, next: found.next }, || Ok(table(rows)))
    }
}

fn table(rows: Vec<Row>) -> String {
    let row = |row: Row| {
        let alias = row.alias.as_deref().map_or_else(|| or_none(None), cell);
        let policies = joined(&row.policies);
        let times = [or_none(row.expires_at), or_none(row.last_used_at)];
        [row.key_id, row.org_id, row.dialect, alias, row.state, policies].into_iter().chain(times).collect()
    };
    let headings = ["KEY ID", "ORG", "DIALECT", "ALIAS", "STATE", "POLICIES", "EXPIRES", "LAST USED"];
    output::table(&headings, rows.into_iter().map(row))
}
