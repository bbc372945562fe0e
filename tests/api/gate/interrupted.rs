//! A store in which something happens between two calls of one reader.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use futures_util::lock::Mutex;
use latchkey::embedded::{self, Embedded};
use latchkey_harness::patient_client;
use latchkey_shared::settings::Settings;
use latchkey_shared::store::Store;

/// Something that happens while another reads.
pub(super) type Event = Pin<Box<dyn Future<Output = ()> + Send>>;

/// A store in which something happens before one of its calls.
#[derive(Clone)]
pub(super) struct Interrupted {
    database: Embedded,
    /// Calls until then.
    calls: Arc<AtomicUsize>,
    event: Arc<Mutex<Option<Event>>>,
}

impl Interrupted {
    /// A store that does `event` before its call number `before`, counted from 0.
    pub(super) fn store(database: Embedded, before: usize, event: Event) -> (Self, Store) {
        let (calls, event) = (Arc::new(AtomicUsize::new(before)), Arc::new(Mutex::new(Some(event))));
        let interrupted = Self { database, calls, event };
        let store = Store::new(patient_client(interrupted.clone()), &Settings::read(|_| None).unwrap());
        (interrupted, store)
    }

    /// Whether it happened.
    pub(super) async fn happened(&self) -> bool {
        self.event.lock().await.is_none()
    }
}

impl fmt::Debug for Interrupted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Interrupted")
    }
}

impl HttpConnector for Interrupted {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let this = self.clone();
        HttpConnectorFuture::new(async move {
            if this.calls.fetch_sub(1, Ordering::SeqCst) == 0
                && let Some(event) = this.event.lock().await.take()
            {
                event.await;
            }
            let (status, body) = this.database.call(embedded::operation(&request), request.body().bytes().unwrap());
            embedded::response(status, body)
        })
    }
}

impl HttpClient for Interrupted {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}
