//! DynamoDB in this process: the SDK's calls reach dynoxide without a socket.

use std::fmt;

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
use dynoxide::{Database, DynoxideError};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::work_queue::{Length, WorkQueue};

/// The most rows of one page. A longer list takes several calls, so that others get their turn in
/// between.
const MAX_ROWS: u64 = 500;
/// Bytes of the largest batch that counts as short work: a few keys.
const SHORT_BATCH: usize = 2048;

/// A database that the SDK can use as its HTTP client.
#[derive(Clone)]
pub struct Embedded(Database, WorkQueue);

impl Embedded {
    /// Wraps a database.
    #[must_use]
    pub fn new(database: Database) -> Self {
        Self(database, WorkQueue::default())
    }

    /// Answers one request of the SDK with a status and a body.
    #[must_use]
    pub fn call(&self, operation: &str, body: &[u8]) -> (u16, String) {
        match self.dispatch(operation, body) {
            Ok(answer) => (200, answer),
            Err(error) => (error.status_code(), error.to_json()),
        }
    }

    /// Removes expired items, as DynamoDB does by itself; `None` if that panicked.
    pub async fn sweep(&self) -> Option<Result<usize, DynoxideError>> {
        let database = self.0.clone();
        self.1.run(Length::Long, move || database.sweep_ttl()).await
    }

    fn dispatch(&self, operation: &str, body: &[u8]) -> Result<String, DynoxideError> {
        let db = &self.0;
        match operation {
            "GetItem" => run(body, |request| db.get_item(request)),
            "PutItem" => run(body, |request| db.put_item(request)),
            "UpdateItem" => run(body, |request| db.update_item(request)),
            "DeleteItem" => run(body, |request| db.delete_item(request)),
            "BatchGetItem" => run(body, |request| db.batch_get_item(request)),
            "Query" => run(body, |request| db.query(request)),
            "Scan" => run(body, |request| db.scan(request)),
            "TransactWriteItems" => run(body, |request| db.transact_write_items(request)),
            "CreateTable" => run(body, |request| db.create_table(request)),
            "DescribeTable" => run(body, |request| db.describe_table(request)),
            "UpdateTimeToLive" => run(body, |request| db.update_time_to_live(request)),
            other => Err(DynoxideError::ValidationException(format!("{other} is not embedded"))),
        }
    }
}

fn run<Request: DeserializeOwned, Answer: Serialize>(
    body: &[u8],
    action: impl FnOnce(Request) -> Result<Answer, DynoxideError>,
) -> Result<String, DynoxideError> {
    let request = serde_json::from_slice(body).map_err(unreadable)?;
    serde_json::to_string(&action(request)?).map_err(unreadable)
}

/// Removes the idempotency token. Dynoxide searches all tokens of the last ten minutes, which slows
/// down with every transaction; in this process no response can be lost, so none is needed.
fn without_token(body: &[u8]) -> serde_json::Result<Vec<u8>> {
    let mut request: serde_json::Map<String, serde_json::Value> = serde_json::from_slice(body)?;
    request.remove("ClientRequestToken");
    serde_json::to_vec(&request)
}

fn unreadable(error: serde_json::Error) -> DynoxideError {
    DynoxideError::SerializationException(error.to_string())
}

impl fmt::Debug for Embedded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Embedded")
    }
}

impl HttpConnector for Embedded {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let operation = operation(&request).to_owned();
        let Some(body) = request.body().bytes() else {
            return HttpConnectorFuture::ready(Err(ConnectorError::user("a streamed request".into())));
        };
        let edited = match operation.as_str() {
            "TransactWriteItems" => without_token(body),
            "Query" | "Scan" => in_pages(body),
            _ => Ok(body.to_vec()),
        };
        let body = edited.unwrap_or_else(|_| body.to_vec());
        let (length, embedded) = (length(&operation, &body), self.clone());
        let answer = self.1.run(length, move || Self::call(&embedded, &operation, &body));
        HttpConnectorFuture::new(async move {
            let (status, body) = answer.await.ok_or_else(|| ConnectorError::other("it panicked".into(), None))?;
            response(status, body)
        })
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

/// The same read with no more rows than the work of others can wait for.
fn in_pages(body: &[u8]) -> serde_json::Result<Vec<u8>> {
    let mut request: serde_json::Map<String, serde_json::Value> = serde_json::from_slice(body)?;
    let most = request.get("Limit").and_then(serde_json::Value::as_u64).unwrap_or(MAX_ROWS);
    request.insert("Limit".into(), most.min(MAX_ROWS).into());
    serde_json::to_vec(&request)
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

/// A client of the SDK that reaches its DynamoDB through `http`, without the retries and timeouts
/// of a network.
#[must_use]
pub fn client(http: impl HttpClient + 'static) -> Client {
    let config = config(http).retry_config(RetryConfig::disabled()).timeout_config(TimeoutConfig::disabled());
    Client::from_conf(config.build())
}

/// The configuration of a client that reaches its DynamoDB through `http`, with the SDK's own
/// retries and timeouts.
#[must_use]
pub fn config(http: impl HttpClient + 'static) -> Builder {
    Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::from_static("local"))
        .endpoint_url("http://embedded.invalid")
        .allow_no_auth()
        .auth_scheme_resolver(Unsigned)
        .identity_cache(IdentityCache::no_cache())
        .http_client(http)
        .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_read_comes_in_pages_and_waits_behind_short_work() {
        for (asked, limit) in [("{}", MAX_ROWS), (r#"{"Limit":100000}"#, MAX_ROWS), (r#"{"Limit":3}"#, 3)] {
            let edited: serde_json::Value = serde_json::from_slice(&in_pages(asked.as_bytes()).unwrap()).unwrap();
            assert_eq!(edited["Limit"], limit, "{asked}");
        }
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
}
