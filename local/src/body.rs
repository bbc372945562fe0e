//! Bodies of requests: read when a handler asks for them, within bounds of time and memory.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::BodyExt;
use hyper::body::{Body, Incoming};
use latchkey_shared::runtime::request::{self, MAX_BODY_BYTES, Unreadable};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::client_limits::ClientLimits;

/// What is still taken of a body that nobody reads, so that its sender comes to see the answer.
const MAX_DRAINED_BYTES: usize = 16 * MAX_BODY_BYTES;

/// The bodies under way.
pub(crate) struct Bodies {
    /// Kibibytes that are left for them.
    room: Arc<Semaphore>,
    time: Duration,
}

/// A body as far as no handler has read it.
pub(crate) struct Unread {
    body: Arc<Mutex<Option<Incoming>>>,
    time: Duration,
}

/// A body in memory, and its share of the room, until the request is done with.
struct Held {
    bytes: Vec<u8>,
    _share: OwnedSemaphorePermit,
}

impl AsRef<[u8]> for Held {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl Bodies {
    pub(crate) fn new(limits: &ClientLimits) -> Self {
        Self { room: Arc::new(Semaphore::new(limits.bodies_kib as usize)), time: limits.body }
    }

    /// The body for a handler to ask for, and for the server what is left of it afterwards.
    pub(crate) fn of(&self, body: Incoming) -> (request::Incoming, Unread) {
        let unread = Unread { body: Arc::new(Mutex::new(Some(body))), time: self.time };
        let (kept, room, time) = (unread.body.clone(), self.room.clone(), self.time);
        let incoming = Box::pin(async move {
            let read = tokio::time::timeout(time, read(&kept, room));
            read.await.unwrap_or(Err(Unreadable::Interrupted))
        });
        (incoming, unread)
    }
}

impl Unread {
    /// Takes the rest of the body and forgets it, in a task of its own: the answer does not wait.
    pub(crate) fn drain(self) {
        let Some(mut body) = take(&self.body).filter(|body| !body.is_end_stream()) else { return };
        tokio::spawn(tokio::time::timeout(self.time, async move {
            let mut drained = 0;
            while let Some(Ok(frame)) = body.frame().await {
                drained += frame.data_ref().map_or(0, Bytes::len);
                if drained > MAX_DRAINED_BYTES {
                    break;
                }
            }
        }));
    }

    /// Leaves the body with the client, which has not begun to send it.
    pub(crate) fn decline(self) {
        drop(take(&self.body));
    }
}

fn take(body: &Mutex<Option<Incoming>>) -> Option<Incoming> {
    body.lock().unwrap_or_else(PoisonError::into_inner).take()
}

/// Reads a body; one that is too large is put back, to be drained.
async fn read(kept: &Mutex<Option<Incoming>>, room: Arc<Semaphore>) -> Result<Bytes, Unreadable> {
    let mut body = take(kept).ok_or(Unreadable::Interrupted)?;
    let most = body.size_hint().upper().map_or(MAX_BODY_BYTES, |bytes| usize::try_from(bytes).unwrap_or(usize::MAX));
    if most <= MAX_BODY_BYTES {
        let kib = u32::try_from(most.div_ceil(1024)).map_err(|_| Unreadable::TooLarge)?;
        let share = room.acquire_many_owned(kib).await.map_err(|_| Unreadable::Interrupted)?;
        if let Some(bytes) = collect(&mut body).await? {
            return Ok(Bytes::from_owner(Held { bytes, _share: share }));
        }
    }
    *kept.lock().unwrap_or_else(PoisonError::into_inner) = Some(body);
    Err(Unreadable::TooLarge)
}

/// Collects a body; `None` as soon as it turns out larger than any may be.
async fn collect(body: &mut Incoming) -> Result<Option<Vec<u8>>, Unreadable> {
    let mut bytes = Vec::new();
    while let Some(frame) = body.frame().await {
        // What was cut short may still read as a whole document, and must not be taken for one.
        let frame = frame.map_err(|_| Unreadable::Interrupted)?;
        let Some(data) = frame.data_ref() else { continue };
        if bytes.len() + data.len() > MAX_BODY_BYTES {
            return Ok(None);
        }
        bytes.extend_from_slice(data);
    }
    Ok(Some(bytes))
}
