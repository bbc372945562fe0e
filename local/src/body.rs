//! Bodies of requests, read when a handler needs them and within limits of time and memory.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::BodyExt;
use hyper::body::{Body, Incoming};
use latchkey_shared::runtime::request::{self, MAX_BODY_BYTES, Unreadable};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::client_limits::ClientLimits;

/// How much of an unread body is still received, so that its sender gets to the response.
const MAX_DRAINED_BYTES: usize = 16 * MAX_BODY_BYTES;

/// The bodies that are being received.
pub(crate) struct Bodies {
    /// Kibibytes of memory that are left for them.
    room: Arc<Semaphore>,
    time: Duration,
}

/// A body that no handler has read yet.
pub(crate) struct Unread {
    body: Arc<Mutex<Option<Incoming>>>,
    time: Duration,
}

/// A body in memory, and its share of the room, until the request is finished.
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

    /// The body for a handler to read, and for the server what is left of it afterwards.
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
    /// Receives and drops the rest of the body in a task of its own, so that the response need not
    /// wait.
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

    /// Leaves the body to the client, which has not begun to send it.
    pub(crate) fn decline(self) {
        drop(take(&self.body));
    }
}

fn take(body: &Mutex<Option<Incoming>>) -> Option<Incoming> {
    body.lock().unwrap_or_else(PoisonError::into_inner).take()
}

/// Reads a body. One that is too large is put back to be drained.
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

/// Collects a body; `None` as soon as it exceeds the largest size.
async fn collect(body: &mut Incoming) -> Result<Option<Vec<u8>>, Unreadable> {
    let mut bytes = Vec::new();
    while let Some(frame) = body.frame().await {
        // A truncated body may look like a whole document, and must not be taken for one.
        let frame = frame.map_err(|_| Unreadable::Interrupted)?;
        let Some(data) = frame.data_ref() else { continue };
        if bytes.len() + data.len() > MAX_BODY_BYTES {
            return Ok(None);
        }
        bytes.extend_from_slice(data);
    }
    Ok(Some(bytes))
}
