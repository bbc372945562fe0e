//! `latchkey`: the local server, what is done to its store from the command line, and a client for
//! operators.

mod completions;
mod greeting;
mod opened;
mod options;
mod probe;
mod progress;
mod reseal;
mod restore;
mod serve;
mod signals;

use std::process::ExitCode;

use clap::Parser;
use latchkey::request_log;
use latchkey_shared::telemetry::logging::{self, Format};
use mimalloc::MiMalloc;
use options::{Command, Options};
use tracing::level_filters::LevelFilter;

/// Threads that serve connections. There are more than a small machine has cores, so that the
/// system, which takes turns among them, lets short requests through while long lists are built.
const WORKERS: usize = 8;

#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

type Error = Box<dyn std::error::Error>;

fn main() -> ExitCode {
    let options = Options::parse();
    let format = match options.command {
        // It has no log.
        Some(Command::Client(_)) => Ok(Format::Plain),
        _ => request_log::format(|name| std::env::var(name).ok()),
    };
    logging::start(format.as_ref().map_or(Format::Plain, |format| *format), LevelFilter::INFO);
    match format.map_err(Error::from).and_then(|_| start(&options)) {
        Ok(code) => code,
        Err(error) => match error.downcast::<clap::Error>() {
            Ok(usage) => usage.exit(),
            Err(error) => {
                tracing::error!("{error}");
                ExitCode::FAILURE
            }
        },
    }
}

fn start(options: &Options) -> Result<ExitCode, Error> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(WORKERS).enable_all().build()?;
    runtime.block_on(run(options))
}

async fn run(options: &Options) -> Result<ExitCode, Error> {
    match &options.command {
        None => serve::serve(&options.place).await?,
        Some(Command::Reseal(place)) => reseal::reseal(&options.place.in_folder(place)?).await?,
        Some(Command::Restore(restore)) => restore.run(&options.place.in_folder(&restore.place)?).await?,
        Some(Command::Dynamodb(place)) => serve::serve_dynamodb(&options.place.or(place)?).await?,
        Some(Command::Health(place)) => return probe::probe(&options.place.or(place)?).await,
        Some(Command::Completions { shell }) => completions::print(*shell)?,
        Some(Command::Client(client)) => return Ok(client.run(options.place.only_data()?).await),
    }
    Ok(ExitCode::SUCCESS)
}
