//! The command line.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use clap::error::ErrorKind;
use clap::{Args, CommandFactory, Parser, Subcommand};
use clap_complete::Shell;
use latchkey::client;
use latchkey::own_settings::OWN_SETTINGS;
use latchkey_shared::settings::{SEAL_SECRETS, SETTINGS, Setting};

use crate::restore::Restore;

/// API keys for your own HTTP APIs: issue them, limit them, revoke them
///
/// Without a command it serves every endpoint on this machine.
#[derive(Parser)]
#[command(version, verbatim_doc_comment, after_help = settings())]
pub(crate) struct Options {
    #[command(flatten)]
    pub(crate) place: Place,
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
}

/// Where a server listens, and where its data is. It may stand before the command or behind it.
#[derive(Args, Clone, Default)]
pub(crate) struct Place {
    /// Where to listen [default: 127.0.0.1:8080, or 127.0.0.1:8000 for dynamodb]
    #[arg(long, value_name = "ADDR")]
    pub(crate) listen: Option<SocketAddr>,
    /// Where keys and secrets are stored [default: data, or data/dynamodb for dynamodb]
    #[arg(long, value_name = "DIR", conflicts_with = "memory")]
    pub(crate) data: Option<PathBuf>,
    /// Store everything in memory: it is lost when the program stops
    #[arg(long)]
    pub(crate) memory: bool,
}

/// The data folder, where it stands behind a command.
#[derive(Args)]
pub(crate) struct DataFolder {
    /// Where keys and secrets are stored [default: data]
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
}

#[derive(Subcommand)]
pub(crate) enum Command {
    #[command(about = about_reseal())]
    Reseal(DataFolder),
    /// Copy the tables of a backup into those of this service
    ///
    /// The backup is what point-in-time recovery restored under other names, all five tables to the
    /// same moment. The tables of this service must be empty, or have been filled from the same
    /// backup. You can stop the command at any time, and run it again to go on. Nothing may use the
    /// tables meanwhile. At the end it compares how many items they have.
    #[command(verbatim_doc_comment)]
    Restore(Restore),
    /// Serve a DynamoDB with Latchkey's tables, to try functions without AWS; it checks no
    /// credentials
    Dynamodb(Place),
    /// Succeed if a server runs on this machine: for the health check of a container
    Health(Place),
    /// Print a script that completes commands and options in this shell
    Completions { shell: Shell },
    #[command(flatten)]
    Client(Box<client::Command>),
}

impl Place {
    /// These options, and those behind the command.
    pub(crate) fn or(&self, behind: &Self) -> Result<Self, clap::Error> {
        let place = Self {
            listen: behind.listen.or(self.listen),
            data: behind.data.clone().or_else(|| self.data.clone()),
            memory: behind.memory || self.memory,
        };
        if place.memory && place.data.is_some() {
            return Err(conflict("--data cannot be combined with --memory"));
        }
        Ok(place)
    }

    /// These options, with the data folder behind the command.
    pub(crate) fn in_folder(&self, behind: &DataFolder) -> Result<Self, clap::Error> {
        self.or(&Self { data: behind.data.clone(), ..Self::default() })
    }

    /// The data folder, which is all that the client's commands use.
    pub(crate) fn only_data(&self) -> Result<Option<&Path>, clap::Error> {
        if self.listen.is_some() || self.memory {
            return Err(conflict("--listen and --memory are options of the server"));
        }
        Ok(self.data.as_deref())
    }
}

fn conflict(problem: &str) -> clap::Error {
    Options::command().error(ErrorKind::ArgumentConflict, problem)
}

fn about_reseal() -> String {
    format!("Seal stored secrets again with the first of {}, so that the older ones can be removed", SEAL_SECRETS.name)
}

fn settings() -> String {
    let line = |setting: &Setting| {
        let Setting { name, default, meaning, .. } = setting;
        format!("  {name:<31} {meaning} [default: {default}]")
    };
    let lines = SETTINGS.iter().chain(OWN_SETTINGS).map(line);
    std::iter::once("Settings, from the environment:".to_owned()).chain(lines).collect::<Vec<_>>().join("\n")
}
