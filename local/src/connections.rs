//! Connections: how many may be open, and how long each may keep the server waiting.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::future::Future;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};
use tokio_io_timeout::TimeoutStream;

use crate::client_limits::ClientLimits;
use crate::server::Server;

/// How long the server pauses when the system cannot accept a connection.
const REST: Duration = Duration::from_millis(100);

/// Serves the connections of `listener` until `stop`, and then until the requests in flight are
/// answered.
pub(crate) async fn serve(
    server: Arc<Server>,
    listener: TcpListener,
    limits: ClientLimits,
    stop: impl Future<Output = ()>,
) {
    let graceful = GracefulShutdown::new();
    let open = Arc::new(Open::new(limits.connections));
    let mut stop = pin!(stop);
    loop {
        let accepted = tokio::select! {
            () = &mut stop => break,
            accepted = accept(&listener) => accepted,
        };
        let permit = tokio::select! {
            () = &mut stop => break,
            permit = open.admit() => permit,
        };
        let (Some((stream, peer)), Some(permit)) = (accepted, permit) else { continue };
        let opened = Arc::new(OpenConnection::new(open.clone(), permit));
        tokio::spawn(serve_one(server.clone(), stream, peer, opened, limits, graceful.watcher()));
    }
    drop(listener);
    graceful.shutdown().await;
    open.all_closed().await;
}

async fn accept(listener: &TcpListener) -> Option<(TcpStream, SocketAddr)> {
    match listener.accept().await {
        Ok(accepted) => Some(accepted),
        Err(error) => {
            tracing::warn!(%error, "a connection could not be accepted");
            tokio::time::sleep(REST).await;
            None
        }
    }
}

async fn serve_one(
    server: Arc<Server>,
    stream: TcpStream,
    peer: SocketAddr,
    opened: Arc<OpenConnection>,
    limits: ClientLimits,
    watcher: Watcher,
) {
    // Responses are small and written at once, so there is nothing to wait for.
    let _kept_as_it_is = stream.set_nodelay(true);
    let mut stream = TimeoutStream::new(stream);
    stream.set_write_timeout(Some(limits.write));
    let service = service_fn(|request| {
        let (server, opened) = (server.clone(), opened.clone());
        async move {
            let Some(busy) = Busy::begin(opened) else {
                return std::future::pending::<Result<_, Infallible>>().await;
            };
            // A handler that has begun runs to its end even if the client hangs up, since it may
            // have to release something.
            let answer = tokio::spawn(async move {
                let answer = server.answer(peer.ip(), request).await;
                drop(busy);
                answer
            });
            Ok(answer.await.unwrap_or_else(|_| crate::server::broken()))
        }
    });
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(limits.head).max_buf_size(limits.head_bytes);
    let connection = watcher.watch(http.serve_connection(TokioIo::new(Box::pin(stream)), service));
    tokio::select! {
        // A broken connection concerns the client alone.
        _ended = connection => {}
        () = opened.chosen.notified() => {}
    }
    opened.close();
}

/// The open connections. At the limit, a new one replaces the one that has been waiting for its
/// client longest; connections with a request in flight are never replaced.
struct Open {
    most: u32,
    places: Arc<Semaphore>,
    waiting: Mutex<WaitingConnections>,
    began_to_wait: Notify,
}

/// The connections that are waiting for their clients, longest first.
#[derive(Default)]
struct WaitingConnections {
    turn: u64,
    slots: BTreeMap<u64, Arc<Notify>>,
}

impl Open {
    fn new(most: u32) -> Self {
        let places = Arc::new(Semaphore::new(most as usize));
        Self { most, places, waiting: Mutex::default(), began_to_wait: Notify::new() }
    }

    /// A place for one more connection.
    async fn admit(&self) -> Option<OwnedSemaphorePermit> {
        loop {
            if let Ok(place) = self.places.clone().try_acquire_owned() {
                return Some(place);
            }
            if let Some((_, chosen)) = self.waiting().slots.pop_first() {
                chosen.notify_one();
            }
            tokio::select! {
                place = self.places.clone().acquire_owned() => return place.ok(),
                () = self.began_to_wait.notified() => {}
            }
        }
    }

    async fn all_closed(&self) {
        let _places = self.places.acquire_many(self.most).await;
    }

    fn waiting(&self) -> MutexGuard<'_, WaitingConnections> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An open connection and its place among the others.
struct OpenConnection {
    open: Arc<Open>,
    /// Signals that this one must make room.
    chosen: Arc<Notify>,
    /// Its turn while it waits for its client.
    turn: Mutex<Option<u64>>,
    _place: OwnedSemaphorePermit,
}

impl OpenConnection {
    fn new(open: Arc<Open>, place: OwnedSemaphorePermit) -> Self {
        let opened = Self { open, chosen: Arc::default(), turn: Mutex::default(), _place: place };
        opened.wait();
        opened
    }

    fn turn(&self) -> MutexGuard<'_, Option<u64>> {
        self.turn.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait(&self) {
        let mut waiting = self.open.waiting();
        waiting.turn += 1;
        let turn = waiting.turn;
        waiting.slots.insert(turn, self.chosen.clone());
        drop(waiting);
        *self.turn() = Some(turn);
        self.open.began_to_wait.notify_one();
    }

    /// Ends its waiting; whether it was still waiting.
    fn close(&self) -> bool {
        let turn = self.turn().take();
        turn.is_some_and(|turn| self.open.waiting().slots.remove(&turn).is_some())
    }
}

/// A connection with a request in flight.
struct Busy(Arc<OpenConnection>);

impl Busy {
    /// `None` when the connection has been chosen to make room, so that its request is not begun.
    fn begin(opened: Arc<OpenConnection>) -> Option<Self> {
        opened.close().then_some(Self(opened))
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.wait();
    }
}
