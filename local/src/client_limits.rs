//! How many connections, how much time and how much memory clients may use.

use std::time::Duration;

/// The most connections, if the system allows that many open files.
const CONNECTIONS: u32 = 1024;
/// Open files reserved for everything else: the database, its journal, the lock, the output.
const OTHER_FILES: u32 = 64;

/// How much clients may use before the server drops them.
#[derive(Clone, Copy, Debug)]
pub struct ClientLimits {
    /// Connections at once.
    pub connections: u32,
    /// How long a connection may wait for the whole head of its next request.
    pub head: Duration,
    /// Bytes of the largest head.
    pub head_bytes: usize,
    /// How long a body may take. It is less than a request may take, so that time is left for the
    /// response.
    pub body: Duration,
    /// Kibibytes of all bodies that are being received or processed; a body waits until it fits.
    pub bodies_kib: u32,
    /// How long a client may take to receive part of a response.
    pub write: Duration,
    /// Failed admin authentications from one address in a minute before refusals are delayed.
    pub admin_failures: u32,
}

impl Default for ClientLimits {
    fn default() -> Self {
        Self {
            connections: CONNECTIONS,
            head: Duration::from_secs(30),
            head_bytes: 64 * 1024,
            body: Duration::from_secs(8),
            bodies_kib: 64 * 1024,
            write: Duration::from_secs(30),
            admin_failures: 20,
        }
    }
}

impl ClientLimits {
    /// The default limits, with no more connections than the system allows. Raises the system's
    /// limit first, if it can.
    #[must_use]
    pub fn of_system() -> Self {
        let connections = raise_files(CONNECTIONS + OTHER_FILES).saturating_sub(OTHER_FILES).clamp(1, CONNECTIONS);
        Self { connections, ..Self::default() }
    }
}

/// How many of the `wanted` files may be open, after raising the limit as far as the system allows.
#[cfg(unix)]
fn raise_files(wanted: u32) -> u32 {
    use rustix::process::{Resource, getrlimit, setrlimit};
    let mut limit = getrlimit(Resource::Nofile);
    let wanted = u64::from(wanted).min(limit.maximum.unwrap_or(u64::MAX));
    if limit.current.is_some_and(|current| current < wanted) {
        let before = limit.current;
        limit.current = Some(wanted);
        if setrlimit(Resource::Nofile, limit).is_err() {
            limit.current = before;
        }
    }
    limit.current.map_or(u32::MAX, |files| u32::try_from(files).unwrap_or(u32::MAX))
}

#[cfg(not(unix))]
fn raise_files(wanted: u32) -> u32 {
    wanted
}
