//! `latchkey verify`: asks the gate whether a call is allowed.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use http::Method;
use serde::{Deserialize, Serialize};

use super::failure::Failure;
use super::output::{self, Output};
use super::service::Service;
use super::token;

/// The call that is asked about.
#[derive(clap::Args, Serialize)]
pub struct Verify {
    /// The API that is called
    #[arg(long)]
    api: String,
    /// The HTTP method, for keys with rules about it
    #[arg(long)]
    #[serde(skip_serializing_if = "Option::is_none")]
    method: Option<String>,
    /// The path, for keys with rules about it
    #[arg(long)]
    #[serde(skip_serializing_if = "Option::is_none")]
    path: Option<String>,
    /// The version of the API
    #[arg(long = "api-version", value_name = "VERSION")]
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<String>,
    /// The units that the call costs; 0 asks without counting
    #[arg(long, value_name = "UNITS")]
    #[serde(skip_serializing_if = "Option::is_none")]
    cost: Option<u32>,
    /// The money to reserve
    #[arg(long, value_name = "MONEY")]
    #[serde(skip_serializing_if = "Option::is_none")]
    spend: Option<String>,
    /// A file with the token [default: standard input]
    #[arg(long, value_name = "FILE")]
    #[serde(skip)]
    token_file: Option<PathBuf>,
}

#[derive(Serialize)]
struct Question<'a> {
    key: &'a str,
    #[serde(flatten)]
    call: &'a Verify,
}

#[derive(Deserialize)]
struct Decision {
    allowed: bool,
}

impl Verify {
    /// Prints the decision: 0 if the call is allowed, 1 if it is refused.
    pub(super) async fn run(&self, service: &Service, output: Output) -> Result<ExitCode, Failure> {
        let token = token::read_token(self.token_file.as_deref().unwrap_or(Path::new("-")))?;
        // A repetition could count twice, so the call is sent once.
        let call = service.gate(Method::POST, &["v1", "keys", "verify"])?;
        let answer = service.send(&call.json(&Question { key: &token, call: self })?).await?;
        let allowed = answer.read::<Decision>()?.allowed;
        output.answer(&answer, || output::details_of(&answer))?;
        Ok(ExitCode::from(if allowed { 0 } else { 1 }))
    }
}
