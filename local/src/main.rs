//! `latchkey`: the local server, and what is done to its store from the command line.

mod greeting;
mod signals;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use aws_sdk_dynamodb::Client;
use clap::Parser;
use dynoxide::Database;
use latchkey::client_limits::ClientLimits;
use latchkey::dynamodb;
use latchkey::embedded::{self, Embedded};
use latchkey::engine::OwnDatabase;
use latchkey::folder::Folder;
use latchkey::identity::{self, OwnSecrets};
use latchkey::own_settings::OWN_SETTINGS;
use latchkey::request_log;
use latchkey::server::Server;
use latchkey_shared::clock::Clock;
use latchkey_shared::secrets::{Secret, Secrets};
use latchkey_shared::settings::{self, SEAL_SECRETS, SETTINGS, Setting, Settings};
use latchkey_shared::store::{Resealed, Store, Table, TableNames, tables};
use latchkey_shared::telemetry::logging::{self, Format};
use mimalloc::MiMalloc;
use signals::Signals;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tracing::level_filters::LevelFilter;

/// API keys for your own HTTP APIs, on this machine: issue them, limit them, revoke them.
#[derive(Parser)]
#[command(version, after_help = settings())]
struct Options {
    /// Where to listen [default: 127.0.0.1:8080, or 127.0.0.1:8000 for dynamodb]
    #[arg(long, value_name = "ADDR", global = true)]
    listen: Option<SocketAddr>,
    /// Where keys and secrets are stored [default: data, or data/dynamodb for dynamodb]
    #[arg(long, value_name = "DIR", global = true, conflicts_with = "memory")]
    data: Option<PathBuf>,
    /// Store everything in memory: it is lost when the program stops
    #[arg(long, global = true)]
    memory: bool,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Clone, Copy, clap::Subcommand)]
enum Command {
    #[command(about = about_reseal())]
    Reseal,
    /// Serve a DynamoDB with Latchkey's tables, to try functions without AWS; it checks no
    /// credentials
    Dynamodb,
}

/// How long requests may still take once the server is asked to stop.
const GRACE: Duration = Duration::from_secs(5);

/// Threads that serve connections. There are more than a small machine has cores, so that the
/// system, which takes turns among them, lets short requests through while long lists are built.
const WORKERS: usize = 8;

#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

type Error = Box<dyn std::error::Error>;

fn main() -> std::process::ExitCode {
    let format = request_log::format(|name| std::env::var(name).ok());
    logging::start(format.as_ref().map_or(Format::Plain, |format| *format), LevelFilter::INFO);
    let options = Options::parse();
    match format.map_err(Error::from).and_then(|_| start(&options)) {
        Ok(()) => std::process::ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!("{error}");
            std::process::ExitCode::FAILURE
        }
    }
}

fn start(options: &Options) -> Result<(), Error> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(WORKERS).enable_all().build()?;
    runtime.block_on(run(options))
}

async fn run(options: &Options) -> Result<(), Error> {
    let signals = Signals::listen()?;
    match options.command {
        None => serve(options, signals).await,
        Some(Command::Reseal) => reseal(options).await,
        Some(Command::Dynamodb) => serve_dynamodb(options, signals).await,
    }
}

/// What the server and `reseal` work on.
struct Opened {
    folder: Folder,
    secrets: OwnSecrets,
    settings: Settings,
    client: Client,
    store: Store,
    /// Deletes the folder of a store in memory when dropped.
    _temporary: Option<TempDir>,
}

impl Opened {
    async fn open(options: &Options) -> Result<Self, Error> {
        let env = settings::environment(OWN_SETTINGS)?;
        let (folder, temporary) = open_folder(options, "data")?;
        let secrets = OwnSecrets::read(&folder, env)?;
        let settings = Settings::read(|name| secrets.get(name).or_else(|| env(name)))?;
        let names = TableNames::of(&settings);
        let client = match &settings.dynamodb_endpoint {
            Some(_) => Store::connect(&settings, env)?.client().clone(),
            None => embedded(own_database(&folder, &names, options.memory)?),
        };
        tables::create(&client, &names).await?;
        let store = Store::new(client.clone(), &settings);
        Ok(Self { folder, secrets, settings, client, store, _temporary: temporary })
    }

    /// The value of a setting: a secret of the folder, or what the environment has.
    fn get(&self, name: &str) -> Option<String> {
        self.secrets.get(name).or_else(|| std::env::var(name).ok())
    }
}

async fn serve(options: &Options, signals: Signals) -> Result<(), Error> {
    let opened = Opened::open(options).await?;
    opened.secrets.belong_to(&opened.store, &opened.folder).await?;
    if !options.memory && opened.settings.dynamodb_endpoint.is_none() {
        opened.folder.mark_database()?;
    }
    let store = |_: &'static _, settings: &Settings| Store::new(opened.client.clone(), settings);
    let server = Server::new(|name| opened.get(name), store, &Clock::System, ClientLimits::of_system())?;
    let listener = listen(options, 8080).await?;
    greeting::greet(listener.local_addr()?, &opened.folder, options.memory);
    serve_until(signals, server, listener).await;
    tracing::info!("stopped");
    Ok(())
}

