//! DynamoDB in this process: the SDK's calls reach dynoxide without a socket.

use std::fmt;
use std::sync::Arc;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::auth::{Params, ResolveAuthScheme};
use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::config::timeout::TimeoutConfig;
use aws_sdk_dynamodb::config::{
    BehaviorVersion, Builder, Config, ConfigBag, HttpClient, IdentityCache, Region, StalledStreamProtectionConfig,
};
use aws_smithy_runtime_api::client::auth::{AuthSchemeId, AuthSchemeOptionsFuture};
use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_runtime_api::http::Response;
use aws_smithy_types::body::SdkBody;
use dynoxide::DynoxideError;
use latchkey_shared::aws::FixedEndpoint;
use latchkey_shared::store::client::lean;

use crate::engine::Engine;
use crate::work_queue::{Length, WorkQueue};

/// An address, since the SDK must have one.
const ENDPOINT: &str = "http://embedded.invalid";
/// Bytes of the largest batch that counts as short work: a few keys.
const SHORT_BATCH: usize = 2048;

/// A database that the SDK can use as its HTTP client.
#[derive(Clone)]
pub struct Embedded {
    engine: Arc<dyn Engine>,
    queue: WorkQueue,
}

impl Embedded {
    /// Wraps an engine.
    #[must_use]
    pub fn new(engine: impl Engine) -> Self {
        let engine: Arc<dyn Engine> = Arc::new(engine);
        let settled = engine.clone();
        let settle = move || settled.sync().inspect_err(|error| tracing::error!(%error, "the disk failed")).is_ok();
        Self { engine, queue: WorkQueue::new(settle) }
    }

    /// Answers one request of the SDK with a status and a body.
    #[must_use]
    pub fn call(&self, operation: &str, body: &[u8]) -> (u16, String) {
        let answer = self.engine.call(operation, body);
        status_and_body(match self.engine.sync() {
            Ok(()) => answer,
            Err(error) => Err(DynoxideError::InternalServerError(error.to_string())),
        })
    }

    /// Removes expired items, as DynamoDB does by itself; `None` if that panicked.
    pub async fn sweep(&self) -> Option<Result<usize, DynoxideError>> {
        let engine = self.engine.clone();
        self.queue.run(Length::Long, move || engine.sweep()).await
    }
}

impl fmt::Debug for Embedded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Embedded")
    }
}

impl HttpConnector for Embedded {
    fn call(&self, mut request: HttpRequest) -> HttpConnectorFuture {
        let operation = operation(&request).to_owned();
        let body = request.take_body();
        let Some(length) = body.bytes().map(|body| length(&operation, body)) else {
            return HttpConnectorFuture::ready(Err(ConnectorError::user("a streamed request".into())));
        };
        let engine = self.engine.clone();
        let answer = self.queue.run(length, move || engine.call(&operation, body.bytes().unwrap_or_default()));
        HttpConnectorFuture::new(async move {
            let answer = answer.await.ok_or_else(|| ConnectorError::other("it did not answer".into(), None))?;
            let (status, body) = status_and_body(answer);
            response(status, body)
        })
    }
}

fn status_and_body(answer: Result<String, DynoxideError>) -> (u16, String) {
    match answer {
        Ok(answer) => (200, answer),
        Err(error) => (error.status_code(), error.to_json()),
    }
}

/// Whether a call takes some tens of microseconds, or reads many items.
fn length(operation: &str, body: &[u8]) -> Length {
    match operation {
        "Query" | "Scan" => Length::Long,
        "BatchGetItem" if body.len() > SHORT_BATCH => Length::Long,
        _ => Length::Short,
    }
}

/// The DynamoDB operation that a request of the SDK names.
#[must_use]
pub fn operation(request: &HttpRequest) -> &str {
    let target = request.headers().get("x-amz-target").unwrap_or_default();
    target.rsplit('.').next().unwrap_or_default()
}

/// A response as the SDK expects it.
///
/// # Errors
/// When `status` is not an HTTP status.
pub fn response(status: u16, body: String) -> Result<Response, ConnectorError> {
    let status = status.try_into().map_err(|_| ConnectorError::user("an impossible status".into()))?;
    Ok(Response::new(status, SdkBody::from(body)))
}

impl HttpClient for Embedded {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

/// An auth scheme resolver that has nothing signed.
#[derive(Debug)]
struct Unsigned;

impl ResolveAuthScheme for Unsigned {
    fn resolve_auth_scheme<'a>(
        &'a self,
        _: &'a Params,
        _: &'a ConfigBag,
        _: &'a RuntimeComponents,
    ) -> AuthSchemeOptionsFuture<'a> {
        AuthSchemeOptionsFuture::ready(Ok(vec![AuthSchemeId::new("noAuth").into()]))
    }
}

/// A client of the SDK that reaches its DynamoDB through `http`, without what only a network needs:
/// retries, timeouts, headers about the caller.
#[must_use]
pub fn client(http: impl HttpClient + 'static) -> Client {
    let config = config(http).retry_config(RetryConfig::disabled()).timeout_config(TimeoutConfig::disabled());
    Client::from_conf(lean(config).endpoint_resolver(FixedEndpoint::at(ENDPOINT)).build())
}

/// The configuration of a client that reaches its DynamoDB through `http`, with the SDK's own
/// retries and timeouts.
#[must_use]
pub fn config(http: impl HttpClient + 'static) -> Builder {
    Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::from_static("local"))
        .endpoint_url(ENDPOINT)
        .allow_no_auth()
        .auth_scheme_resolver(Unsigned)
        .identity_cache(IdentityCache::no_cache())
        .http_client(http)
        .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;

    #[test]
    fn long_reads_wait_behind_short_work() {
        for (operation, bytes, expected) in [
            ("Query", 1, Length::Long),
            ("Scan", 1, Length::Long),
            ("BatchGetItem", SHORT_BATCH + 1, Length::Long),
            ("BatchGetItem", SHORT_BATCH, Length::Short),
            ("UpdateItem", SHORT_BATCH + 1, Length::Short),
        ] {
            assert_eq!(length(operation, &vec![b' '; bytes]), expected, "{operation}");
        }
    }

    /// An engine with a disk that fails.
    struct Failing;

    impl Engine for Failing {
        fn call(&self, _: &str, _: &[u8]) -> Result<String, DynoxideError> {
            Ok("{}".into())
        }

        fn sweep(&self) -> Result<usize, DynoxideError> {
            Ok(0)
        }

        fn sync(&self) -> io::Result<()> {
            Err(io::Error::other("the disk is gone"))
        }
    }

    #[tokio::test]
    async fn what_the_disk_did_not_keep_is_not_answered() {
        let embedded = Embedded::new(Failing);
        assert_eq!(embedded.call("PutItem", b"{}").0, 500);
        assert!(embedded.sweep().await.is_none());
        client(embedded).list_tables().send().await.unwrap_err();
    }
}
