//! Serves: Latchkey itself, or a DynamoDB for trying its functions.

use std::net::SocketAddr;
use std::time::Duration;

use latchkey::client_limits::ClientLimits;
use latchkey::dynamodb;
use latchkey::own_settings::OWN_SETTINGS;
use latchkey::server::Server;
use latchkey_shared::aws;
use latchkey_shared::clock::Clock;
use latchkey_shared::settings::{self, Settings};
use latchkey_shared::store::{Store, TableNames};
use tokio::net::TcpListener;

use crate::opened::{Opened, open_folder, shared_database};
use crate::options::Place;
use crate::signals::Signals;
use crate::{Error, greeting};

/// Where a server listens unless it is asked to listen elsewhere.
pub(crate) const PORT: u16 = 8080;

/// How long requests may still take once the server is asked to stop.
const GRACE: Duration = Duration::from_secs(5);

/// Serves every endpoint until the program is asked to stop.
pub(crate) async fn serve(place: &Place) -> Result<(), Error> {
    let signals = Signals::listen()?;
    let opened = Opened::open(place).await?;
    if let Some(from) = opened.store.interrupted_restore().await? {
        return Err(format!("a restore from {from} was interrupted: run latchkey restore again").into());
    }
    opened.secrets.belong_to(&opened.store, &opened.folder).await?;
    if !place.memory && !aws::sets_dynamodb_endpoint() {
        opened.folder.mark_database()?;
    }
    let store = |_: &'static _, settings: &Settings| Store::new(opened.client.clone(), settings);
    let server = Server::new(|name| opened.get(name), store, &Clock::System, ClientLimits::of_system())?;
    let listener = listen(place, PORT).await?;
    greeting::greet(listener.local_addr()?, &opened.folder, place.memory);
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

/// Serves a DynamoDB with the tables until the program is asked to stop.
#[expect(clippy::print_stdout, reason = "its caller reads the endpoint")]
pub(crate) async fn serve_dynamodb(place: &Place) -> Result<(), Error> {
    let signals = Signals::listen()?;
    let settings = Settings::read(settings::environment(OWN_SETTINGS)?)?;
    let (folder, _temporary) = open_folder(place, "data/dynamodb")?;
    let names = TableNames::of(&settings);
    let database = shared_database(&folder, &names, place.memory)?;
    let served = dynamodb::serve(database, listen(place, 8000).await?, &names).await?;
    println!("{}", served.endpoint);
    signals.received().await;
    Ok(())
}

async fn listen(place: &Place, default_port: u16) -> Result<TcpListener, Error> {
    let address = place.listen.unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], default_port)));
    Ok(TcpListener::bind(address).await.map_err(|error| format!("--listen {address}: {error}"))?)
}
