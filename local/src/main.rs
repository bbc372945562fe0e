//! `latchkey`: the local server.

mod greeting;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use aws_sdk_dynamodb::Client;
use clap::Parser;
use dynoxide::Database;
use latchkey::client_limits::ClientLimits;
use latchkey::embedded::{self, Embedded};
use latchkey::folder::Folder;
use latchkey::identity::{self, OwnSecrets};
use latchkey::sample::OWN_SETTINGS;
use latchkey::server::Server;
use latchkey_shared::clock::Clock;
use latchkey_shared::runtime::telemetry::{self, Format};
use latchkey_shared::secrets::{Secret, Secrets};
use latchkey_shared::settings::{self, SEAL_SECRETS, SETTINGS, Setting, Settings};
use latchkey_shared::store::{Resealed, Store, tables};
use tokio::net::TcpListener;
use tracing::level_filters::LevelFilter;

/// API keys for your own HTTP APIs, on this machine: issue them, limit them, revoke them.
#[derive(Parser)]
#[command(version, after_help = settings())]
struct Options {
    /// Where to listen
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// Where keys and secrets are kept
    #[arg(long, value_name = "DIR", default_value = "data", conflicts_with = "memory")]
    data: PathBuf,
    /// Keep nothing: all is gone when the server stops
    #[arg(long)]
    memory: bool,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(clap::Subcommand)]
enum Command {
    /// Seal with the first of LATCHKEY_SEAL_SECRETS what an older one sealed, so that the older can be dropped
    Reseal,
}

/// How long requests that are under way when the server is asked to stop may still take.
const GRACE: Duration = Duration::from_secs(5);

/// Threads that serve connections: more than a small machine has cores, so that the system, which takes turns among them,
/// lets a short request through while long lists are being made.
const WORKERS: usize = 8;

type Failure = Box<dyn std::error::Error>;

fn main() -> std::process::ExitCode {
    telemetry::start(Format::Plain, LevelFilter::INFO);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(WORKERS).enable_all().build();
    let served = runtime.map_err(Failure::from).and_then(|runtime| runtime.block_on(serve(Options::parse())));
    match served {
        Ok(()) => std::process::ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!("{error}");
            std::process::ExitCode::FAILURE
        }
    }
}

async fn serve(options: Options) -> Result<(), Failure> {
    let env = settings::environment(OWN_SETTINGS)?;
    let signals = Signals::listen()?;
    // What is kept nowhere still needs a place for secrets that the user can read.
    let temporary = options.memory.then(tempfile::tempdir).transpose()?;
    let folder = Folder::open(temporary.as_ref().map_or(options.data.as_path(), tempfile::TempDir::path))?;
    let secrets = OwnSecrets::read(&folder, env)?;
    let get = |name: &str| secrets.get(name).or_else(|| env(name));
    let settings = Settings::read(get)?;

    let client = match &settings.dynamodb_endpoint {
        Some(_) => Store::connect(&settings, env)?.client().clone(),
        None => embedded(&folder, &settings, options.memory)?,
    };
    tables::create(&client, &settings.table_prefix).await?;
    let store = Store::new(client.clone(), &settings);
    if let Some(Command::Reseal) = options.command {
        reseal(&store, &Secrets::read(&[Secret::Seal], get)?).await?;
        return Ok(secrets.resealed(&store).await?);
    }
    secrets.belong_to(&store, &folder).await?;
    if !options.memory && settings.dynamodb_endpoint.is_none() {
        folder.mark_database()?;
    }
    let limits = ClientLimits::of_system();
    let server = Server::new(get, |_, settings| Store::new(client.clone(), settings), &Clock::System, limits)?;
    let listen = options.listen;
    let listener = TcpListener::bind(listen).await.map_err(|error| format!("--listen {listen}: {error}"))?;
    greeting::greet(listener.local_addr()?, &folder, options.memory);
    serve_until(signals, server, listener).await;
    tracing::info!("stopped");
    Ok(())
}

async fn serve_until(signals: Signals, server: Server, listener: TcpListener) {
    let (tell, told) = tokio::sync::oneshot::channel::<()>();
    let stop = async {
        signals.received().await;
        drop(tell);
        tokio::time::sleep(GRACE).await;
    };
    tokio::select! {
        () = server.serve(listener, async { drop(told.await) }) => {}
        () = stop => tracing::warn!("stopped with requests unfinished"),
    }
}

/// A client of the database in the folder, or of one in memory. Nothing is written to a database that is not ours.
fn embedded(folder: &Folder, settings: &Settings, memory: bool) -> Result<Client, Failure> {
    let database = if memory {
        Database::memory()?
    } else {
        let file = folder.database()?;
        identity::is_own_database(&file)?;
        let database = Database::new(&file.to_string_lossy())?;
        identity::is_same_database(&database, folder, &settings.table_prefix)?;
        database
    };
    let embedded = Embedded::new(database);
    tokio::spawn(expire(embedded.clone()));
    Ok(embedded::client(embedded))
}

/// Moves old seals to the newest secret. A second run goes on where a stopped one ended.
#[expect(clippy::print_stdout, reason = "this is what the command prints")]
async fn reseal(store: &Store, secrets: &Secrets) -> Result<(), Failure> {
    let sealer = secrets.sealer().map_err(|_| format!("{} must be set", SEAL_SECRETS.name))?;
    let tell = |so_far: Resealed| println!("{} read, {} moved to {}", so_far.read, so_far.moved, sealer.current());
    match store.reseal(sealer, tell).await?.unreadable {
        0 => Ok(()),
        unreadable => {
            Err(format!("{unreadable} values cannot be opened with any secret in {}", SEAL_SECRETS.name).into())
        }
    }
}

/// Removes what is past its time to live, as DynamoDB does by itself.
async fn expire(embedded: Embedded) {
    let mut hourly = tokio::time::interval(Duration::from_secs(60 * 60));
    loop {
        hourly.tick().await;
        if let Some(Err(error)) = embedded.sweep().await {
            tracing::warn!(%error, "expired items could not be removed");
        }
    }
}

/// The signals that ask a server to stop: Ctrl-C's, and that of service managers.
struct Signals {
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
}

impl Signals {
    /// Listens from now on: a signal that comes before anybody asks is not missed, and ends nothing halfway.
    fn listen() -> std::io::Result<Self> {
        #[cfg(unix)]
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            #[cfg(unix)]
            terminate: signal(SignalKind::terminate())?,
            #[cfg(unix)]
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    #[cfg(unix)]
    async fn received(mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }

    #[cfg(not(unix))]
    async fn received(self) {
        // Without a way to be told, the server runs until it is killed.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
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
