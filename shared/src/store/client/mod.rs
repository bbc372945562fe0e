//! The connection to DynamoDB from a function: region and credentials from the environment, nothing
//! looked up, and of the SDK only what such a call needs.

mod endpoint;
mod https;
mod interceptors;
mod metered;
mod signer;

use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::config::timeout::TimeoutConfig;
use aws_sdk_dynamodb::config::{
    BehaviorVersion, Builder, Config, Credentials, IdentityCache, Region, StalledStreamProtectionConfig,
};

pub use self::endpoint::FixedEndpoint;
use self::https::Roots;
use self::interceptors::WithoutMetadata;
use self::metered::Metered;
use self::signer::Signer;
use super::items::attributes::s;
use super::{Store, Table};
use crate::settings::{InvalidSetting, Settings};

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
        let region = required("AWS_REGION")?;
        let given = settings.dynamodb_endpoint.as_deref();
        let roots = match given {
            Some(url) if !url.starts_with("https:") => Roots::None,
            _ if settings.system_tls_roots => Roots::System,
            _ => Roots::Aws,
        };
        let mut config = lean(patient(Config::builder()))
            .region(Region::new(region.clone()))
            .push_auth_scheme(Signer::new(credentials, region.clone()))
            .http_client(https::client(roots)?);
        // The SDK's rules find the endpoint of any other region.
        if let Some(endpoint) = given.map(FixedEndpoint::at).or_else(|| FixedEndpoint::of_region(&region)) {
            config = config.endpoint_resolver(endpoint);
        }
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

/// Leaves out what the SDK would do for every call, and what nobody here has a use for.
#[must_use]
pub fn lean(config: Builder) -> Builder {
    config
        .behavior_version(BehaviorVersion::latest())
        .identity_cache(IdentityCache::no_cache())
        .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
        // Limits and expiries go by the machine's clock as well, so it has to be right.
        .disable_clock_skew_correction(true)
        .interceptor(WithoutMetadata)
        .interceptor(Metered)
}