async fn serve_until(signals: Signals, server: Server, listener: TcpListener) {
    let (stopping, stopped) = tokio::sync::oneshot::channel::<()>();
    let stop = async {
        signals.received().await;
        drop(stopping);
        tokio::time::sleep(GRACE).await;
    };
    tokio::select! {
        () = server.serve(listener, async { drop(stopped.await) }) => {}
        () = stop => tracing::warn!("stopped with unfinished requests"),
    }
}

#[expect(clippy::print_stdout, reason = "its caller reads the endpoint")]
async fn serve_dynamodb(options: &Options, signals: Signals) -> Result<(), Error> {
    let settings = Settings::read(settings::environment(OWN_SETTINGS)?)?;
    let (folder, _temporary) = open_folder(options, "data/dynamodb")?;
    let names = TableNames::of(&settings);
    let database = shared_database(&folder, &names, options.memory)?;
    let served = dynamodb::serve(database, listen(options, 8000).await?, &names).await?;
    println!("{}", served.endpoint);
    signals.received().await;
    Ok(())
}

/// The folder of `--data`, or a temporary one with `--memory`: the user must be able to read the
/// secrets made in it.
fn open_folder(options: &Options, default: &str) -> Result<(Folder, Option<TempDir>), Error> {
    let temporary = options.memory.then(tempfile::tempdir).transpose()?;
    let data = options.data.as_deref().unwrap_or(Path::new(default));
    Ok((Folder::open(temporary.as_ref().map_or(data, TempDir::path))?, temporary))
}

async fn listen(options: &Options, default_port: u16) -> Result<TcpListener, Error> {
    let address = options.listen.unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], default_port)));
    Ok(TcpListener::bind(address).await.map_err(|error| format!("--listen {address}: {error}"))?)
}

/// The server's database in the folder, or a new one in memory.
fn own_database(folder: &Folder, names: &TableNames, memory: bool) -> Result<OwnDatabase, Error> {
    if memory {
        return Ok(OwnDatabase::memory()?);
    }
    let database = OwnDatabase::open(&database_file(folder)?)?;
    identity::is_same_database(database.has_table(names.name(A_TABLE)), folder)?;
    Ok(database)
}

/// A database for the functions of several processes, in the folder or a new one in memory.
fn shared_database(folder: &Folder, names: &TableNames, memory: bool) -> Result<Database, Error> {
    if memory {
        return Ok(Database::memory()?);
    }
    let database = Database::new(&database_file(folder)?.to_string_lossy())?;
    let has_tables = database.get_table_metadata(names.name(A_TABLE)).is_ok_and(|found| found.is_some());
    identity::is_same_database(has_tables, folder)?;
    Ok(database)
}

/// A table that every database of Latchkey's has.
const A_TABLE: Table = Table::Organizations;

/// The folder's file. Nothing is written to one that is not Latchkey's.
fn database_file(folder: &Folder) -> Result<PathBuf, Error> {
    let file = folder.database()?;
    identity::is_own_database(&file)?;
    Ok(file)
}

/// A client of a database in this process, from which expired items are removed.
fn embedded(database: OwnDatabase) -> Client {
    let embedded = Embedded::new(database);
    tokio::spawn(expire(embedded.clone()));
    embedded::client(embedded)
}

fn about_reseal() -> String {
    format!("Seal stored secrets again with the first of {}, so that the older ones can be removed", SEAL_SECRETS.name)
}

/// Moves stored values to the newest seal secret. A second run continues where an interrupted one
/// ended.
#[expect(clippy::print_stdout, reason = "this is what the command prints")]
async fn reseal(options: &Options) -> Result<(), Error> {
    let opened = Opened::open(options).await?;
    let secrets = Secrets::read(&[Secret::Seal], |name| opened.get(name))?;
    let sealer = secrets.sealer()?;
    let print = |so_far: Resealed| println!("{} read, {} moved to {}", so_far.read, so_far.moved, sealer.current());
    match opened.store.reseal(sealer, print).await?.unreadable {
        0 => Ok(opened.secrets.resealed(&opened.store).await?),
        unreadable => {
            Err(format!("{unreadable} values cannot be opened with any secret in {}", SEAL_SECRETS.name).into())
        }
    }
}

/// Removes expired items, as DynamoDB does by itself.
async fn expire(embedded: Embedded) {
    let mut hourly = tokio::time::interval(Duration::from_secs(60 * 60));
    loop {
        hourly.tick().await;
        if let Some(Err(error)) = embedded.sweep().await {
            tracing::warn!(%error, "expired items could not be removed");
        }
    }
}

fn settings() -> String {
    let line = |setting: &Setting| {
        let Setting { name, default, meaning, .. } = setting;
        format!("  {name:<31} {meaning} [default: {default}]")
    };
    let lines = SETTINGS.iter().chain(OWN_SETTINGS).map(line);
    std::iter::once("Settings, from the environment:".to_owned()).chain(lines).collect::<Vec<_>>().join("\n")
}
