//! The operator's commands: each sends requests to a running service.

mod audit;
mod connection;
mod failure;
mod keys;
mod limit;
mod object;
mod orgs;
mod output;
mod pages;
mod policies;
mod service;
mod time;
mod token;
mod usage;
mod verify;

use std::path::Path;
use std::process::ExitCode;

use connection::Connection;
use output::Output;
use service::Service;

pub(crate) use connection::{SECRET_FILE, URL};
pub use failure::Failure;

/// What every command says about the admin secret, and about how it ends.
const NOTES: &str = "\
The admin secret is the first line of --secret-file, else of the file in LATCHKEY_SECRET_FILE,
else of LATCHKEY_ADMIN_SECRET, else that of the data folder if the service is on this machine.

Exit codes:
  0  done; for verify: the call is allowed
  1  verify: the call is refused
  2  the command line, a setting or a file is wrong
  3  the service cannot be reached or failed: neither a yes nor a no
  4  the admin secret is missing or wrong
  5  there is no such key, organisation or policy
  6  the service refused the request: it is invalid, or conflicts with an earlier one
  7  the output could not be written";

/// A command that a running service answers.
#[derive(clap::Subcommand)]
pub enum Command {
    /// List, show, make, change and delete keys
    #[command(after_help = NOTES)]
    Keys(Group<keys::Command>),
    /// Ask whether the holder of a token may make a call; an allowed call is counted
    ///
    /// The token is read from standard input, or from --token-file: it never stands on the command
    /// line, which other users of the machine can read.
    #[command(after_help = NOTES, verbatim_doc_comment)]
    Verify(Request<verify::Verify>),
    /// Show what a key or an organisation used
    #[command(after_help = NOTES)]
    Usage(Request<usage::Usage>),
    /// Show who changed what, newest first
    #[command(after_help = NOTES)]
    Audit(Request<audit::Audit>),
    /// List, show, set and delete the limits of organisations
    #[command(after_help = NOTES)]
    Orgs(Group<orgs::Command>),
    /// List, show, apply and delete policies: the plans that keys follow
    #[command(after_help = NOTES)]
    Policies(Group<policies::Command>),
}

impl Command {
    /// Runs the command. `data` is the data folder given before the command, if any.
    ///
    /// A failure is reported on standard error, and says nothing of a secret.
    pub async fn run(&self, data: Option<&Path>) -> ExitCode {
        match self.answer(data).await {
            Ok(code) => code,
            Err(failure) => {
                output::note(&format!("error: {failure}"));
                failure.exit_code()
            }
        }
    }

    async fn answer(&self, data: Option<&Path>) -> Result<ExitCode, Failure> {
        let connection = self.connection();
        let service = Service::new(&connection.target(data)?)?;
        let output = Output::new(connection.json);
        match self {
            Self::Verify(request) => return request.command.run(&service, output).await,
            Self::Keys(group) => group.command.run(&service, output).await?,
            Self::Usage(request) => request.command.run(&service, output).await?,
            Self::Audit(request) => request.command.run(&service, output).await?,
            Self::Orgs(group) => group.command.run(&service, output).await?,
            Self::Policies(group) => group.command.run(&service, output).await?,
        }
        Ok(ExitCode::SUCCESS)
    }

    fn connection(&self) -> &Connection {
        match self {
            Self::Keys(group) => &group.connection,
            Self::Verify(request) => &request.connection,
            Self::Usage(request) => &request.connection,
            Self::Audit(request) => &request.connection,
            Self::Orgs(group) => &group.connection,
            Self::Policies(group) => &group.connection,
        }
    }
}

/// Commands about one kind of thing.
#[derive(clap::Args)]
pub struct Group<C: clap::Subcommand> {
    #[command(flatten)]
    connection: Connection,
    #[command(subcommand)]
    command: C,
}

/// A command by itself.
#[derive(clap::Args)]
pub struct Request<C: clap::Args> {
    #[command(flatten)]
    connection: Connection,
    #[command(flatten)]
    command: C,
}
