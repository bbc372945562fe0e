//! `latchkey`: the local server.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::Parser;
use dynoxide::Database;
use latchkey::embedded::{self, Embedded};
use latchkey::folder::{Folder, SECRETS};
use latchkey::server::Server;
use latchkey_functions::routes::FUNCTIONS;
use latchkey_shared::clock::Clock;
use latchkey_shared::config::{self, ADMIN_SECRET, SETTINGS, Settings};
use latchkey_shared::function::Secret;
use latchkey_shared::secrets::Secrets;
use latchkey_shared::store::{Resealed, Store, tables};
use latchkey_shared::telemetry::{self, Format};
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

type Failure = Box<dyn std::error::Error>;

fn main() -> std::process::ExitCode {
    telemetry::start(Format::Plain, LevelFilter::INFO);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
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
    let env = config::environment()?;
    let signals = Signals::listen()?;
    // What is kept nowhere still needs a place for secrets that the user can read.
    let temporary = options.memory.then(tempfile::tempdir).transpose()?;
    let folder = Folder::open(temporary.as_ref().map_or(options.data.as_path(), tempfile::TempDir::path))?;
    let kept = SECRETS.map(|name| (name, env(name).map_or_else(|| folder.secret(name), Ok)));
    let mut secrets = Vec::new();
    for (name, secret) in kept {
        secrets.push((name, secret?));
    }
    let get = |name: &str| {
        let kept = secrets.iter().find(|(kept, _)| *kept == name);
        kept.map(|(_, secret)| secret.clone()).or_else(|| env(name))
    };

    let settings = Settings::read(get)?;
    let client = match &settings.dynamodb_endpoint {
        Some(_) => Store::connect(&settings, env)?.client().clone(),
        None => {
            let file = folder.database()?;
            let database = if options.memory { Database::memory()? } else { Database::new(&file.to_string_lossy())? };
            tokio::spawn(expire(database.clone()));
            embedded::client(Embedded::new(database))
        }
    };
    tables::create(&client, &settings.table_prefix).await?;
    if let Some(Command::Reseal) = options.command {
        return reseal(&Store::new(client, &settings), &Secrets::read(&[Secret::Seal], get)?).await;
    }
    let server = Server::new(get, |_, settings| Store::new(client.clone(), settings), &Clock::System)?;

    let listener = TcpListener::bind(options.listen).await.map_err(|error| format!("{}: {error}", options.listen))?;
    greet(listener.local_addr()?, &folder, &options);
    let (tell, told) = tokio::sync::oneshot::channel::<()>();
    let stopping = async { drop(told.await) };
    let serving = axum::serve(listener, server.router()).with_graceful_shutdown(stopping).into_future();
    let stop = async {
        signals.received().await;
        drop(tell);
        tokio::time::sleep(GRACE).await;
    };
    tokio::select! {
        served = serving => served?,
        () = stop => tracing::warn!("stopped with requests unfinished"),
    }
    tracing::info!("stopped");
    Ok(())
}

/// Moves old seals to the newest secret. A second run goes on where a stopped one ended.
#[expect(clippy::print_stdout, reason = "this is what the command prints")]
async fn reseal(store: &Store, secrets: &Secrets) -> Result<(), Failure> {
    let sealer = secrets.sealer().map_err(|_| "LATCHKEY_SEAL_SECRETS must be set")?;
    let tell = |so_far: Resealed| println!("{} read, {} moved to {}", so_far.read, so_far.moved, sealer.current());
    match store.reseal(sealer, tell).await?.unreadable {
        0 => Ok(()),
        unreadable => Err(format!("{unreadable} values can be opened with none of LATCHKEY_SEAL_SECRETS").into()),
    }
}

/// Says what a newcomer needs for the first request; the secret itself is never printed.
#[expect(clippy::print_stdout, reason = "this is what the command prints")]
fn greet(address: SocketAddr, folder: &Folder, options: &Options) {
    println!("Latchkey {} on http://{address}", env!("CARGO_PKG_VERSION"));
    println!(
        "keys:    {}",
        if options.memory { "in memory only".into() } else { folder.database_file().display().to_string() }
    );
    let secret = match std::env::var_os(ADMIN_SECRET) {
        Some(_) => format!("${ADMIN_SECRET}"),
        None => format!("$(cat {})", folder.secret_file(ADMIN_SECRET).display()),
    };
    println!("secret:  {secret}");
    println!("routes:");
    for function in FUNCTIONS {
        for route in function.routes.iter().filter(|route| !route.path.ends_with("{proxy+}")) {
            println!("  {:<6} {:<50} {}", route.method, route.path.replace("+}", "}"), function.name);
        }
    }
    println!("try:");
    println!("  curl -s http://{address}/tyk/keys/create -H \"X-Tyk-Authorization: {secret}\" \\");
    println!(
        r#"    -d '{{"org_id":"default","rate":1000,"per":60,"quota_max":-1,"access_rights":{{"test":{{"api_id":"test","versions":["Default"]}}}}}}'"#
    );
}

/// Removes what is past its time to live, as DynamoDB does by itself.
async fn expire(database: Database) {
    let mut hourly = tokio::time::interval(Duration::from_secs(60 * 60));
    loop {
        hourly.tick().await;
        if let Err(error) = database.sweep_ttl() {
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
    let lines = SETTINGS.iter().map(|(name, default, meaning)| format!("  {name:<31} {meaning} [default: {default}]"));
    std::iter::once("Settings, from the environment:".to_owned()).chain(lines).collect::<Vec<_>>().join("\n")
}
