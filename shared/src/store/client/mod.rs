//! The client of DynamoDB, and of the SDK only what a call of it needs.

mod metered;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::config::{BehaviorVersion, Builder, StalledStreamProtectionConfig};

use self::metered::Metered;
use super::items::attributes::s;
use super::{Store, Table};
use crate::aws::{self, Aws, AwsService, WithoutMetadata};
use crate::settings::Settings;

const DYNAMODB: AwsService = AwsService { name: "dynamodb", id: "DynamoDB" };

impl Store {
    /// The tables that `settings` name, reached as the environment says.
    #[must_use]
    pub fn connect(aws: &Aws, settings: &Settings) -> Self {
        let (retries, timeouts) = aws.patience();
        let mut config = lean(Builder::from(aws.config()))
            .retry_config(retries)
            .timeout_config(timeouts)
            .push_auth_scheme(aws.signer(DYNAMODB));
        if let Some(endpoint) = aws.endpoint(DYNAMODB) {
            config = config.endpoint_resolver(endpoint);
        }
        Self::new(Client::from_conf(config.build()), settings)
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
    let (retries, timeouts) = aws::patience();
    config.retry_config(retries).timeout_config(timeouts)
}

/// The same client, which sends each call once.
pub(super) fn without_retries(client: &Client) -> Client {
    Client::from_conf(client.config().to_builder().retry_config(RetryConfig::disabled()).build())
}

/// Counts calls, failures and capacity units for the request that makes the calls.
#[must_use]
pub fn metered(config: Builder) -> Builder {
    config.interceptor(Metered)
}

/// Leaves out what the SDK would do for every call, and what nobody here has a use for.
#[must_use]
pub fn lean(config: Builder) -> Builder {
    metered(config)
        .behavior_version(BehaviorVersion::latest())
        .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
        // Limits and expiries go by the machine's clock as well, so it has to be right.
        .disable_clock_skew_correction(true)
        .interceptor(WithoutMetadata)
}
