//! The connection to DynamoDB from a function: region and credentials from the environment, nothing
//! looked up.

use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::config::timeout::TimeoutConfig;
use aws_sdk_dynamodb::config::{BehaviorVersion, Builder, Config, Credentials, Region, SharedHttpClient};
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore};

use super::items::attributes::s;
use super::{Store, Table};
use crate::settings::{InvalidSetting, Settings};

/// The roots that AWS endpoints chain to. Reading every certificate of a machine takes longer than
/// all else that a function does before its first answer.
const AWS_ROOTS: [&[u8]; 5] = [
    include_bytes!("roots/Amazon_Root_CA_1.pem"),
    include_bytes!("roots/Amazon_Root_CA_2.pem"),
    include_bytes!("roots/Amazon_Root_CA_3.pem"),
    include_bytes!("roots/Amazon_Root_CA_4.pem"),
    include_bytes!("roots/Starfield_Services_Root_CA_G2.pem"),
];

/// No answer may keep a caller waiting longer than this; the first attempt gets a little less than
/// half.
const TIMEOUT: Duration = Duration::from_secs(5);

impl Store {
    /// Connects as the Lambda runtime's environment says, read through `get`.
    ///
    /// # Errors
    /// When the region or the credentials are missing.
    pub fn connect(settings: &Settings, get: impl Fn(&str) -> Option<String>) -> Result<Self, InvalidSetting> {
        let required = |name: &str| get(name).ok_or_else(|| InvalidSetting::new(name, "must be set"));
        let credentials = Credentials::new(
            required("AWS_ACCESS_KEY_ID")?,
            required("AWS_SECRET_ACCESS_KEY")?,
            get("AWS_SESSION_TOKEN"),
            None,
            "environment",
        );
        let mut config = patient(Config::builder())
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(required("AWS_REGION")?))
            .credentials_provider(credentials)
            .http_client(https(settings.system_tls_roots)?);
        config.set_endpoint_url(settings.dynamodb_endpoint.clone());
        Ok(Self::new(Client::from_conf(config.build()), settings))
    }

    /// Opens the connection before the first request needs it, by reading an item that cannot be
    /// from a table that the function may read. A failure shows at the first real call.
    pub async fn open_connection(&self, table: Table) {
        let (partition, sort) = table.key();
        let mut read = self.client.get_item().table_name(self.table(table)).key(partition, s("none"));
        if let Some(sort) = sort {
            read = read.key(sort, s("none"));
        }
        let _opened = read.send().await;
    }
}

/// How long a call may take and how often the SDK repeats it: what a client does that reaches the
/// store by a network.
#[must_use]
pub fn patient(config: Builder) -> Builder {
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(1))
        .operation_attempt_timeout(TIMEOUT * 2 / 5)
        .operation_timeout(TIMEOUT);
    config
        .retry_config(RetryConfig::standard().with_max_attempts(2).with_initial_backoff(Duration::from_millis(25)))
        .timeout_config(timeouts.build())
}

/// The same client, which sends each call once.
pub(super) fn without_retries(client: &Client) -> Client {
    Client::from_conf(client.config().to_builder().retry_config(RetryConfig::disabled()).build())
}

fn https(system_roots: bool) -> Result<SharedHttpClient, InvalidSetting> {
    let roots = if system_roots {
        TrustStore::empty().with_native_roots(true)
    } else {
        AWS_ROOTS.iter().fold(TrustStore::empty(), |roots, pem| roots.with_pem_certificate(*pem))
    };
    let tls = TlsContext::builder().with_trust_store(roots).build();
    let tls = tls.map_err(|error| InvalidSetting::new("LATCHKEY_TLS_ROOTS", error.to_string()))?;
    Ok(aws_smithy_http_client::Builder::new()
        .tls_provider(Provider::Rustls(CryptoMode::AwsLc))
        .tls_context(tls)
        .build_https())
}
